"""Checking what a person wrote: answers read, numbers and formulas compared, mistakes followed through, slips named."""
