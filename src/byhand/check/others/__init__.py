"""Answers that are no arrays: read, compared, and if wrong explained."""
