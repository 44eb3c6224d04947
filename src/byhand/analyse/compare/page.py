"""A comparison as a person reads it: what the losses share, their output errors, what becomes of them, the gradients' sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.analyse.compare.analysis import Behaviour, Comparison, Side, is_nothing
from byhand.analyse.compare.limits import Beyond, Case, Limit
from byhand.lang.english import listed
from byhand.lang.expr import Expr, Named, split_factor
from byhand.lang.names import Name
from byhand.lang.sizes import Poly
from byhand.lang.walk import children, postorder
from byhand.run.claim import Verdict
from byhand.sheets.lines import Writer
from byhand.sheets.solution import State
from byhand.show.document import Block, Cell, Claim, Line, Lines, Note, Table
from byhand.show.numbers import format_number
from byhand.show.picture import Paint, Point
from byhand.show.pieces import ONE, signed
from byhand.show.plot import Axes, Curve, plot
from byhand.show.tree import Sym, Tree
from byhand.show.unicode import text

PAINTS: tuple[Paint, ...] = ("accent", "bad", "good", "ink", "muted")
MOST_CURVES = len(PAINTS)
EXACT = "The limits are exact, read off leading terms with the exponential of the score as a symbol, at three random choices of everything else."
HOW = "The limits were found by evaluation: at scores of ±40, ±80 and ±160 in 200 digits, for three draws of everything else."
SIDES = "Right and wrong say whether the score runs to the side of its target or away from it."


@dataclass(frozen=True, slots=True)
class Found:
    """A comparison with what numbers there are: norms for each loss and parameter; a curve for each loss."""

    comparison: Comparison
    verdicts: tuple[Verdict, ...]
    norms: Mapping[Name, Sequence[float]]
    curves: tuple[tuple[Point, ...], ...] = ()
    followed: Case | None = None


def blocks_of(writer: Writer, found: Found) -> Iterator[Block]:
    """The page. All gradients are spelled ∂E/∂z here, as there are several losses."""
    writer = replace(writer, conventions=replace(writer.conventions, gradients="partial"))
    comparison = found.comparison
    if comparison.at is None:
        yield Note(
            f"{_all(comparison)} share no quantity but what is given: there is no common output at which to compare their errors, "
            "only the gradients. If they are computed from the same score, give it a name, or say where with at=."
        )
    else:
        yield from _parting(writer, comparison, comparison.at.name)
        errors = [pair for side in comparison.sides for pair in side.errors]
        yield Lines("The output errors side by side", tuple(_error_line(writer, error, formula) for error, formula in errors))
        yield from _multiples(writer, comparison)
        for side, verdict in zip(comparison.sides, found.verdicts):
            error, formula = side.errors[-1]
            yield Claim(_name(writer, error), writer.formula(formula), verdict.verdict, explained(verdict))
        yield from _saturation(writer, found, comparison.at.name)
    if found.norms:
        yield _norms(writer, found)


def explained(verdict: Verdict) -> str:
    """How sure a claim is."""
    if verdict.reason or verdict.verdict != "holds":
        return verdict.reason or "neither proved nor refuted"
    exact = "for all values and sizes: proved by exact random evaluation"
    return exact if verdict.certainty == "exact" else "agrees to many digits at random points, which is strong evidence but no proof"


def _error_line(writer: Writer, error: Named, formula: Expr) -> Line:
    return writer.chain((_name(writer, error), writer.formula(formula)), writer.state.numbers.get(error.name))


def _name(writer: Writer, node: Named) -> Tree:
    return writer.primed(Sym(node.name))


def _all(comparison: Comparison) -> str:
    return listed(text(Sym(side.loss.name)) for side in comparison.sides)


# --------------------------------------------------------------------------------------------- output errors


def _parting(writer: Writer, comparison: Comparison, at: Name) -> Iterator[Block]:
    """From the quantity shared to each loss, as the sheet defines it."""
    writer = replace(writer, state=State(writer.state.taken))
    lines = [writer.quantity(node) for side in comparison.sides for node in _way(side, comparison)]
    yield Lines(f"{_all(comparison)} part at {text(writer.name(at))}", tuple(dict.fromkeys(lines)))


def _way(side: Side, comparison: Comparison) -> list[Named]:
    """The named quantities from the parting to a loss, itself last."""
    reached: set[Expr | None] = {comparison.at}
    way: list[Named] = []
    for node in postorder(side.loss):
        if node not in reached and any(part in reached for part in children(node)):
            reached.add(node)
            way += [node] if isinstance(node, Named) else []
    return way


def _multiples(writer: Writer, comparison: Comparison) -> Iterator[Note]:
    """Losses that differ in a factor alone, such as sum and mean, differ in nothing but the learning rate."""
    first, *others = comparison.sides
    amount, core = split_factor(first.errors[-1][1])
    inverse = amount.inverse()
    for side in others:
        factor, rest = split_factor(side.errors[-1][1])
        if rest is core and inverse is not None and factor != amount:
            times, names = text(signed(factor * inverse, ONE)), [text(writer.name(one.loss.name)) for one in (side, first)]
            yield Note(
                f"The output error of {names[0]} is {times} times that of {names[1]}, and so are all gradients behind it: only the learning rate differs."
            )


# ------------------------------------------------------------------------------------------------ saturation


def _saturation(writer: Writer, found: Found, at: Name) -> Iterator[Block]:
    comparison = found.comparison
    if not comparison.cases:
        yield Note(f"{text(writer.name(at))} has too many entries to follow what happens as one of them grows.")
        return
    shared = text(writer.name(at))
    entry = shared if comparison.at is not None and not comparison.at.shape else f"one entry of {shared}"
    head: list[Cell] = [f"{entry} to", "target"] if comparison.target is not None else [f"{entry} to"]
    for side in comparison.sides:
        head += [_name(writer, side.errors[-1][0]), writer.name(side.loss.name)]
    caption = f"Saturation: what the output error and the loss tend to as {entry} runs away and all else stays"
    yield Table(caption, tuple(head), tuple(_row(comparison, case, behaviours) for case, behaviours in comparison.cases.items()))
    how = EXACT if comparison.exact else HOW
    yield Note(f"{SIDES} {how}" if comparison.target is not None else how)
    for k, side in enumerate(comparison.sides):
        yield Note(_in_words(writer, side, [(case, behaviours[k]) for case, behaviours in comparison.cases.items()]))
    if found.curves and found.followed is not None:
        yield _picture(writer, found, entry, found.followed)


def _row(comparison: Comparison, case: Case, behaviours: Sequence[Behaviour]) -> tuple[Cell, ...]:
    direction = "+∞" if case.up else "−∞"
    label = "" if case.label is None else f"{case.target} ({text(signed(Poly.of(case.label), ONE))})"
    first = (direction, label) if comparison.target is not None else (direction,)
    return (*first, *(cell for one in behaviours for cell in (limit_cell(one.error), limit_cell(one.loss))))


_WORDS: Mapping[Beyond, str] = {Beyond.UP: "∞", Beyond.DOWN: "−∞", Beyond.FINITE: "finite"}


def limit_cell(limit: Limit) -> Cell:
    """A limit as it stands in a table."""
    if isinstance(limit, Beyond):
        return _WORDS[limit]
    return "?" if limit is None else signed(limit, ONE)


def _limit_word(limit: Limit) -> str:
    cell = limit_cell(limit)
    return cell if isinstance(cell, str) else text(cell)


def _in_words(writer: Writer, side: Side, cases: Sequence[tuple[Case, Behaviour]]) -> str:
    """What the limits mean for learning."""
    name = text(writer.name(side.loss.name))
    astray = [behaviour for case, behaviour in cases if case.target != "right"]
    errors = [behaviour.error for behaviour in astray]
    where = "where the output is wrong" if any(case.target == "wrong" for case, _ in cases) else "on both sides"
    if all(is_nothing(error) for error in errors):
        gone = {factor for behaviour in astray for factor in behaviour.vanishing}
        factors = [factor for factor in side.factors if factor in gone]
        reason = f", because of the factor{'s' * (len(factors) > 1)} {listed(text(writer.formula(factor)) for factor in factors)}" if factors else ""
        even = "even " if where != "on both sides" else ""
        return f"{name}: the output error goes to 0 {even}{where}{reason}. Gradients vanish, and a saturated output hardly learns."
    values = dict.fromkeys(map(_limit_word, errors))
    if any(error is Beyond.FINITE for error in errors):
        return f"{name}: the output error stays finite {where}; what it tends to depends on the other quantities."
    if any(error is None for error in errors):
        return f"{name}: no limit of the output error was found for every case."
    tends = f"{name}: the output error tends to {' or '.join(values)} {where}"
    if any(error in (Beyond.UP, Beyond.DOWN) for error in errors):
        if any(map(is_nothing, errors)):
            return f"{tends}: it grows on one side and vanishes on the other."
        return f"{tends}: it grows with the score, so that far outputs dominate the gradient."
    if any(is_nothing(error) for error in errors):
        return f"{tends}: it vanishes on one side only."
    bounded = "is bounded, however far the output is" if where == "on both sides" else "stays of the order of the mistake and does not vanish"
    return f"{tends}: it {bounded}."


def _picture(writer: Writer, found: Found, entry: str, case: Case) -> Block:
    sides = found.comparison.sides
    curves = [
        Curve(points, _name(writer, side.errors[-1][0]), paint, dashed=k % 2 == 1) for k, (points, side, paint) in enumerate(zip(found.curves, sides, PAINTS))
    ]
    label = "" if case.label is None else text(signed(Poly.of(case.label), ONE))
    about = f" for the target {label}" if case.label is not None else ""
    end = "right" if case.up else "left"
    caption = f"For an entry whose target is {label}: towards the {end} the output is wrong." if case.label is not None else ""
    names = [text(_name(writer, side.errors[-1][0])) for side in sides]
    alt = f"The output errors {', '.join(names)} over {entry}{about}."
    return plot(curves, Axes(entry, "output error"), alt=alt, caption=caption)


# ----------------------------------------------------------------------------------------------------- norms


def _norms(writer: Writer, found: Found) -> Block:
    """Norms of the gradients side by side, with the ratio of each to the first."""
    losses = [side.loss.name for side in found.comparison.sides]
    head: list[Cell] = ["norm of the gradient of"]
    head += [text(writer.name(loss)) for loss in losses]
    head += [f"{text(writer.name(loss))} : {text(writer.name(losses[0]))}" for loss in losses[1:]]
    rows = tuple(_norm_row(writer, name, values) for name, values in found.norms.items())
    return Table("The gradients of what the losses share, on these numbers", tuple(head), rows)


def _norm_row(writer: Writer, name: Name, values: Sequence[float]) -> tuple[Cell, ...]:
    digits = writer.conventions.digits
    ratios = [format_number(value / values[0], digits) if values[0] else "—" for value in values[1:]]
    return (writer.name(name), *(format_number(value, digits) for value in values), *ratios)
