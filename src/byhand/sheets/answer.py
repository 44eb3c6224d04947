"""The JSON answer: the contract that marking, practice pages and other programs build on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from byhand.derive import Step
from byhand.derive.simplify import cost
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad
from byhand.lang.walk import children, postorder, spelled_out
from byhand.run.bind import Value
from byhand.run.claim import Verdict
from byhand.run.mixed import is_exact
from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of
from byhand.sheets.lines import renamed
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import notation, unwritable
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
        "formulas": _all_formulas(items, conventions) | _all_written(items),
        "steps": _steps(items, conventions),
        "claims": [_claim(text, verdict) for item in items for text, verdict in _claims(item)],
        "answers": {item.text: dict(item.answer) for item in items if isinstance(item, s.Answered) and item.answer is not None},
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
        case s.AskedUpdate(updated, value, before):
            yield from ((_in_run(str(updated.name), before.run), value),) if value is not None else ()
        case s.GradientOf(gradient, _, _, state):
            yield from _looked_up(gradient, state)
        case s.LocalOf(_, entries, state):
            yield from _looked_up(entries, state)
        case s.Stepped(_, _, rounds):
            for one in rounds:
                yield from _of_round(one)
        case s.At(text, _, _, value):
            yield text, value
        case s.Answered(values=values):
            yield from values.items()
        case s.Prose() | s.Claimed():
            pass


def _of_round(one: s.Round) -> Iterator[tuple[str, Value]]:
    """The states that begin, the sums over samples, the lines of the rule, the parameters; each with a prime for each step."""
    numbers = one.state.numbers
    yield from ((_in_run(str(name), one.state.run), numbers[name]) for name in one.published if name in numbers)
    for update in one.updates:
        yield from ((state.name, numbers[state.name]) for state in update.starts if state.name in numbers)
        made = [(line.quantity.name, numbers.get(line.quantity.name)) for line in update.working] + [(update.updated.name, update.value)]
        yield from ((_in_run(str(name), one.state.run), value) for name, value in made if value is not None)


def _in_run(name: str, run: int) -> str:
    """A name with primes; after the parameters have gone back to their first values it says in which run."""
    return name if run == 1 or not name.endswith("'") else f"{name} (run {run})"


def _looked_up(node: Named | Var, state: s.State) -> Iterator[tuple[str, Value]]:
    if node.name in state.numbers:
        yield _key(node, state), state.numbers[node.name]


def _key(node: Named | Var, state: s.State) -> str:
    """What a quantity is called: its name, with a prime for each step it has seen."""
    names = (node.name.of, node.name.wrt) if isinstance(node.name, Grad) else (str(node.name),)
    return _in_run(str(node.name) + "'" * max(state.taken.get(name, 0) for name in names), state.run)


# ------------------------------------------------------------------------------------------------ formulas


def _formulas(item: s.Item) -> Iterator[tuple[Named, s.State]]:
    """The formulas that an item brings, with what their names mean there."""
    match item:
        case s.Defined(quantity, state) | s.Asked(_, Named() as quantity, state):
            yield quantity, state
        case s.GradientOf(gradient, _, _, state):
            yield gradient, state
        case s.LocalOf(_, entries, state):
            yield entries, state
        case s.Stepped(_, needed, rounds):
            yield from ((gradient, rounds[0].state) for gradient in needed if rounds)
            yield from ((formula, one.state) for one in rounds for update in one.updates for formula in update.formulas)
            yield from (found for one in rounds[:1] for found in _published(one))
        case s.Answered(state=state, worked=worked, formulas=formulas):
            yield from ((gradient, state) for gradient in (worked.needed if worked is not None else ()))
            yield from ((formula, state) for formula in formulas)
        case _:
            pass


def _published(one: s.Round) -> Iterator[tuple[Named, s.State]]:
    """What a step works out on the way and programs get: a Hessian, gradients added up over samples."""
    for group in (*one.data, *one.then):
        yield from ((node, one.state) for node in group.quantities if isinstance(node, Named) and node.name in one.published)


def _all_formulas(items: list[s.Item], conventions: Conventions) -> Json:
    """Formulas that are complete in the sheet's own names: what a derivation named on its way is spelled out."""
    found = {_key(node, state): (node, state) for item in items for node, state in _formulas(item)}
    own = spelled_out([node.body for node, _ in found.values()], lambda name: isinstance(name, str) and name in conventions.names)
    bodies = {name: _updated(node.body, state, conventions) if state.taken else own[node.body] for name, (node, state) in found.items()}
    return {name: _formula(node, bodies[name], state, conventions) for name, (node, state) in found.items()}


def _all_written(items: list[s.Item]) -> Json:
    """Formulas with a symbolic number of terms."""
    found = [one for item in items if isinstance(item, s.Answered) for one in item.written.items()]
    return {name: {"text": plain(tree), "latex": latex(tree), "shape": [str(axis) for axis in shape]} for name, (tree, shape) in found}


def _updated(body: Expr, state: s.State, conventions: Conventions) -> Expr:
    """After a step also those names of the sheet are spelled out whose values have changed by it."""
    changed: set[Expr] = set()
    for node in postorder(body):
        if (isinstance(node, Var) and node.name in state.taken) or any(part in changed for part in children(node)):
            changed.add(node)
    kept = conventions.names - {node.name for node in changed if isinstance(node, Named)}
    return spelled_out([body], lambda name: isinstance(name, str) and name in kept)[body]


def _formula(node: Named, body: Expr, state: s.State, conventions: Conventions) -> Json:
    """Text that NumPy could run."""
    tree = renamed(notation(node.body if cost(body) > LONGEST_FORMULA or unwritable(body) else body, conventions), state)
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
        case s.GradientOf(_, derivation, needed):
            for gradient in needed:
                yield from derivation.steps_of(gradient.name)
        case s.Stepped(derivation, needed, steps=steps):
            for gradient in needed:
                yield from derivation.steps_of(gradient.name)
            yield from steps
        case s.LocalOf(local):
            yield from local.derivation.steps
        case s.Answered(worked=worked, steps=steps):
            for gradient in worked.needed if worked is not None else ():
                yield from worked.derivation.steps_of(gradient.name) if worked is not None else ()
            yield from steps
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


def _claims(item: s.Item) -> Iterator[tuple[str, Verdict]]:
    match item:
        case s.Claimed(text, _, _, verdict):
            yield text, verdict
        case s.Answered(claims=claims):
            yield from claims
        case _:
            pass


def _claim(text: str, verdict: Verdict) -> Json:
    return {
        "claim": _inside(text),
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
