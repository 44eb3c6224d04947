"""The language: sizes, expressions, leaves, what a rule is. The standard library only."""
