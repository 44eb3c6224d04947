"""Somebody's hand-written backward function against the derivation of its forward formula: any framework, by a caller of its own."""
