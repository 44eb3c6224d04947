"""Showing: one notation tree, and its spellings and pages."""
