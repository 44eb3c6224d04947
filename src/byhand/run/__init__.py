"""Numbers put in: floats, exact rationals, finite fields, and proofs of claims."""
