"""The equations of a sheet with families, as syntax trees with index letters: what is declared, defined, and summed.

Inner values that a function is applied to become families of their own, and so do the terms of a sum over samples or
layers: then each equation is either one ordinary formula or one plain sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Poly
from byhand.read.families import Member
from byhand.read.functions import function
from byhand.read.parse import parse_formula
from byhand.read.rebuild import everywhere, parts_of, rebuilt
from byhand.read.spread import put_in
from byhand.read.statements import Asked, Declared, Defined, Statement, Task
from byhand.read.syntax import Applied, Attribute, Chain, Derivative, Grouped, Indexed, Juxtaposed, Listed, Name, Number, Over, Ranged, Sigma, Subscripted, Tree
from byhand.sheets.families.indices import Bound, Index, affine, put

INNER = "ausvhqrp"
"""Letters for inner values, the first that is free."""


@dataclass(frozen=True, slots=True)
class Equation:
    """``name[index]`` for all letters in ``over``; each index is one of these letters, or fixed.

    A declared quantity has a ``shape``, any other one a ``value``. ``term``: the value is the sum of this name's members,
    over the ranges ``inner``. ``ours``: byhand made up the name.
    """

    name: str
    index: Index
    over: tuple[Bound, ...]
    value: Tree | None = None
    shape: tuple[Tree, ...] | None = None
    facts: frozenset[str] = frozenset()
    term: str | None = None
    inner: tuple[Bound, ...] = ()
    ours: bool = False
    text: str = ""

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(bound.letter for bound in self.over)


@dataclass(slots=True)
class System:
    """``sizes``: what is said of sizes with an index, such as n[L] = 1. ``depths``: the letters that ranges end in, such as L and m.
    ``lengths``: the names that stand for sizes. ``written``: the equations as the sheet has them, before inner values and sums got names.
    """

    equations: list[Equation] = field(default_factory=list[Equation])
    sizes: list[Equation] = field(default_factory=list[Equation])
    families: dict[str, int] = field(default_factory=dict[str, int])
    depths: tuple[str, ...] = ()
    taken: set[str] = field(default_factory=set[str])
    lengths: frozenset[str] = frozenset()
    written: list[Equation] = field(default_factory=list[Equation])
    _named: dict[str, list[Equation]] = field(default_factory=dict[str, list[Equation]])

    def add(self, equation: Equation) -> None:
        self.equations.append(equation)
        self._named.setdefault(equation.name, []).append(equation)

    def of(self, name: str) -> list[Equation]:
        return self._named.get(name, [])

    def is_known(self, name: str) -> bool:
        return name in self._named

    def normal(self, tree: Tree) -> Tree:
        """Members under one spelling: W_{l+1} as W[l+1], Σ_{i=1}^{m} as a sum over i in 1..m."""
        match tree:
            case Subscripted(Name(name), text, at) if name in self.families:
                return Indexed(Name(name, at), tuple(parse_formula(part) for part in _index_parts(text, self.families[name])), at)
            case Derivative(of, wrt, unsure, awkward, at) if "_" in wrt and wrt.partition("_")[0] in self.families and not self.is_known(wrt):
                stem, _, foot = wrt.partition("_")
                items = tuple(parse_formula(part) for part in _index_parts(foot, self.families[stem]))
                return Indexed(Derivative(of, stem, unsure, awkward, at), items, at)
            case Name(name, at) if "_" in name and name.partition("_")[0] in self.families and not self.is_known(name):
                stem, _, foot = name.partition("_")
                return Indexed(Name(stem, at), tuple(parse_formula(part) for part in _index_parts(foot, self.families[stem])), at)
            case Sigma(subscript, upper, body, at) if upper is not None and "=" in subscript and self._runs(body, subscript.partition("=")[0]):
                letter, _, low = subscript.partition("=")
                return Ranged("sum", self.normal(body), (Over(letter, parse_formula(low), upper),), at)
            case _:
                return rebuilt(tree, self.normal)

    def _runs(self, body: Tree, letter: str) -> bool:
        members = [node for node in everywhere(self.normal(body)) if isinstance(node, Indexed) and isinstance(node.base, Name)]
        return any(isinstance(inner, Name) and inner.name == letter for node in members for item in node.items for inner in everywhere(item))


def _index_parts(text: str, count: int) -> list[str]:
    """The indices in a subscript: ``l,i``, or ``li`` for two letters."""
    parts = text.split(",")
    return list(text) if len(parts) == 1 and count == len(text) > 1 and text.isalpha() else parts


def system_of(statements: Iterable[Statement]) -> System:
    """The equations of a sheet; ``ByhandError`` with its place where a statement about a family makes no sense."""
    every = [one for one in statements if not isinstance(one, (Asked, Task))]
    system = System()
    sizes = _size_families(every)
    system.families = {one.name: len(one.index) for one in every if isinstance(one, Member) and one.name not in sizes}
    system.taken = {one.name for one in every} | _size_letters(every) | _index_letters(every)
    system.lengths = frozenset(sizes | _size_letters(every))
    for one in every:
        try:
            _add(system, one, sizes)
        except ByhandError as error:
            raise error.at(one.at.line, one.at.column) from None
    system.depths = _depths(system)
    return system


def _size_families(statements: Sequence[Statement]) -> set[str]:
    """The names with an index that stand for sizes: n in W[l] : (n[l], n[l-1])."""
    shapes = [axis for one in statements if isinstance(one, (Member, Declared)) for axis in one.shape or ()]
    return {node.base.name for axis in shapes for node in everywhere(axis) if isinstance(node, Indexed) and isinstance(node.base, Name)}


def _size_letters(statements: Sequence[Statement]) -> set[str]:
    shapes = [axis for one in statements if isinstance(one, (Member, Declared)) for axis in one.shape or ()]
    return {node.name for axis in shapes for node in everywhere(axis) if isinstance(node, Name)}


def _index_letters(statements: Sequence[Statement]) -> set[str]:
    overs = [over for one in statements if isinstance(one, Member) for over in one.over]
    return {node.name for over in overs for end in (over.low, over.high) for node in everywhere(end) if isinstance(node, Name)} | {o.letter for o in overs}


def _add(system: System, statement: Statement, sizes: set[str]) -> None:
    match statement:
        case Member(name, _, value, shape, facts):
            index, over, renamed = _left(statement)
            if name in sizes:
                if value is None:
                    raise ByhandError(f"{name} stands for sizes here, and a size is given by a number or a letter, as in {name}[L] = 1.")
                system.sizes.append(Equation(name, index, over, renamed(value)))
            elif value is not None:
                _write(system, Equation(name, index, over, renamed(value), text=statement.text))
            else:
                shapes = tuple(map(renamed, shape or ()))
                _write(system, Equation(name, index, over, None, shapes, frozenset(facts), text=statement.text))
        case Declared(name, shape, facts):
            _write(system, Equation(name, (), (), None, shape, frozenset(facts), text=statement.text))
        case Defined(name, value):
            _write(system, Equation(name, (), (), value, text=statement.text))
        case _:
            raise AssertionError("no equation")


def _write(system: System, equation: Equation) -> None:
    _check_new(system, equation)
    if equation.value is None:
        system.written.append(equation)
        system.add(equation)
        return
    system.written.append(replace(equation, value=system.normal(equation.value)))
    _define(system, equation)


def _check_new(system: System, equation: Equation) -> None:
    """``ByhandError`` for a quantity that has its meaning already."""
    for one in system.written:
        if one.name == equation.name and one.index == equation.index and (len(one.index) == 0 or not equation.over or one.over == equation.over):
            raise ByhandError(f"{equation.text.split('=')[0].split(':')[0].strip()} has its meaning already, from the line '{one.text[:60]}'.")


def _left(statement: Member) -> tuple[Index, tuple[Bound, ...], Callable[[Tree], Tree]]:
    """Index, ranges and the change of letters that makes each index a letter alone: z[l+1] for l in 0..3 is z[l] for l in 1..4."""
    letters = {over.letter for over in statement.over}
    shifts: dict[str, Poly] = {}
    index: list[Poly] = []
    for item in statement.index:
        poly = affine(item, {})
        own = [letter for letter in sorted(poly.letters) if letter in letters]
        shift = poly - Poly.letter(own[0]) if len(own) == 1 else Poly.of(0)
        if len(own) > 1 or (own and (own[0] in shifts or shift.letters & letters)):
            raise ByhandError(f"each index of {statement.name} on the left must be one letter, as in {statement.name}[l], perhaps plus a number.")
        if own:
            shifts[own[0]] = shift
            poly = Poly.letter(own[0])
        index.append(poly)
    back = {letter: Poly.letter(letter) - shift for letter, shift in shifts.items()}
    over = tuple(
        Bound(one.letter, put(affine(one.low, {}), back) + shifts[one.letter], put(affine(one.high, {}), back) + shifts[one.letter]) for one in statement.over
    )

    def renamed(tree: Tree) -> Tree:
        for letter, shift in shifts.items():
            tree = put_in(tree, letter, tree_of(Poly.letter(letter) - shift, tree)) if shift != Poly.of(0) else tree
        return tree

    return tuple(index), over, renamed


def tree_of(poly: Poly, like: Tree) -> Tree:
    """An index as a tree."""
    found = parse_formula(str(poly).replace("**1", ""))
    return _placed(found, like)


def _placed(tree: Tree, like: Tree) -> Tree:
    return replace(rebuilt(tree, lambda part: _placed(part, like)), at=like.at)


def _define(system: System, equation: Equation) -> None:
    """A definition with its inner values and its sums as equations of their own."""
    assert equation.value is not None
    value = system.normal(equation.value)
    if isinstance(value, Ranged) and value.kind == "sum":
        _sum(system, equation, value)
        return
    value = _without_sums(system, equation, value)
    if equation.over:
        value = _without_inner(system, equation, value, top=True)
    system.add(replace(equation, value=value))


def _sum(system: System, equation: Equation, value: Ranged) -> None:
    """name = Σ of the members of a family, which carries the name with the indices of the sum."""
    inner = tuple(Bound(one.letter, affine(one.low, {}), affine(one.high, {})) for one in value.over)
    clash = next((bound.letter for bound in inner if bound.letter in equation.letters), None)
    if clash is not None:
        raise ByhandError(f"the index {clash} runs in a sum and outside of it; give one of them another letter.")
    term = equation.name if not equation.index else _fresh(system, "S")
    letters = (*equation.letters, *(bound.letter for bound in inner))
    system.families[term] = max(system.families.get(term, 0), len(letters))
    over = (*equation.over, *inner)
    _define(system, Equation(term, tuple(map(Poly.letter, letters)), over, value.body, ours=True, text=equation.text))
    system.add(replace(equation, value=None, term=term, inner=inner))


def _without_sums(system: System, equation: Equation, tree: Tree) -> Tree:
    """Sums over ranges inside a formula under names of their own."""
    if isinstance(tree, Ranged):
        if tree.kind != "sum":
            raise ByhandError(
                "a product over a range stands in claims only; define the partial products as a family, as in P[l] = P[l-1] @ W[l] for l in 1..L."
            )
        name = _fresh(system, "S")
        _sum(system, replace(equation, name=name, ours=True), tree)
        index = tuple(Name(letter, tree.at) for letter in equation.letters)
        return Indexed(Name(name, tree.at), index, tree.at) if index else Name(name, tree.at)
    return rebuilt(tree, lambda part: _without_sums(system, equation, part))


def _without_inner(system: System, equation: Equation, tree: Tree, top: bool = False) -> Tree:
    """The product that a function is applied to, under a name of its own: a[l] in z[l] = relu(a[l])."""
    tree = rebuilt(tree, lambda part: _without_inner(system, equation, part))
    if not (isinstance(tree, Applied) and isinstance(tree.function, Name) and function(tree.function.name) is not None and tree.function.name not in _PLAIN):
        return tree
    return Applied(tree.function, tuple(_named_inside(system, equation, arg) for arg in tree.args), tree.options, tree.at)


_PLAIN = ("sum", "mean", "outer", "diag", "dot", "matmul", "trace", "concat", "transpose", "reshape")


def _named_inside(system: System, equation: Equation, arg: Tree) -> Tree:
    if not _holds_product(arg) or any(isinstance(node, (Listed, Grouped)) for node in everywhere(arg)):
        return arg
    name = _fresh(system, INNER)
    system.families[name] = len(equation.letters)
    index = tuple(map(Poly.letter, equation.letters))
    system.add(Equation(name, index, equation.over, arg, ours=True))
    return Indexed(Name(name, arg.at), tuple(Name(letter, arg.at) for letter in equation.letters), arg.at)


def _holds_product(tree: Tree) -> bool:
    """Whether a matrix product may stand in a formula, which is more than an entry-by-entry one."""
    if isinstance(tree, Chain) and any(op in "@·" for op, _, _ in tree.rest):
        return True
    if isinstance(tree, Juxtaposed) and sum(not isinstance(factor, Number) for factor in tree.factors) > 1:
        return True
    return any(_holds_product(part) for part in parts_of(tree)) and not isinstance(tree, (Indexed, Attribute))


def _fresh(system: System, letters: str) -> str:
    names = [*letters, *(f"{letters[0]}{k}" for k in range(1, 50))]
    name = next(one for one in names if one not in system.taken and one not in system.families)
    system.taken.add(name)
    return name


def _depths(system: System) -> tuple[str, ...]:
    """The letters in the ends of ranges that are no index letters."""
    bounds = [bound for one in (*system.equations, *system.sizes) for bound in (*one.over, *one.inner)]
    fixed = [index for one in (*system.equations, *system.sizes) for index in one.index]
    own = {bound.letter for bound in bounds}
    found = [letter for poly in (*(end for bound in bounds for end in (bound.low, bound.high)), *fixed) for letter in sorted(poly.letters)]
    return tuple(dict.fromkeys(letter for letter in found if letter not in own))
