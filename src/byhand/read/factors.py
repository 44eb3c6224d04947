"""Products of arrays with a letter for every axis, and sums over letters: the algebra of index notation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from byhand.lang.expr import contract
from byhand.lang.functions import total
from byhand.lang.sizes import Size
from byhand.lang.spec import LETTERS, Spec
from byhand.read.static import error
from byhand.read.syntax import Tree
from byhand.read.value import ATOM, PRODUCT, Value


@dataclass(frozen=True, slots=True)
class Factor:
    """An array with a letter for each axis."""

    value: Value
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """The index letters that may be used, and the sizes of those that are known."""

    bound: tuple[str, ...]
    sizes: dict[str, Size]


Factors = list[Factor]


def summed(factors: Factors, letters: tuple[str, ...], known: Letters) -> Factors:
    """Entry by entry where all factors have the same letters; else two at a time, summing what is no longer needed."""
    scalars = [factor for factor in factors if not factor.letters]
    arrays = [factor for factor in factors if factor.letters]
    if len(arrays) != 2 or len({factor.letters for factor in arrays}) == 1:
        while len(arrays) > 1:
            same = arrays[0].letters == arrays[1].letters
            later = {c for factor in arrays[2:] for c in factor.letters}
            gone = () if same else tuple(c for c in letters if c not in later)
            arrays[:2] = [product(arrays[0], arrays[1], gone)]
    if len(arrays) == 2:
        return [*scalars, product(arrays[0], arrays[1], letters)]
    return [*scalars, _reduced(arrays[0], letters)]


def _reduced(factor: Factor, letters: tuple[str, ...]) -> Factor:
    axes = tuple(k for k, c in enumerate(factor.letters) if c in letters)
    if not axes:
        return factor
    rest = tuple(c for c in factor.letters if c not in letters)
    expr = total(factor.value.expr, axes)
    which = "" if not rest else f", axis={axes[0] if len(axes) == 1 else axes}"
    return Factor(Value(expr, f"sum({factor.value.text}{which})"), rest)


def product(left: Factor, right: Factor, gone: tuple[str, ...] = ()) -> Factor:
    """The product of two factors over all their letters but those summed away."""
    letters = tuple(c for c in dict.fromkeys(left.letters + right.letters) if c not in gone)
    if not left.letters or not right.letters or left.letters == right.letters == letters:
        text = f"{left.value.within(PRODUCT)} * {right.value.within(PRODUCT + 1)}"
        return Factor(Value(left.value.expr * right.value.expr, text, PRODUCT), letters)
    how = _spec([left.letters, right.letters], letters)
    return Factor(Value(contract(how, left.value.expr, right.value.expr), f'einsum("{how}", {left.value.text}, {right.value.text})'), letters)


def _spec(words: list[tuple[str, ...]], output: tuple[str, ...]) -> Spec:
    """Letters as einsum wants them: single ones, the slices too."""
    names = dict(zip(dict.fromkeys(c for word in [*words, output] for c in word), LETTERS))
    return Spec(tuple("".join(names[c] for c in word) for word in words), "".join(names[c] for c in output))


def multiplied(factors: Factors) -> Factor:
    """All factors multiplied: the single numbers first, then the arrays from left to right."""
    scalars = [factor for factor in factors if not factor.letters]
    arrays = [factor for factor in factors if factor.letters]
    joined = [*scalars, *arrays]
    found = joined[0]
    for factor in joined[1:]:
        found = product(found, factor)
    return found


def ordered(factor: Factor, letters: tuple[str, ...], tree: Tree, known: Letters | None = None) -> Value:
    """The array with its axes in this order; a letter that it lacks is a broadcast."""
    extra = [c for c in factor.letters if c not in letters]
    if extra:
        raise error(f"the index {extra[0]} is neither summed over nor named by brackets [ ]_{{…}} here.", tree)
    if factor.letters == letters:
        return factor.value
    missing = [c for c in letters if c not in factor.letters]
    sizes = known.sizes if known else {}
    if any(c not in sizes for c in missing):
        raise error(f"the size of the index {missing[0]} is not known: nothing in the brackets carries it.", tree)
    how = _spec([factor.letters], letters)
    axes = dict(zip(how.output, (sizes.get(c, 1) for c in letters)))
    expr = contract(how, factor.value.expr, sizes={c: n for c, n in axes.items() if c not in how.inputs[0]})
    return Value(expr, _permuted_text(factor, letters, [sizes.get(c, 1) for c in letters]))


def _permuted_text(factor: Factor, letters: tuple[str, ...], sizes: list[Size]) -> str:
    present = [c for c in letters if c in factor.letters]
    order = tuple(factor.letters.index(c) for c in present)
    text = factor.value.text
    if order != tuple(range(len(order))):
        text = f"transpose({text}, {order})"
    elif factor.value.level < ATOM:
        text = f"({text})"
    if len(present) == len(letters):
        return text
    places = ", ".join(":" if c in present else "None" for c in letters)
    return f"broadcast_to({text}[{places}], ({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''}))"


def stretched(term: Factor, letters: tuple[str, ...], tree: Tree, sizes: dict[str, Size]) -> Value:
    if term.letters or not letters:
        return ordered(term, letters, tree, Letters(letters, sizes))
    shape = tuple(sizes[c] for c in letters)
    return replace(term.value, expr=contract(Spec(("",), LETTERS[: len(shape)]), term.value.expr, sizes=dict(zip(LETTERS, shape))))


def sizes_of(terms: list[Factor]) -> dict[str, Size]:
    return {c: axis for term in terms for c, axis in zip(term.letters, term.value.expr.shape)}


def diagonal(value: Value, letters: tuple[str, ...]) -> Factor:
    """A letter that comes twice takes the diagonal."""
    unique = tuple(dict.fromkeys(letters))
    if unique == letters:
        return Factor(value, letters)
    how = _spec([letters], unique)
    return Factor(Value(contract(how, value.expr), f'einsum("{how}", {value.text})'), unique)
