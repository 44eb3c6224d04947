"""Signs that reach further than they should, or have no size: Σ a + b for Σ (a + b), [a − b] cᵀ, rows x_i of a matrix X, 𝟏 as long as it has to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product

from byhand.check.formulas.trees import pieces, rebuilt, upwards
from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Shape
from byhand.read.alphabet import ONES
from byhand.read.elaborator import Elaborator
from byhand.read.scope import Scope
from byhand.read.syntax import (
    Applied,
    Attribute,
    Chain,
    Comparison,
    Indexed,
    Juxtaposed,
    Listed,
    Name,
    Negative,
    Number,
    Range,
    Sigma,
    Subscripted,
    Sum,
    Transposed,
    Tree,
)

MOST_ONES = 3
MOST_LENGTHS = 64
_NO_BRACKETS = (Number, Listed, Comparison, Range)


def loosely(tree: Tree, scope: Scope) -> Iterator[tuple[Tree, str]]:
    """Other trees that a formula may be meant by, with what to say of each."""
    bare = unbracketed(tree)
    if bare is not tree:
        yield bare, ""
    rows = _rows(bare, scope)
    if rows is not bare:
        yield rows, "read with the rows of a matrix under its letter in small"
    for one in dict.fromkeys((rows, bare)):
        reaching = upwards(one, _reaching)
        if reaching is not one:
            yield reaching, "Σ read as the sum of all that follows it"


def unbracketed(tree: Tree) -> Tree:
    """[a − b] cᵀ as (a − b) cᵀ."""

    def change(piece: Tree) -> Tree | None:
        match piece:
            case Subscripted(Listed((item,)) as base, _):
                return replace(piece, base=replace(base, items=(unbracketed(item),)))
            case Indexed(Transposed() as base, (item,)) if not isinstance(item, _NO_BRACKETS):
                return Juxtaposed((unbracketed(base), unbracketed(item)), piece.at)
            case Listed((item,)) if not isinstance(item, _NO_BRACKETS):
                return unbracketed(item)
            case _:
                return None

    return rebuilt(tree, change)


# ------------------------------------------------------------------------------------ vectors as matrices


def as_matrices(tree: Tree) -> Tree:
    """dz @ a.T and np.dot(dz, a.T), as people write them whose vectors are matrices with one column, or with one row."""
    return upwards(tree, _as_matrix) if any(isinstance(piece, Attribute) and piece.name == "T" for piece in pieces(tree)) else tree


def _as_matrix(piece: Tree) -> Tree:
    match piece:
        case Attribute(base, "T"):
            return Transposed(base, piece.at)
        case Applied(Name("dot" | "matmul") | Attribute(Name("np" | "numpy"), "dot" | "matmul"), (first, second), ()):
            return Juxtaposed((first, second), piece.at)
        case Applied(Attribute(first, "dot"), (second,), ()):
            return Juxtaposed((first, second), piece.at)
        case _:
            return piece


# --------------------------------------------------------------------------------------- how far Σ reaches


def _reaching(tree: Tree) -> Tree:
    """Σ a + b as Σ (a + b)."""
    if not isinstance(tree, Sum):
        return tree
    for k, (minus, term, place) in enumerate(tree.terms[:-1]):
        wide = _widened(term, tree.terms[k + 1 :], tree)
        if wide is not None:
            terms = (*tree.terms[:k], (minus, wide, place))
            return Sum(terms, tree.at) if len(terms) > 1 else Negative(wide, tree.at) if minus else wide
    return tree


def _widened(term: Tree, rest: tuple[tuple[bool, Tree, object], ...], whole: Sum) -> Tree | None:
    """The term with more behind the Σ that it ends with; ``None`` where it ends with none."""
    match term:
        case Sigma(_, _, body):
            return replace(term, body=Sum(((False, body, body.at), *((minus, one, whole.at) for minus, one, _ in rest)), whole.at))
        case Negative(body):
            inner = _widened(body, rest, whole)
            return None if inner is None else replace(term, body=inner)
        case Juxtaposed((*before, last)):
            inner = _widened(last, rest, whole)
            return None if inner is None else replace(term, factors=(*before, inner))
        case Chain(rest=parts):
            op, last, place = parts[-1]
            inner = _widened(last, rest, whole)
            return None if inner is None else replace(term, rest=(*parts[:-1], (op, inner, place)))
        case _:
            return None


# ------------------------------------------------------------------------------------------- rows of a matrix


def _rows(tree: Tree, scope: Scope) -> Tree:
    """Σ_i r_i x_i with the rows x_i of X, and x_iᵀ w for the entries of X w."""

    def change(piece: Tree) -> Tree | None:
        match piece:
            case Juxtaposed((*before, Transposed(first), Name() as second)) if (row := _row(first, scope)) is not None:
                product_of = Subscripted(Juxtaposed((row[0], second), piece.at), row[1], piece.at)
                return Juxtaposed((*map(rows, before), product_of), piece.at) if before else product_of
            case Juxtaposed((*before, Transposed(Name() as first), second)) if (row := _row(second, scope)) is not None:
                product_of = Subscripted(Juxtaposed((row[0], first), piece.at), row[1], piece.at)
                return Juxtaposed((*map(rows, before), product_of), piece.at) if before else product_of
            case Name() | Subscripted() if (row := _row(piece, scope)) is not None:
                return Subscripted(row[0], f"{row[1]},:", piece.at)
            case _:
                return None

    def rows(piece: Tree) -> Tree:
        return rebuilt(piece, change)

    return rows(tree)


def _row(tree: Tree, scope: Scope) -> tuple[Name, str] | None:
    """The matrix and the index of x_i, where there is no x but an X."""
    match tree:
        case Name(name):
            stem, _, foot = name.rpartition("_")
        case Subscripted(Name(stem), foot):
            pass
        case _:
            return None
    found = scope.find(stem.upper()) if stem.islower() and scope.find(stem) is None else None
    return (Name(stem.upper(), tree.at), foot) if found is not None and len(found[1].shape) == 2 and len(foot) == 1 and foot.isalpha() else None


# ------------------------------------------------------------------------------------------------------- ones


def with_ones(tree: Tree, scope: Scope, shape: Shape) -> Tree:
    """The formula with a length for each vector of ones: the first with which it can be worked out, best to the shape that is needed."""
    places = _ones(tree)
    if not 0 < len(places) <= MOST_ONES:
        return tree
    fitting: Tree | None = None
    axes = list(dict.fromkeys(axis for expr in scope.names.values() for axis in expr.shape))
    for chosen in islice(product(axes, repeat=len(places)), MOST_LENGTHS):
        sized = {id(place): Subscripted(place, str(axis), place.at) for place, axis in zip(places, chosen)}
        fresh = rebuilt(tree, lambda piece, sized=sized: sized.get(id(piece)))
        try:
            found = Elaborator(scope).value(fresh).expr
        except ByhandError:
            continue
        if found.shape == shape:
            return fresh
        fitting = fitting or fresh
    return fitting or tree


def _ones(tree: Tree) -> list[Name]:
    """The vectors of ones without a length."""
    found: list[Name] = []

    def note(piece: Tree) -> Tree | None:
        match piece:
            case Subscripted(Name(), _):
                return piece
            case Name(name) if name == ONES:
                found.append(piece)
            case _:
                pass
        return None

    rebuilt(tree, note)
    return found
