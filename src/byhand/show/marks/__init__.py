"""Marked answers on every page: a sign for each status, and matrices whose wrong entries are marked."""
