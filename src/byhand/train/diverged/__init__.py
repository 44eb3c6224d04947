"""Why a run diverged: the curvature of the loss, and the learning rates that it allows."""
