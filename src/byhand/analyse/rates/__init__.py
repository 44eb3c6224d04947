"""Learning rates: for which of them gradient descent converges from every start, why, and how fast."""

from byhand.analyse.rates.analysis import Rates
from byhand.analyse.rates.answer import answer_of
from byhand.analyse.rates.python import rates
from byhand.analyse.rates.task import rates as rates_task

__all__ = ["Rates", "answer_of", "rates", "rates_task"]
