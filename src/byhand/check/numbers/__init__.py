"""Numbers as written against numbers worked out: rounding, tolerance, cells, layouts, patterns of wrong numbers, and what must hold."""
