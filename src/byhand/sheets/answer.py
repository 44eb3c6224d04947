"""The JSON answer: the contract that marking, practice pages and other programs build on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from byhand.derive import Step
from byhand.derive.simplify import cost
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.walk import postorder, spelled_out
from byhand.run.bind import Value
from byhand.run.mixed import is_exact
from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import notation
from byhand.show.plain import plain

Json: TypeAlias = Any
LONGEST_FORMULA = 4000
"""Names and numbers; a gradient whose own formula would be longer keeps the names of the gradients it is made of."""


def answer(solution: s.Solution, parts: tuple[s.Part, ...] | None = None) -> Json:
    """The answer for some parts of a solution, by default all."""
    items = [item for part in (solution.parts if parts is None else parts) for item in part.items]
    conventions = conventions_of(solution)
    values: dict[str, Value] = {}
    for item in items:
        for name, value in _values(item):
            values.setdefault(name, value)
    return {
        "sheet": solution.name,
        "title": solution.title,
        "values": {name: to_json(value) for name, value in values.items()},
        "exact": {name: exact_json(value.tolist()) for name, value in values.items() if is_exact(value)},
        "formulas": _all_formulas(items, conventions),
        "steps": _steps(items, conventions),
        "claims": [_claim(item) for item in items if isinstance(item, s.Claimed)],
        "answers": {},
        "problems": [],
    }


# ------------------------------------------------------------------------------------------------- numbers


def to_json(value: Value) -> Json:
    """Nested lists of JSON numbers; a rational becomes the float nearest to it."""
    return _each(value.tolist(), _number)


def exact_json(value: object) -> Json:
    """Nested lists of rationals as text."""
    return _each(value, str)


def _each(nested: Any, change: Any) -> Json:
    return [_each(part, change) for part in nested] if isinstance(nested, list) else change(nested)


def _number(entry: Fraction | float | int) -> float | int:
    """The shortest JSON number that reads back equal: whole ones without a point."""
    try:
        number = float(entry)
    except OverflowError:
        number = math.inf
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _values(item: s.Item) -> Iterator[tuple[str, Value]]:
    """The named numbers that an item brings."""
    match item:
        case s.Given(variable, value):
            yield from ((variable.name, value),) if value is not None else ()
        case s.Defined(quantity, state) | s.Asked(_, quantity, state):
            yield from _looked_up(quantity, state)
        case s.AskedUpdate(updated, value):
            yield from ((str(updated.name), value),) if value is not None else ()
        case s.GradientOf(gradient, _, _, state):
            yield from _looked_up(gradient, state)
        case s.LocalOf(_, entries, state):
            yield from _looked_up(entries, state)
        case s.Stepped(_, _, rounds):
            yield from ((str(update.updated.name), update.value) for one in rounds for update in one.updates if update.value is not None)
        case s.At(text, _, _, value):
            yield text, value
        case s.Prose() | s.Claimed():
            pass


def _looked_up(node: Named | Var, state: s.State) -> Iterator[tuple[str, Value]]:
    """The number of a quantity; its name carries a prime for each step taken with what it is made of."""
    if node.name in state.numbers:
        used = [inner.name for inner in postorder(node) if isinstance(inner, Var)] if state.taken else []
        yield str(node.name) + "'" * max((state.taken.get(name, 0) for name in used), default=0), state.numbers[node.name]


# ------------------------------------------------------------------------------------------------ formulas


def _formulas(item: s.Item) -> Iterator[Named]:
    match item:
        case s.Defined(quantity):
            yield quantity
        case s.Asked(_, Named() as quantity):
            yield quantity
        case s.GradientOf(gradient):
            yield gradient
        case s.LocalOf(_, entries):
            yield entries
        case s.Stepped(_, needed, rounds):
            yield from needed
            yield from (update.updated for one in rounds for update in one.updates)
        case _:
            pass


def _all_formulas(items: list[s.Item], conventions: Conventions) -> Json:
    """Formulas that are complete in the sheet's own names: what a derivation named on its way is spelled out."""
    nodes = [node for item in items for node in _formulas(item)]
    own = spelled_out([node.body for node in nodes], lambda name: isinstance(name, str) and name in conventions.names)
    return {str(node.name): _formula(node, own[node.body], conventions) for node in nodes}


def _formula(node: Named, body: Expr, conventions: Conventions) -> Json:
    """Text that NumPy could run."""
    tree = notation(body if cost(body) <= LONGEST_FORMULA else node.body, conventions)
    return {"text": plain(tree), "latex": latex(tree), "shape": [str(axis) for axis in node.shape]}


# --------------------------------------------------------------------------------------------------- steps


def _steps(items: list[s.Item], conventions: Conventions) -> list[Json]:
    """Every step that led to something shown, once, in the order of the derivations."""
    seen: dict[Step, Json] = {}
    for item in items:
        for step in steps_of(item):
            if step not in seen:
                seen[step] = _step(step, conventions)
    return list(seen.values())


def steps_of(item: s.Item) -> Iterator[Step]:
    """The steps behind an item."""
    match item:
        case s.GradientOf(_, derivation, needed) | s.Stepped(derivation, needed):
            for gradient in needed:
                yield from derivation.steps_of(gradient.name)
        case s.LocalOf(local):
            yield from local.derivation.steps
        case _:
            pass


def _step(step: Step, conventions: Conventions) -> Json:
    used = [node for node in postorder(step.after, enter_named=False) if isinstance(node, (Named, Var))]
    return {
        "of": str(step.of),
        "rule": step.rule,
        "because": step.because,
        "before": plain(notation(step.before, conventions)),
        "after": plain(notation(step.after, conventions)),
        "uses": list(dict.fromkeys(str(node.name) for node in used)),
    }


def _claim(item: s.Claimed) -> Json:
    verdict = item.verdict
    return {
        "claim": _inside(item.text),
        "verdict": verdict.verdict,
        "certainty": verdict.certainty,
        "counterexample": None if verdict.counterexample is None else counterexample_json(verdict.counterexample),
    }


def _inside(text: str) -> str:
    """``show(a == b)`` as ``a == b``."""
    return text.strip().removeprefix("show").strip()[1:-1].strip() if text.strip().startswith("show") else text


def counterexample_json(found: Any) -> Json:
    return {
        "sizes": dict(found.sizes),
        "values": {name: to_json(value) for name, value in found.data.items()},
        "entry": list(found.entry),
        "left": to_json(found.left),
        "right": to_json(found.right),
    }
