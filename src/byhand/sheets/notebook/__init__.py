"""A solution as a Jupyter notebook: its pages, and code that finds its numbers again with NumPy alone."""
