"""What a step line asks for: the loss, the parameters, the update rule with its numbers, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, as_number, describe, is_zero, num
from byhand.lang.sizes import shape_text
from byhand.lang.update_rule import UpdateRule
from byhand.read.elaborate import elaborate
from byhand.read.statements import Task
from byhand.read.syntax import Listed, Name, Number, Text, Tree
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.sheets.workspace import Workspace
from byhand.show.names import text_name
from byhand.show.tree import Sym
from byhand.show.unicode import HIGH

MOST_STEPS = 1000
LIKE = "step(L, [W, b], rate=0.1)"
OPTIONS = ("rate", "rule", "times", "epochs", "batches", "over", "axis", "reduction", "target")
_OTHERS = {"lr": "rate", "learning_rate": "rate", "targets": "target"}


@dataclass(frozen=True, slots=True)
class Call:
    """``hyper``: the rule's numbers by their symbols; ``off``: those hyperparameters that are 0; ``options``: what says which samples are seen.

    ``inputs``: other data for given quantities, as written.
    """

    what: Named
    parameters: tuple[Var, ...]
    rule: UpdateRule
    rate: Expr
    hyper: Mapping[str, Expr]
    off: frozenset[str]
    passes: int
    options: Mapping[str, Tree]
    inputs: Mapping[str, Tree]


def read_call(space: Workspace, task: Task) -> Call:
    """The arguments of ``step``, checked; ``ByhandError`` says what a right call looks like."""
    options = _options(task)
    rule = _rule(options)
    if len(task.args) != 2 or not isinstance(task.args[0], Name):
        raise ByhandError(f"step takes a loss and a list of parameters, as in {LIKE}.")
    what = _stepped_on(space, task.args[0].name, rule)
    parameters = _parameters(space, task.args[1])
    hyper, off = _hyperparameters(space, rule, options)
    inputs = {name: tree for name, tree in options.items() if name not in OPTIONS and rule.option(name) is None}
    for name in inputs:
        _check_input(space, rule, name)
    return Call(what, parameters, rule, _rate(space, rule, options), hyper, off, _passes(options), options, inputs)


def _options(task: Task) -> dict[str, Tree]:
    found: dict[str, Tree] = {}
    for written, tree in task.options:
        name = _OTHERS.get(written, written)
        if name in found:
            raise ByhandError(f"step is given {written} twice.", tree.at.line, tree.at.column)
        found[name] = tree
    return found


def _rule(options: Mapping[str, Tree]) -> UpdateRule:
    tree = options.get("rule")
    if tree is None:
        return UPDATE_RULES[0]
    wanted = tree.text if isinstance(tree, Text) else tree.name if isinstance(tree, Name) else ""
    found = BY_NAME.get(wanted) or BY_NAME.get(wanted.lower().replace("-", "_").replace(" ", "_"))
    if found is None:
        known = ", ".join(rule.name for rule in UPDATE_RULES)
        raise ByhandError(f"step knows no rule {wanted or 'of this kind'}; the rules are {known}, as in step(L, [W], rate=0.1, rule=momentum).", *_place(tree))
    return found


def _place(tree: Tree) -> tuple[int, int]:
    return tree.at.line, tree.at.column


def _stepped_on(space: Workspace, name: str, rule: UpdateRule) -> Named:
    found = space.known(name)
    if isinstance(found, Var):
        raise ByhandError(f"cannot take a step on {found.name}: a step goes down a scalar defined by a formula, and {found.name} is given.")
    if found.shape and rule.error is None:
        raise ByhandError(
            f"cannot take a step on {found.name}: a step goes down a scalar defined by a formula, and {found.name} is of shape {shape_text(found.shape)}."
        )
    return found


def _parameters(space: Workspace, tree: Tree) -> tuple[Var, ...]:
    listed = tree.items if isinstance(tree, Listed) else (tree,)
    parameters = [parameter(space, one, "step changes") for one in listed]
    twice = next((one for k, one in enumerate(parameters) if one in parameters[:k]), None)
    if twice is not None or not parameters:
        raise ByhandError(f"step names {twice.name} twice." if twice is not None else f"step names no parameters; list them, as in {LIKE}.")
    return tuple(parameters)


def parameter(space: Workspace, tree: Tree, does: str) -> Var:
    """A given or declared quantity; ``does`` begins the sentence that refuses anything else."""
    found = space.known(tree.name) if isinstance(tree, Name) else None
    if isinstance(found, Var):
        return found
    what = f"{found.name} is computed by a formula" if found is not None else "this is no name"
    raise ByhandError(f"{does} parameters that are given or declared; {what}.", *_place(tree))


def _check_input(space: Workspace, rule: UpdateRule, name: str) -> None:
    """An option that is none is data for a given quantity, or a mistake."""
    found = space.scope().find(name)
    if found is not None and isinstance(found[1], Var):
        return
    hyper = [one.name for one in rule.hyperparameters]
    close = get_close_matches(name, [*OPTIONS, *hyper], n=1, cutoff=0.7)
    takes = f"with rule={rule.name} it takes rate, times, epochs, batches, over, axis, reduction{''.join(f', {one}' for one in hyper)}"
    hint = f" Did you mean {close[0]}?" if close else " A given quantity takes new data, as in x=[1, 0]."
    raise ByhandError(f"step has no option {name}; {takes}.{hint}")


def _hyperparameters(space: Workspace, rule: UpdateRule, options: Mapping[str, Tree]) -> tuple[dict[str, Expr], frozenset[str]]:
    values: dict[str, Expr] = {one.symbol: num(one.default) for one in rule.hyperparameters}
    given: dict[str, str] = {}
    for name, tree in options.items():
        one = rule.option(name) if name not in OPTIONS else None
        if one is not None:
            if one.name in given:
                raise ByhandError(f"step is given {one.name} twice, as {given[one.name]} and as {name}.", *_place(tree))
            given[one.name] = name
            values[one.symbol] = scalar(space, tree, name)
    return values, frozenset(one.name for one in rule.hyperparameters if is_zero(values[one.symbol]))


def _rate(space: Workspace, rule: UpdateRule, options: Mapping[str, Tree]) -> Expr:
    if "rate" in options:
        return scalar(space, options["rate"], "the learning rate")
    if rule.rate is None:
        raise ByhandError(f"step needs a learning rate, as in {LIKE}.")
    return num(rule.rate)


def scalar(space: Workspace, tree: Tree, what: str) -> Expr:
    """A single number, or a formula for one."""
    found = elaborate(tree, space.scope()).expr
    if found.shape:
        raise ByhandError(f"{what} must be a single number; {describe(found)} has shape {shape_text(found.shape)}.", *_place(tree))
    return found


def _passes(options: Mapping[str, Tree]) -> int:
    if "times" in options and "epochs" in options:
        raise ByhandError("step takes times or epochs, which mean the same: how often all samples are gone through.", *_place(options["epochs"]))
    word = "epochs" if "epochs" in options else "times"
    return whole(options[word], word, 1, MOST_STEPS) if word in options else 1


def whole(tree: Tree, word: str, low: int, high: int) -> int:
    """A whole number between bounds."""
    if not isinstance(tree, Number) or tree.value.denominator != 1 or not low <= tree.value <= high:
        raise ByhandError(f"{word} must be a whole number from {low} to {high}.", *_place(tree))
    return int(tree.value)


def check_steps(space: Workspace, parameters: Iterable[Var], count: int) -> None:
    """Steps in one go and steps one after another count alike."""
    for one in parameters:
        taken = space.state.taken.get(one.name, 0)
        if taken + count > MOST_STEPS:
            raise ByhandError(f"{one.name} would take {taken + count:,} steps on this sheet; the limit is {MOST_STEPS:,}.")


def about(call: Call) -> str:
    """The rule in words, with the numbers it works with."""
    said = [f"{text_name(Sym(one.symbol))} = {_number(call.hyper[one.symbol])}" for one in call.rule.hyperparameters if one.name not in call.off]
    return f"{call.rule.title}{' with ' + ', '.join(said) if said else ''}. {call.rule.summary}"


def _amount(constant: Fraction) -> str:
    """A number in prose, very small ones as powers of ten."""
    mantissa, mark, exponent = f"{float(constant):g}".partition("e")
    power = f"10{str(int(exponent)).translate(HIGH)}" if mark else ""
    return f"{mantissa} · {power}" if mark and mantissa != "1" else power or mantissa


def _number(value: Expr) -> str:
    if isinstance(value, (Var, Named)):
        return text_name(Sym(value.name))
    number = as_number(value)
    constant = number.constant if number is not None else None
    return _amount(constant) if constant is not None else describe(value)
