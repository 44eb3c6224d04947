"""Answers as people hand them in: files of several kinds, numbers with the digits that were written, formulas, and names."""
