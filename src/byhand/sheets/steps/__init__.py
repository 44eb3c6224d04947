"""Steps: parameters updated by a rule, on the sheet's own data, on batches of it, or on other samples; and the way back."""
