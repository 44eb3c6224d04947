"""The tape: a program at given sizes as a short list of calls of kernels, with every value at its place in one arena."""
