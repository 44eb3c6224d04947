"""Engines: what runs a program at the speed of the machine, one file or folder for each."""
