"""What is said of the point that was found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from byhand.analyse.matrix.conditions import Spell, in_words
from byhand.analyse.minimise.outcome import Minimum
from byhand.analyse.minimise.wording import by_structure, impossible, squares
from byhand.lang.names import Grad, Name
from byhand.show.tree import Sym
from byhand.show.unicode import text

ILL = 1e8


def remarks(of: Minimum, names: Sequence[str], spell: Spell) -> Iterator[str]:
    """The sentences below the formulas, in order."""
    parts = _no_closed_form if of.why is not None else _closed_form
    yield from (sentence.replace(">=", "≥") for sentence in parts(of, names, spell))


def _closed_form(of: Minimum, names: Sequence[str], spell: Spell) -> Iterator[str]:
    yield from _curvature(of, names, spell)
    yield from _point(of, spell)
    yield from _ill_conditioned(of)
    yield from of.remarks
    for unknown in of.unknowns:
        if held := unknown.facts & {"positive", "nonnegative"}:
            yield f"{said(unknown.name)} is declared {min(held)}. The closed form does not know of that: it counts only where all entries come out so."


def said(name: Name) -> str:
    """A name as formulas spell it."""
    return text(Sym(name))


def _what(of: Minimum) -> str:
    return "second derivative" if all(not x.shape for x in of.unknowns) else "Hessian"


def _name(of: Minimum) -> str:
    first = of.unknowns[0].name
    return said(Grad(f"d{of.loss.name}/d{first}", first))


def _quadratic_form(of: Minimum, names: Sequence[str], spell: Spell) -> str:
    """vᵀ (∂²L/∂w²) v = …, as fits the unknown."""
    total = squares(of.curvature, of.unknowns, names, spell)
    if len(names) > 1 or len(of.unknowns[0].shape) > 1:
        return f"in {'the directions' if len(names) > 1 else 'a direction'} {' and '.join(names)} it comes to {total}"
    return f"{_name(of)} = {total}" if not of.unknowns[0].shape else f"{names[0]}ᵀ ({_name(of)}) {names[0]} = {total}"


def _curvature(of: Minimum, names: Sequence[str], spell: Spell) -> Iterator[str]:
    bent, count = of.curvature, of.numbers
    if bent.kind == "zero":
        return
    if bent.forms and bent.kind != "indefinite" and bent.kind != "unknown":
        word = "positive" if bent.forms[0].sign > 0 else "negative"
        kind = f"{word} {'definite' if by_structure(bent) else 'semidefinite'}"
        yield f"The {_what(of)} is {kind}{_where(of, spell)}: {_quadratic_form(of, names, spell)}."
        if bent.definite and not by_structure(bent) and count is not None:
            yield f"At this data it is even {bent.kind}: the matrix of the normal equations has full rank, {count.rank}."
    elif count is not None:
        yield f"At this data the {_what(of)} is {bent.kind}: its eigenvalues lie between {count.low:.6g} and {count.high:.6g}."
    else:
        yield (
            f"Whether the {_what(of)} is positive definite does not show in its form, nor from what is declared. "
            "Where it is, the point is the only minimum; where it has a negative eigenvalue, there is no minimum."
        )


def _where(of: Minimum, spell: Spell) -> str:
    return f" where {' and '.join(need.says(spell) for need in of.curvature.semi)}" if of.curvature.semi else ""


def _numbers(count: int) -> str:
    return f"{count} unknown number{'' if count == 1 else 's'}"


def _stars(of: Minimum) -> str:
    names = [said(star) for star in of.stars]
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _unknowns(of: Minimum) -> str:
    return " and ".join(said(x.name) for x in of.unknowns)


def _point(of: Minimum, spell: Spell) -> Iterator[str]:
    bent, count, loss = of.curvature, of.numbers, said(of.loss.name)
    if bent.kind == "zero":
        yield (
            f"{loss} is affine in {_unknowns(of)}: its second derivative is zero, and its gradient is the same everywhere. "
            f"Against the gradient {loss} falls without bound, so there is no minimum, unless the gradient is zero."
        )
    elif of.ends == "maximum":
        only = "is where" if bent.definite else "is a point where"
        yield f"So {_stars(of)} {only} {loss} is largest. Downwards it is unbounded: there is no minimum."
    elif of.ends == "saddle":
        yield f"So {_stars(of)} is a saddle point. In some directions {loss} falls without bound: there is no minimum."
    elif of.ends == "unbounded":
        yield (
            f"At this data the normal equations have no solution. Along some direction in which the second derivative is zero {loss} falls without bound: "
            "there is no minimum."
        )
    elif of.unique:
        yield f"So {loss} is strictly convex, and {_stars(of)} is its only minimum{', whatever the data' if count is None else ''}."
    elif count is not None and count.rank < count.count and of.ends == "minimum":
        yield _many(of)
    elif bent.unique_if or of.singular:
        yield _unique_if(of, spell)


def _unique_if(of: Minimum, spell: Spell) -> str:
    bent = of.curvature
    convex = f"So {said(of.loss.name)} is convex, and every stationary point is a minimum. " if not bent.semi else ""
    never = impossible(bent.unique_if, spell)
    if never:
        return f"{convex}The matrix of the normal equations has no inverse, and the minimum is never unique: {never}."
    if of.singular:
        return f"{convex}The matrix of the normal equations has no inverse, whatever the data: the minimum is never unique."
    sure = "exactly if" if len(bent.unique_if) == 1 else "if"
    inverse = ", and the inverse exists," if of.solved and any(x.shape for x in of.unknowns) else ""
    return f"{convex}The minimum is unique{inverse} {sure} {in_words(bent.unique_if, spell)}."


def _many(of: Minimum) -> str:
    assert of.numbers is not None
    free = of.numbers.count - of.numbers.rank
    shape = "a line" if free == 1 else "a plane" if free == 2 else f"an affine space of dimension {free}"
    return (
        f"At this data {_independent(of.numbers.rank)} for {_numbers(of.numbers.count)}: the matrix of the normal equations "
        f"has rank {of.numbers.rank} and no inverse, and the minimum is not unique. All minimisers form {shape}; the one of least norm is given below."
    )


def _independent(rank: int) -> str:
    return "there is only 1 independent equation" if rank == 1 else f"there are only {rank} independent equations"


def _ill_conditioned(of: Minimum) -> Iterator[str]:
    count = of.numbers
    if count is None or count.rank < count.count or not of.solved:
        return
    ratio = max(abs(count.low), abs(count.high)) / min(abs(count.low), abs(count.high))
    if ratio > ILL:
        yield f"The normal equations are ill-conditioned: their condition number is {ratio:.2g}, so small changes of the data change {_stars(of)} much."


# -------------------------------------------------------------------------------------------------- no closed form


def _no_closed_form(of: Minimum, names: Sequence[str], spell: Spell) -> Iterator[str]:
    through = ", ".join(dict.fromkeys(spell(node) for node in of.through[:3]))
    if of.why == "kinks":
        kinks = f"{said(of.loss.name)} has kinks, and its gradient is not affine in {_unknowns(of)}"
        yield f"There is no closed form: {kinks}, on which it depends through {through}."
        return
    yield (
        f"There is no closed form: {_name(of)} still depends on {_unknowns(of)}{f', through {through}' if through else ''}. "
        "So the gradient is not affine, and setting it to zero gives no linear equation."
    )
    bent = of.curvature
    if bent.forms and bent.kind in ("positive definite", "positive semidefinite") and not bent.semi:
        yield f"The {_what(of)} is {bent.kind}: {_quadratic_form(of, names, spell)}. {_convex(of, spell)}"
    listed = ", ".join(x.name for x in of.unknowns)
    yield f"Newton's method finds a stationary point step by step: step({of.loss.name}, [{listed}], rule=newton)."


def _convex(of: Minimum, spell: Spell) -> str:
    bent = of.curvature
    if bent.definite:
        return f"So {said(of.loss.name)} is strictly convex: if it has a minimum, that is the only one."
    further = f", and if {in_words(bent.unique_if, spell)}, there is at most one" if bent.unique_if else ""
    return f"So {said(of.loss.name)} is convex: every stationary point is a minimum{further}."


def closing(of: Minimum) -> str:
    """The caption of the loss at the point."""
    return {"minimum": "At the minimum", "maximum": "At the maximum"}.get(of.ends, "At the stationary point")
