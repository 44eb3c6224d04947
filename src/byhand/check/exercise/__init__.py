"""A solved sheet as what can be answered: quantities in the order in which they depend on each other, each with its step."""
