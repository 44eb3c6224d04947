"""Whether a quadratic function has a minimum, and one only: the signs of its Hessian's eigenvalues, in numbers or by its structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from byhand.analyse.hessian import depends
from byhand.analyse.matrix import definite
from byhand.analyse.matrix.conditions import Positive, in_words
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.definite import Kind
from byhand.analyse.matrix.words import NotWords
from byhand.analyse.rates.setting import Setting, opened
from byhand.analyse.rates.spectrum import Spectrum
from byhand.lang.expr import Add, Expr, Var, intern, is_zero, split_factor
from byhand.lang.walk import substitute
from byhand.run.bounds import bounds

Conditions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of matrix H is. ``needs``: what has to hold for any rate to converge; ``unique``: for the minimum to be the only one.

    ``assumed`` are the quantities of which ``needs`` says that they are not negative.
    """

    kind: Kind
    needs: Conditions = ()
    unique: Conditions = ()
    assumed: tuple[Expr, ...] = ()


def by_structure(setting: Setting, found: Spectrum) -> Shape:
    """From facts and the way the Hessian is made, without its numbers."""
    blocks = setting.second.matrices
    count = len(blocks)
    if all(is_zero(block) for row in blocks for block in row):
        return Shape("zero")
    coupled = any(not is_zero(blocks[i][j]) for i in range(count) for j in range(count) if i != j)
    small = [found.small] if found.small is not None else [blocks[k][k] for k in range(count)]
    parts = [] if coupled else [_of_block(block, setting) for block in small]
    shape = _together([part for part in parts if part is not None]) if parts and None not in parts else Shape("unknown")
    if shape.kind == "unknown":
        shape = (
            Shape("positive semidefinite", (), (_all_positive(setting, found),)) if is_bounded(setting) else Shape("unknown", (_all_positive(setting, found),))
        )
    if shape.kind == "positive semidefinite" and count == 1 and not blocks[0][0].shape:
        return Shape(shape.kind, shape.unique)
    if shape.kind == "positive semidefinite" and not is_bounded(setting, shape.assumed):
        return Shape(shape.kind, (*shape.needs, f"{setting.second.f.name} is bounded below"), shape.unique)
    return shape


def _all_positive(setting: Setting, found: Spectrum) -> str:
    ends = [one for one in found.extremes.values() if one.end == "λ_min"]
    if not ends:
        factor, rest = split_factor(found.low)
        constant = factor.constant
        return f"{setting.spell(rest if constant is not None and constant > 0 else found.low)} > 0"
    whole = ends[0].of if len(ends) == len(found.extremes) / 2 == 1 and found.low in found.extremes else None
    return f"{setting.spell(whole)} is positive definite" if whole is not None else f"every eigenvalue of {setting.letter} is positive"


def _of_block(block: Expr, setting: Setting) -> Shape | None:
    """One diagonal block; ``None`` where its structure is not that of a matrix product."""
    if is_zero(block):
        return Shape("zero")
    try:
        found = definite.of_words(convert(block), setting.data)
    except NotWords:
        return None
    semi = (in_words([found.semi], setting.spell),) if found.semi else ()
    unique = (in_words(found.unique_if, setting.spell),) if found.unique_if else ()
    return Shape(found.kind, semi, unique, tuple(need.what for need in found.semi if isinstance(need, Positive)))


def _together(parts: Sequence[Shape]) -> Shape:
    """Blocks that do not touch each other: the eigenvalues of all of them."""
    kinds = {part.kind for part in parts}
    needs, unique = ((tuple(dict.fromkeys(one for part in parts for one in ones(part)))) for ones in (lambda p: p.needs, lambda p: p.unique))
    assumed = tuple(one for part in parts for one in part.assumed)
    if len(kinds) == 1:
        return Shape(parts[0].kind, needs, unique, assumed)
    if kinds <= {"positive definite", "positive semidefinite", "zero"}:
        return Shape("positive semidefinite", needs, unique, assumed)
    if kinds <= {"negative definite", "negative semidefinite", "zero"}:
        return Shape("negative semidefinite", needs)
    if "negative definite" in kinds:
        return Shape("indefinite" if "positive definite" in kinds else "negative semidefinite")
    return Shape("unknown", needs)


def is_bounded(setting: Setting, assumed: Sequence[Expr] = ()) -> bool:
    """Whether every term of f that holds an unknown is known to be bounded below, as a sum of squares is; ``assumed`` are not negative."""
    known: dict[Expr, Expr] = {one: intern(Var, one.name, one.shape, one.facts | {"nonnegative"}) for one in assumed if isinstance(one, Var)}
    root = substitute(opened(setting.second.f), known)
    terms = root.terms if isinstance(root, Add) else (root,)
    return all(bounds(term, setting.data).low > -inf for term in terms if depends(term, setting.unknowns))
