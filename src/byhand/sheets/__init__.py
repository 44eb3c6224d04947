"""Sheets: what a person hands in, worked through from top to bottom."""
