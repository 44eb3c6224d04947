"""``byhand compile``: a sheet in, code that works its formulas out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

from byhand.compile.export.c_code import c_code
from byhand.compile.export.jax_code import jax_code
from byhand.compile.export.numpy_code import numpy_code
from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.step import TrainingStep, training_step
from byhand.lang.errors import ByhandError
from byhand.lang.expr import named
from byhand.lang.sizes import Poly
from byhand.lang.update_rule import UpdateRule
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.sheets.source import read_text
from byhand.train.asked import asked_by
from byhand.train.model import Model, model_of
from byhand.train.written import conventions_for

BATCH = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """A call: of the command, or of ``byhand.code``. ``sheet`` is a file or the text of a sheet."""

    sheet: str | Path
    to: str = "numpy"
    what: str = "step"
    rule: str | None = None
    options: Mapping[str, float] = field(default_factory=dict[str, float])
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    dtype: str = "float64"
    buffers: bool = False


def asked_of(given: Mapping[str, Any]) -> Asked:
    """The options of the command; ``ByhandError`` for those that cannot be read."""
    options = {name: float(value) for name, value in (_pair("--option", "beta1=0.95", one) for one in given["options"])}
    pairs = [_pair("--sizes", "N=32,d=5", one) for one in (given["sizes"] or "").split(",") if one.strip()]
    odd = next((name for name, value in pairs if value != int(value) or not 0 < value < 10**9), None)
    if odd is not None:
        raise ByhandError(f"the size {odd} must be a whole number from 1 to 999999999: sizes are written like --sizes N=32,d=5.")
    plain = {name: given[name] for name in ("sheet", "to", "what", "rule", "dtype", "buffers")}
    return Asked(options=options, sizes={name: int(value) for name, value in pairs}, **plain)


def _pair(option: str, like: str, text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        number = float(value)
        if name.strip() and number - number == 0:
            return name.strip(), number
    except ValueError:
        pass
    raise ByhandError(f"{option} {text[:60]!r} is no name with a number: it is written like {like}.")


def code(
    sheet: str | Path,
    to: str = "numpy",
    *,
    what: str = "step",
    rule: str | None = None,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    buffers: bool = False,
    **options: float,
) -> str:
    """The formulas of a sheet, a file or a text, as code: a module for ``numpy`` or ``jax``, or a file in ``c``.

    ``what``: a ``step`` of the update rule ``rule`` with its hyperparameters in ``options``, the loss with its ``gradients``, or the prediction
    (``forward``). ``sizes`` gives numbers to size letters: C, and NumPy code with ``buffers``, is written for certain sizes and one ``dtype``. Raises
    ``ByhandError`` for a sheet without a network, an unknown rule, or a size that is not known.
    """
    source = sheet if isinstance(sheet, Path) or "\n" in sheet else Path(sheet)
    return compiled(Asked(source, to, what, rule, options, sizes or {}, dtype, buffers))


def compiled(asked: Asked) -> str:
    """The code. Raises ``ByhandError`` for a sheet without a network, an unknown rule, or a size that is not known."""
    if asked.to not in ("numpy", "c", "jax"):
        raise ByhandError(f"cannot compile to {asked.to[:40]!r}: numpy, c and jax are there.")
    if asked.buffers and asked.to != "numpy":
        raise ByhandError(f"buffers are a way to write NumPy code: leave them out for {asked.to}, where memory is taken once anyway.")
    text, name = read_text(asked.sheet) if isinstance(asked.sheet, Path) else (asked.sheet, "sheet")
    model = model_of(text, name)
    _check_sizes(model, asked)
    what = _what(model, asked, asked_by(model, name))
    conventions = replace(conventions_for(model), gradients="partial")
    batch = model.batch
    match asked.to:
        case "jax":
            return jax_code(what, batch=batch, title=model.title, conventions=conventions)
        case "c":
            initial = {**model.given, **({} if _unknown(model, asked) else model.initial)}
            return c_code(what, _sizes(model, asked, what), title=model.title, batch=batch, dtype=asked.dtype, initial=initial, conventions=conventions)
        case _:
            sizes = _sizes(model, asked, what) if asked.buffers else None
            return numpy_code(what, title=model.title, batch=batch, buffers=asked.buffers, sizes=sizes, dtype=asked.dtype, conventions=conventions)


def _what(model: Model, asked: Asked, sheet: Mapping[str, Any]) -> Program | TrainingStep:
    """The program: of a step, of the loss and its gradients, or of what the network says."""
    match asked.what:
        case "step":
            rule = _rule(asked.rule or str(sheet.get("rule", UPDATE_RULES[0].name)))
            own = sheet.get("options", {}) if asked.rule in (None, sheet.get("rule")) else {}
            options = {name: Fraction(repr(float(value))) for name, value in {**own, **asked.options}.items()}
            return training_step(model.loss, model.derivation, model.parameters, rule, _known(rule, options))
        case "gradients":
            gradients = [model.derivation.gradients[one.name] for one in model.parameters]
            return lowered([model.derivation.loss, *gradients])
        case "forward":
            taken = {str(one.name) for one in (*model.derivation.forward, *model.variables)}
            tries = (f"prediction_{k}" if k > 1 else "prediction" for k in count(1))
            return lowered([named(next(name for name in tries if name not in taken), model.prediction)])
        case _:
            raise ByhandError(f"cannot compile {asked.what[:40]!r}: step, gradients and forward are there.")


def _rule(name: str) -> UpdateRule:
    found = BY_NAME.get(name)
    if found is None:
        raise ByhandError(f"there is no update rule {name[:40]!r}: {', '.join(rule.name for rule in UPDATE_RULES if rule.error is None)} are there.")
    return found


def _known(rule: UpdateRule, options: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Hyperparameters under the names of the rule."""
    found: dict[str, Fraction] = {}
    for name, value in options.items():
        own = rule.option(name)
        if own is None:
            raise ByhandError(f"rule={rule.name} has no hyperparameter {name[:40]!r}: it takes {rule.takes() or 'none'}.")
        found[own.name] = value
    return found


def _letters(what: Program | TrainingStep) -> set[str]:
    program = what if isinstance(what, Program) else what.program
    return {letter for value in program.values for axis in value.shape for letter in Poly.of(axis).letters}


def _check_sizes(model: Model, asked: Asked) -> None:
    """``ByhandError`` for a size that the sheet does not speak of."""
    known = {*model.sizes, model.batch, *(letter for node in model.variables for axis in node.shape for letter in Poly.of(axis).letters)}
    odd = next((letter for letter in asked.sizes if letter not in known), None)
    if odd is not None:
        raise ByhandError(f"the sheet has no size {odd[:40]!r}: its sizes are {', '.join(sorted(known))}.")


def _sizes(model: Model, asked: Asked, what: Program | TrainingStep) -> dict[str, int]:
    """A number for every size letter; ``ByhandError`` for one that has none."""
    sizes = {**model.sizes, model.batch: BATCH, **asked.sizes}
    missing = sorted(_letters(what) - set(sizes))
    if missing:
        wanted = ",".join(f"{letter}=…" for letter in missing)
        raise ByhandError(f"the size {missing[0]} is not known: this code is written for fixed sizes; give them, as in --sizes {wanted}.")
    return {letter: count for letter, count in sizes.items() if letter in _letters(what)}


def _unknown(model: Model, asked: Asked) -> bool:
    """Whether the sizes asked for are others than those of the sheet's own numbers."""
    return any(model.sizes.get(letter, count) != count for letter, count in asked.sizes.items() if letter != model.batch)
