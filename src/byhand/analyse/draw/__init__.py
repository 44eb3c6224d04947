"""``draw(y)``: the network that computes a quantity, as a picture."""

from byhand.analyse.draw.drawing import draw

__all__ = ["draw"]
