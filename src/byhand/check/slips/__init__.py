"""Slips: the typical mistakes of a step as formulas, so that a checker can run them and see whether they explain an answer."""
