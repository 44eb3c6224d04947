"""How the sheet itself asks to be trained: the update rule, the learning rate and the hyperparameters of its step line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from byhand.read.statements import Defined, Statement, Task
from byhand.read.syntax import Name, Number, Text, Tree
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.train.model.model import Model
from byhand.train.model.reading import sheet_of

RATES = ("rate", "lr", "learning_rate")


def asked_by(model: Model, name: str) -> dict[str, Any]:
    """Settings that the first step on the model's loss gives: ``rule``, ``rate``, ``options``; empty where the sheet takes no step."""
    statements = sheet_of(model.text, name).statements
    for statement in statements:
        match statement:
            case Task("step", (Name(loss), *_), options) if loss == str(model.loss.name):
                return _settings(dict(options), statements)
            case _:
                pass
    return {}


def _settings(options: Mapping[str, Tree], statements: Iterable[Statement]) -> dict[str, Any]:
    asked = options.get("rule")
    rule = BY_NAME.get(asked.name if isinstance(asked, Name) else asked.text if isinstance(asked, Text) else UPDATE_RULES[0].name)
    if rule is None or rule.error is not None:
        return {}
    numbers = {one.name: float(one.value.value) for one in statements if isinstance(one, Defined) and isinstance(one.value, Number)}
    found = {key: value for key, tree in options.items() if (value := _number(tree, numbers)) is not None}
    rate = next((found[key] for key in RATES if key in found), None)
    own = {key: value for key, value in found.items() if rule.option(key) is not None}
    return {"rule": rule.name, **({"rate": rate} if rate else {}), **({"options": own} if own else {})}


def _number(tree: Tree, numbers: Mapping[str, float]) -> float | None:
    match tree:
        case Number(value):
            return float(value)
        case Name(name):
            return numbers.get(name)
        case _:
            return None


def with_asked(choices: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Choices, and what the sheet says where nothing was chosen; its rate and hyperparameters go with its rule alone."""
    return dict(choices) if "rule" in choices else {**asked, **choices}
