"""The command, the Python interface, Jupyter."""
