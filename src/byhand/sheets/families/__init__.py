"""Networks of any depth: families of layers with a symbolic number of members, their recursions, and proofs by induction."""
