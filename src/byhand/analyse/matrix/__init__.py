"""Formulas as sums of matrix products, and what that says of them: signs, definiteness, conditions; what several analyses share."""
