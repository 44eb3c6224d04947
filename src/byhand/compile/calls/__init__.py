"""A program as a plan of NumPy calls on buffers: the engine makes these calls, the exporter prints them."""
