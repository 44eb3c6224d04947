"""From a solved sheet to its exercise: every named quantity in the states the sheet goes through, and the step that leads to each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from byhand.check.engine import Engine
from byhand.check.exercise.builder import Builder
from byhand.check.exercise.other import others_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.exercise.resets import not_set_back
from byhand.check.exercise.routes import Forms, through_asked
from byhand.check.settings import Settings, settings_of
from byhand.lang.errors import ByhandError
from byhand.run.bind import bind_sizes
from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of

FAMILY = re.compile(r"[\w/']+\[[^\[\]]*[^\W\d][^\[\]]*\]'*")
"""A member of a family whose number is not a number, as in z[l-1]."""


def exercise_of(solution: s.Solution, text: str, settings: Settings | None = None) -> Exercise:
    """The exercise that a solved sheet is; ``text`` is the sheet itself: the digest is made from it, and the settings unless they are given."""
    items = [item for part in solution.parts for item in part.items]
    builder = Builder(_sizes(items), _own_names(items))
    for item in items:
        builder.add_item(item)
    _without_families(builder)
    forms = Forms.of(builder.found.values())
    quantities = _in_order(through_asked({name: forms.with_others(quantity) for name, quantity in builder.found.items()}))
    for slip in not_set_back(quantities):
        builder.slips.setdefault(slip.of, []).append(slip)
    exercise = Exercise(
        name=solution.name,
        title=solution.title,
        digest=hashlib.sha256(text.encode()).hexdigest()[:16],
        quantities=quantities,
        sizes=builder.sizes,
        conventions=conventions_of(solution),
        settings=settings_of(text) if settings is None else settings,
        others=others_of(items),
        slips={name: tuple(slips) for name, slips in builder.slips.items()},
        aliases=builder.aliases,
        left_out=tuple(builder.left_out),
        samples={name: tuple(each) for plain, each in builder.samples.items() for name in (plain, *each) if name in quantities},
    )
    return replace(exercise, quantities=_with_numbers(exercise))


def _without_families(builder: Builder) -> None:
    """Leave out members of families with a letter for their number: they stand for many quantities at once."""
    many = [name for name, one in builder.found.items() if FAMILY.fullmatch(name) and one.truth is None]
    for name, one in list(builder.found.items()):
        if any(other in many for other in (name, *one.parents)):
            del builder.found[name]
    if many:
        builder.left_out.append(f"{many[0]} stands for quantities of any number; give the number of layers, such as L = 3, and each of them can be marked.")


def _sizes(items: Iterable[s.Item]) -> dict[str, int]:
    """The size letters that the sheet's own data fixes."""
    given = [item for item in items if isinstance(item, s.Given)]
    data = {item.variable.name: item.value for item in given if item.value is not None}
    try:
        return dict(bind_sizes([item.variable for item in given], data))
    except ByhandError:
        return {}


def _own_names(items: Iterable[s.Item]) -> set[str]:
    """The names that stand on the sheet."""
    given = {item.variable.name for item in items if isinstance(item, s.Given)}
    return given | {str(item.quantity.name) for item in items if isinstance(item, (s.Defined, s.Asked, s.At))}


def _with_numbers(exercise: Exercise) -> Mapping[str, Quantity]:
    """The quantities, with numbers also for those on the way that the solution had no need to work out."""
    found = dict(exercise.quantities)
    engine = Engine(exercise)
    known = engine.truths()
    for name, quantity in found.items():
        if quantity.truth is None and quantity.steps and all(parent in known for parent in quantity.parents):
            values = engine.values(quantity.steps[:1], known)
            if values is not None and np.isfinite(values[0]).all():
                known[name] = values[0]
                found[name] = replace(quantity, truth=values[0][0], dims=values[0].shape[1:])
    return found


def _in_order(found: dict[str, Quantity]) -> dict[str, Quantity]:
    """Operands first; otherwise in the order in which the sheet meets them."""
    order: dict[str, Quantity] = {}
    entered: set[str] = set()
    stack = [(name, False) for name in reversed(found)]
    while stack:
        name, done = stack.pop()
        if done:
            order[name] = found[name]
        elif name not in entered:
            entered.add(name)
            stack.append((name, True))
            stack += [(parent, False) for parent in reversed(found[name].parents) if parent not in entered]
    return order
