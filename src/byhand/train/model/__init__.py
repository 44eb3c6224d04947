"""From a sheet to a model that can be trained: formulas over a batch, parts, first values."""

from byhand.train.model.make import model_of
from byhand.train.model.model import Model
from byhand.train.model.shapes import arranged, bound_sizes
from byhand.train.model.start import initial_values
from byhand.train.model.text import network_text

__all__ = ["Model", "arranged", "bound_sizes", "initial_values", "model_of", "network_text"]
