"""Marking: the true value first, then the step on a person's own values, then slips, then patterns of cells."""
