"""``minimise(L, w)``: closed forms of quadratic losses, with what makes the minimum unique."""

from byhand.analyse.minimise.find import minimise
from byhand.analyse.minimise.outcome import Minimum
from byhand.analyse.minimise.task import minimise_task

__all__ = ["Minimum", "minimise", "minimise_task"]
