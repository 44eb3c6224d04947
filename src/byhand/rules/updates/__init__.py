"""The update rules: one file for each, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.lang.update_rule import UpdateRule
from byhand.rules.updates.adagrad import ADAGRAD
from byhand.rules.updates.adam import ADAM
from byhand.rules.updates.adamw import ADAMW
from byhand.rules.updates.gradient_descent import GRADIENT_DESCENT
from byhand.rules.updates.heavy_ball import HEAVY_BALL
from byhand.rules.updates.momentum import MOMENTUM
from byhand.rules.updates.nesterov import NESTEROV
from byhand.rules.updates.newton import NEWTON
from byhand.rules.updates.perceptron import PERCEPTRON
from byhand.rules.updates.rmsprop import RMSPROP

UPDATE_RULES: tuple[UpdateRule, ...] = (GRADIENT_DESCENT, MOMENTUM, HEAVY_BALL, NESTEROV, ADAGRAD, RMSPROP, ADAM, ADAMW, NEWTON, PERCEPTRON)
"""The first one is meant where a sheet names none."""
BY_NAME: Mapping[str, UpdateRule] = {name: rule for rule in UPDATE_RULES for name in (rule.name, *rule.others)}
