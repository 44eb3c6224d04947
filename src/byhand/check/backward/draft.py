"""The forward formula as the block of a sheet: one formula, several lines, a sheet, or the name of a rule or of another function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from byhand.check.backward.inputs import Input
from byhand.lang.errors import ByhandError
from byhand.lang.rule import Rule
from byhand.read.functions import function
from byhand.read.signature import Function
from byhand.read.statements import Asked, Declared, Defined, declared_shape, parse_shapes, parse_statements
from byhand.rules import RULES
from byhand.sheets.source import Code, take_apart

_FENCE = re.compile(r"^\s*```", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Draft:
    """``lines``: the definitions on the way; ``output``: the name of the last one, unless another is asked for; ``inputs``: in the order of the call."""

    lines: str
    output: str
    inputs: tuple[Input, ...]

    @property
    def words(self) -> frozenset[str]:
        """All words that stand somewhere, which new names must not be."""
        return frozenset(re.findall(r"[^\W\d]\w*", " ".join([self.lines, self.output, *(one.statement for one in self.inputs)])))

    def fresh(self, names: Iterable[str]) -> str:
        """The first of these names that is not in use."""
        return next(name for name in names if name not in self.words)

    def block(self, *more: str) -> str:
        """The sheet, with these lines at its end."""
        return "\n".join(["```byhand", *(one.statement for one in self.inputs), self.lines, *more, "```", ""])


def draft(formula: str, inputs: Sequence[Input], output: str | None = None) -> Draft:
    """The formula of a forward function over its inputs; ``ByhandError`` where it cannot be one.

    ``formula`` may declare quantities itself, as sheets do; those that ``inputs`` lack are then further inputs, in their order.
    """
    rule = _rule(formula.strip())
    if rule is not None:
        formula, inputs = _of_rule(rule, inputs)
    elif (found := _function(formula.strip(), inputs)) is not None:
        formula = _applied(found.name, [one.name for one in inputs], "")
    text = _inside(formula)
    try:
        lines, declared = _taken_apart(text, {one.name for one in inputs})
    except ByhandError as error:
        raise type(error)(f"cannot read the formula of the forward function: {error}") from None
    if not lines.strip():
        raise ByhandError("the formula of the forward function is empty: write what it computes, such as Y = X @ W + b.")
    defined = [one.name for one in parse_statements(lines) if isinstance(one, Defined)]
    if output is not None and output not in defined:
        raise ByhandError(f"the formula has no line for {output}, which should be the output of the function.")
    return Draft(lines, output or defined[-1], (*inputs, *declared))


def _inside(formula: str) -> str:
    """The statements of a sheet's blocks, or the text itself with one statement a line."""
    if _FENCE.search(formula) is None:
        return formula
    return "\n".join(piece.text for piece in take_apart(formula).pieces if isinstance(piece, Code))


def _taken_apart(text: str, known: set[str]) -> tuple[str, tuple[Input, ...]]:
    """The definitions, and what is declared besides; a formula without a name at the end is called Y, or y."""
    kept: list[str] = []
    declared: list[Input] = []
    names = set(re.findall(r"[^\W\d]\w*", text)) | known
    statements = parse_statements(text)
    for k, one in enumerate(statements):
        match one:
            case Declared(name):
                if name not in known:
                    declared.append(Input(name, "drawn", declared_shape(one), one.facts))
            case Defined(name, text=said):
                if name in known:
                    if one.data is None:
                        raise ByhandError(f"{name} is an input of the function, and the formula defines it anew; give one of them another name.")
                    continue
                kept.append(said)
            case Asked(text=said) if k == len(statements) - 1 and not any(isinstance(other, Defined) and other.data is None for other in statements):
                kept.append(f"{next(name for name in ('Y', 'y', 'out', 'output') if name not in names)} = {said}")
            case _:
                pass
    return "\n".join(kept), tuple(declared)


# ----------------------------------------------------------------------------------------------------- rules


def _function(formula: str, inputs: Sequence[Input]) -> Function | None:
    """The function that a formula is the mere name of, where there are inputs to apply it to."""
    found = function(formula) if formula.isidentifier() else None
    return found if inputs and all(one.name != formula for one in inputs) else None


def _rule(formula: str) -> Rule | None:
    """The rule that a formula is the mere name of."""
    found = function(formula) if formula.isidentifier() else None
    return next((rule for rule in RULES if found is not None and rule.name == found.name), None)


def _of_rule(rule: Rule, inputs: Sequence[Input]) -> tuple[str, list[Input]]:
    """The rule applied to the inputs, by their names where they have those of its arguments; without any, to those of its first example."""
    if not inputs:
        example = rule.examples[0]
        given = [Input(one.name, "drawn", declared_shape(one), one.facts) for one in parse_shapes(example.shapes)]
        options = "".join(f", {name}={value!r}" for name, value in example.options.items())
        return _applied(rule.name, [one.name for one in given], options), given
    options = {option.name for option in rule.options}
    operands = [one for one in inputs if one.name not in options]
    names = [argument.name for argument in rule.arguments]
    if all(one.name in names for one in operands):
        words = [one.name if position == names.index(one.name) else f"{one.name}={one.name}" for position, one in enumerate(operands)]
    else:
        words = [one.name for one in operands]
    said = "".join(f", {one.name}={one.number}" for one in inputs if one.name in options)
    return _applied(rule.name, words, said), [replace(one) for one in inputs]


def _applied(called: str, operands: Sequence[str], options: str) -> str:
    name = "Y" if not any(word.split("=")[0] == "Y" for word in operands) else "output"
    return f"{name} = {called}({', '.join(operands)}{options})"
