"""Marking a whole class: many hand-ins on all cores, in order, interrupted and taken up again."""
