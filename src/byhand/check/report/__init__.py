"""A marked hand-in as JSON, in the terminal, as a page, and as the tables that course systems read."""
