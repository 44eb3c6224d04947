"""Index notation: Σ_i ys_i log(p_i), Σ_i Z_{i,:}, [Σ_j A_{bij} B_{bjk}]_{bik}, δ_{ij}.

A piece of such a formula is a product of factors, each an array with a letter for every axis; a slice ``:`` is a
letter of its own, counted from the last axis. Letters are summed as soon as no other factor has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from byhand.lang.expr import add, describe, eye, num
from byhand.lang.sizes import Poly, Size, shape_text
from byhand.read.arguments import applied
from byhand.read.beside import called, entries, summed_up, tightly
from byhand.read.computed import computed_entry, computed_indices, computed_kronecker, inferred, letters_in
from byhand.read.factors import Factor, Factors, Letters, diagonal, multiplied, ordered, sizes_of, stretched, summed
from byhand.read.functions import FUNCTIONS, Function, function
from byhand.read.indices import split_indices
from byhand.read.products import raised_to
from byhand.read.static import Reader, error, number_of
from byhand.read.syntax import Applied, Bars, Chain, Juxtaposed, Listed, Name, Negative, Number, Raised, Sigma, Subscripted, Sum, Tree, parts
from byhand.read.value import PRODUCT, Value


def sigma_value(reader: Reader, tree: Sigma) -> Value:
    """A sum over indices outside any other index notation: its value is an array of the slices that are left."""
    bare = _bare(reader, tree) if tree.subscript else summed_up(entries(reader, tree.body))
    if bare is not None:
        return bare
    found = multiplied(_sum(reader, tree, Letters((), {})))
    return ordered(found, tuple(sorted((c for c in found.letters if c[0] == ":"), key=lambda c: -int(c[1:]))), tree)


def _bare(reader: Reader, tree: Sigma) -> Value | None:
    """Σ_i t log p, with an index for each axis and none at the arrays, in what people write: the sum over all entries."""
    letters = _indices(tree)
    if not reader.scope.loose or _has_entries(reader, (tree.body,), Letters(letters, {})):
        return None
    found = entries(reader, tree.body)
    if found.rank != len(letters):
        return None
    for letter in letters:
        _check_upper(reader, tree, letter, Letters(letters, dict(zip(letters, found.expr.shape))))
    return summed_up(found)


def comprehension(reader: Reader, body: Tree, letters: tuple[str, ...], at: Tree) -> Value:
    """[body]_{ij}: the array with these entries."""
    known = Letters(letters, _sizes(reader, body, letters))
    return ordered(multiplied(_factors(reader, body, known)), letters, at, known)


# ----------------------------------------------------------------------------------------------- factors


def _factors(reader: Reader, tree: Tree, known: Letters) -> Factors:
    """A piece of index notation as factors; a piece without indices is a single number in the usual notation."""
    if not _has_entries(reader, (tree,), known):
        return [_plain(reader, tree)]
    match tree:
        case Juxtaposed(factors):
            return _side_by_side(reader, factors, known)
        case Chain(first, rest):
            found = _factors(reader, first, known)
            for op, part, _ in rest:
                found = found + _one_over(_factors(reader, part, known), op, part)
            return found
        case Negative(body):
            return [Factor(Value(num(-1), "-1", PRODUCT), ()), *_factors(reader, body, known)]
        case Sum():
            return [_sum_of(reader, tree, known)]
        case Sigma(subscript) if subscript:
            return _sum(reader, tree, known)
        case Raised() if (apart := tightly(reader, tree)) is not tree:
            return _factors(reader, apart, known)
        case Raised(base):
            return [_power(reader, tree, multiplied(_factors(reader, base, known)), known)]
        case Listed((body,)):
            return _factors(reader, body, known)
        case Bars(body, False):
            return [_mapped(reader, [multiplied(_factors(reader, body, known))], FUNCTIONS["abs"], tree)]
        case Applied(Name(name), args, options) if not options and (function(name) is None or _has_entries(reader, args, known)):
            return _application(reader, tree, name, known)
        case Subscripted() | Name() if (entry := _entry(reader, tree, known)) is not None:
            return [entry]
        case _:
            return [_plain(reader, tree)]


def _side_by_side(reader: Reader, trees: tuple[Tree, ...], known: Letters) -> Factors:
    """Juxtaposition multiplies entries; a function without brackets takes the next factor."""
    return [factor for tree in called(reader, trees) for factor in _factors(reader, tree, known)]


def _application(reader: Reader, tree: Applied, name: str, known: Letters) -> Factors:
    found = function(name)
    variable = reader.scope.find(name) is not None or _split_name(reader, name, known) is not None
    if found is None or (variable and name not in FUNCTIONS):
        return _factors(reader, tree.function, known) + _factors(reader, tree.args[0], known)
    return [_mapped(reader, [multiplied(_factors(reader, arg, known)) for arg in tree.args], found, tree)]


def _has_entries(reader: Reader, trees: tuple[Tree, ...], known: Letters) -> bool:
    """Whether an index of the sums and brackets around occurs; an inner sum may use the same letter for itself."""
    stack = [(tree, known.bound, frozenset(known.bound)) for tree in trees]
    while stack:
        tree, bound, outer = stack.pop()
        if isinstance(tree, Sigma) and tree.subscript:
            outer = outer - frozenset(_indices(tree))
            bound = (*bound, *_indices(tree))
        entry = _as_entry(reader, tree, Letters(bound, {}))
        if entry is not None and not outer.isdisjoint(entry[1]):
            return True
        stack.extend((part, bound, outer) for part in parts(tree))
    return False


def _plain(reader: Reader, tree: Tree) -> Factor:
    """Something without indices, which must be a single number."""
    value = reader.value(tree)
    if value.rank:
        raise error(f"{describe(value.expr)} has shape {shape_text(value.expr.shape)}; in index notation each array carries its indices.", tree)
    return Factor(value, ())


# ---------------------------------------------------------------------------------------------- entries


def _split_name(reader: Reader, name: str, known: Letters) -> tuple[str, str] | None:
    """ys_i as (ys, i), if i is an index and ys_i is no name of its own."""
    stem, mark, foot = name.rpartition("_")
    if not mark or not stem or reader.scope.find(name) is not None:
        return None
    return (stem, foot) if split_indices(foot, known.bound) is not None else None


def _entry(reader: Reader, tree: Subscripted | Name, known: Letters) -> Factor | None:
    if isinstance(tree, Name):
        split = _split_name(reader, tree.name, known)
        if split is None:
            return None
        tree = Subscripted(Name(split[0], tree.at), split[1], tree.at)
    letters = split_indices(tree.text, known.bound)
    if letters is None:
        indices = computed_indices(tree.text, known.bound, dict(reader.scope.sizes))
        if indices is not None and _is_kronecker(reader, tree.base, len(indices)):
            return computed_kronecker(indices, known.bound, known.sizes, tree)
        return None if indices is None else computed_entry(reader.value(tree.base), indices, known.bound, known.sizes, tree)
    if _is_kronecker(reader, tree.base, len(letters)):
        return _kronecker(letters, known, tree)
    if isinstance(tree.base, Listed) and len(tree.base.items) == 1:
        return None
    value = reader.value(tree.base)
    if value.rank != len(letters):
        raise error(f"{describe(value.expr)} has shape {shape_text(value.expr.shape)}, so it takes {value.rank} indices; it has {len(letters)} here.", tree)
    colons = letters.count(":")
    labels: list[str] = []
    for letter in letters:
        labels.append(f":{colons}" if letter == ":" else letter)
        colons -= letter == ":"
    for letter, axis in zip(labels, value.expr.shape):
        if letter in known.sizes and known.sizes[letter] != axis:
            raise error(f"the index {letter} runs over {known.sizes[letter]} elsewhere and over {axis} in {describe(value.expr)}.", tree)
    return diagonal(replace(value, flipped=False, paper=False), tuple(labels))


def _is_kronecker(reader: Reader, base: Tree, count: int) -> bool:
    return isinstance(base, Name) and base.name in ("δ", "delta") and count == 2 and reader.scope.find("delta") is None


def _kronecker(letters: tuple[str, ...], known: Letters, tree: Tree) -> Factor:
    sizes = [known.sizes[letter] for letter in letters if letter in known.sizes]
    if not sizes:
        raise error(f"the size of δ_{{{''.join(letters)}}} is not known: no other factor has one of its indices. Write I_n instead.", tree)
    if len(set(sizes)) > 1:
        return computed_kronecker(tuple(map(Poly.letter, letters)), known.bound, known.sizes, tree)
    return diagonal(Value(eye(sizes[0]), f"eye({sizes[0]})"), letters)


def _sizes(reader: Reader, body: Tree, letters: Iterable[str]) -> dict[str, Size]:
    """The size of each letter that some array in the body carries as an index; an inner sum may use a letter anew."""
    sizes: dict[str, Size] = {}
    later: list[tuple[Tree, tuple[str, ...], frozenset[str]]] = []
    stack: list[tuple[Tree, tuple[str, ...], frozenset[str]]] = [(body, tuple(letters), frozenset())]
    while stack:
        tree, bound, hidden = stack.pop()
        if isinstance(tree, Sigma) and tree.subscript:
            hidden = hidden | (frozenset(_indices(tree)) & frozenset(bound))
            bound = (*bound, *_indices(tree))
        entry = _as_entry(reader, tree, Letters(bound, {}))
        if entry is None:
            stack.extend((part, bound, hidden) for part in reversed(parts(tree)))
        elif entry[0] is None:
            later.append((tree, bound, hidden))
        else:
            found = zip(entry[1], reader.value(entry[0]).expr.shape)
            sizes.update({c: axis for c, axis in found if c != ":" and c not in sizes and c not in hidden})
    for tree, bound, hidden in later * 2:
        more = _implied(reader, tree, bound, sizes)
        sizes.update({c: axis for c, axis in more.items() if c not in sizes and c not in hidden})
    return sizes


def _implied(reader: Reader, tree: Tree, bound: tuple[str, ...], sizes: dict[str, Size]) -> dict[str, Size]:
    """Sizes that follow from others: those of the partner in δ_{ij}, and of i in x_{i+u}."""
    assert isinstance(tree, Subscripted)
    pair = split_indices(tree.text, bound)
    if pair is not None:
        known = [sizes[c] for c in pair if c in sizes]
        return dict.fromkeys(pair, known[0]) if known else {}
    indices = computed_indices(tree.text, bound, dict(reader.scope.sizes))
    if not indices or _is_kronecker(reader, tree.base, len(indices)):
        return {}
    return inferred(indices, reader.value(tree.base).expr.shape, bound, sizes)


def _as_entry(reader: Reader, tree: Tree, known: Letters) -> tuple[Tree | None, tuple[str, ...]] | None:
    """The array and the letters of an entry; no array for a Kronecker delta."""
    if isinstance(tree, Name):
        split = _split_name(reader, tree.name, known)
        return None if split is None else (Name(split[0], tree.at), split_indices(split[1], known.bound) or ())
    if not isinstance(tree, Subscripted):
        return None
    letters = split_indices(tree.text, known.bound)
    if isinstance(tree.base, Listed) and len(tree.base.items) == 1:
        return None
    if letters is None:
        indices = computed_indices(tree.text, known.bound, dict(reader.scope.sizes))
        return None if indices is None else (None, letters_in(indices, known.bound))
    return (None if _is_kronecker(reader, tree.base, len(letters)) else tree.base), letters


# ------------------------------------------------------------------------------------- putting together


def _indices(tree: Sigma) -> tuple[str, ...]:
    """The letters under a Σ: i, ij, ``i,j``, ``i=1``."""
    text = tree.subscript.split("=")[0].split("∈")[0]
    letters = [c for c in text if c != ","]
    if not letters or not all(c.isalpha() for c in letters):
        raise error(f"Σ runs over index letters, and '{tree.subscript[:20]}' is none.", tree)
    return tuple(letters)


def _sum(reader: Reader, tree: Sigma, known: Letters) -> Factors:
    """The factors of a sum: one, unless a factor has nothing to do with it."""
    letters = _indices(tree)
    twice = [c for c in letters if letters.count(c) > 1]
    if twice:
        raise error(f"the index {twice[0]} stands twice under this Σ.", tree)
    bound = tuple(dict.fromkeys((*known.bound, *letters)))
    outer = {c: axis for c, axis in known.sizes.items() if c not in letters}
    inner = Letters(bound, _sizes(reader, tree.body, bound) | outer)
    found = _factors(reader, tree.body, inner)
    for letter in letters:
        _check_upper(reader, tree, letter, inner)
        if not any(letter in factor.letters for factor in found):
            raise error(f"nothing under this Σ carries the index {letter}.", tree)
    return summed(found, letters, inner)


def _check_upper(reader: Reader, tree: Sigma, letter: str, known: Letters) -> None:
    """Σ_{i=1}^{n}: n must be the size of the axis."""
    if tree.upper is None or letter not in known.sizes:
        return
    upper = number_of(reader, tree.upper)
    start = 0 if tree.subscript.endswith("=0") else 1
    if upper is not None and upper + (1 - start) - known.sizes[letter] != upper - upper:
        raise error(f"this sum runs to {upper}, and the index {letter} has {known.sizes[letter]} values.", tree)


def _sum_of(reader: Reader, tree: Sum, known: Letters) -> Factor:
    """Terms in index notation; each is stretched over the letters that it lacks."""
    terms = [(minus, multiplied(_factors(reader, term, known))) for minus, term, _ in tree.terms]
    letters = max((term.letters for _, term in terms), key=len)
    every = tuple(dict.fromkeys([*letters, *(c for _, term in terms for c in term.letters)]))
    sizes = sizes_of([term for _, term in terms])
    values = [(minus, stretched(term, every, tree, sizes)) for minus, term in terms]
    expr = add(-value.expr if minus else value.expr for minus, value in values)
    text = values[0][1].within(1) + "".join(f" {'-' if minus else '+'} {value.within(PRODUCT)}" for minus, value in values[1:])
    return Factor(Value(expr, text, 1), every)


def _one_over(factors: Factors, op: str, tree: Tree) -> Factors:
    if op in ("*", "⊙", "·"):
        return factors
    if op != "/":
        raise error(f"'{op}' is no operation between entries; write the product of entries side by side.", tree)
    below = multiplied(factors)
    return [Factor(Value(1 / below.value.expr, f"1 / {below.value.within(PRODUCT + 1)}", PRODUCT), below.letters)]


def _power(reader: Reader, tree: Raised, base: Factor, known: Letters) -> Factor:
    """Entries to a power, which is a single number or has entries of its own."""
    if _has_entries(reader, (tree.exponent,), known):
        return _mapped(reader, [base, multiplied(_factors(reader, tree.exponent, known))], FUNCTIONS["power"], tree)
    return Factor(raised_to(base.value, _plain(reader, tree.exponent).value, "**"), base.letters)


def _mapped(reader: Reader, args: Factors, found: Function, tree: Tree) -> Factor:
    """A function of entries, or of slices: logsumexp(Z_{i,:}) is a number for each i."""
    every = tuple(dict.fromkeys(c for arg in args for c in arg.letters))
    slices = [k for k, c in enumerate(every) if c[0] == ":"]
    if len(slices) == len(args) == 1 and any(param.name == "axis" for param in found.params):
        axis = Number(Fraction(slices[0]), str(slices[0]), tree.at)
        value = applied(reader, found, found.name, Applied(Name(found.name, tree.at), (), (("axis", axis),), tree.at), (args[0].value,))
        return Factor(value, every if value.expr.shape == args[0].value.expr.shape else tuple(c for c in every if c[0] != ":"))
    values = [stretched(arg, every, tree, sizes_of(args)) for arg in args]
    if len(values) > 1 and found.other:
        found = FUNCTIONS[found.other]
    value = applied(reader, found, found.name, Applied(Name(found.name, tree.at), (), (), tree.at), tuple(values))
    if value.expr.shape != values[0].expr.shape:
        raise error(f"{found.name} is no function of single entries, so it cannot stand in index notation like this.", tree)
    return Factor(value, every)
