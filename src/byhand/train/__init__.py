"""Training: models from sheets, data, the loop, checkpoints."""
