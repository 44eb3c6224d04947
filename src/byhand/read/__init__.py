"""Reading: sheets, NumPy's notation, paper notation and LaTeX, by one parser that knows names and shapes."""
