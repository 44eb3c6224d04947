"""Compilation: a derivation as straight-line code, written out for NumPy, C and JAX, and run by engines."""
