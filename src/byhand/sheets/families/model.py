"""Members of families as expressions: at whole numbers, or at symbolic indices that run over a region.

The same reading serves both. What depends on where an index lies (which equation gives z[l] its value, whether a product
is empty) is asked of the region, and where the answer differs within it, ``Split`` says along which condition to part it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, eye, intern, named, num
from byhand.lang.names import Name as Quantity
from byhand.lang.sizes import Poly, Shape, Size, size
from byhand.read.elaborator import Elaborator
from byhand.read.rebuild import rebuilt
from byhand.read.scope import Scope
from byhand.read.static import size_of, sizes_only
from byhand.read.syntax import At, Derivative, Indexed, Name, Over, Ranged, Tree
from byhand.sheets.families.indices import Bound, Env, Index, Region, affine, member, put, value, within
from byhand.sheets.families.seen import Atom, Gradients, Memo, Opaque, Policy, View
from byhand.sheets.families.system import Equation, System, tree_of
from byhand.sheets.families.terms import NotDefined, Shapes, covers, folded, placed, said, stamp, times
from byhand.show.conventions import Vectors

_AT = At(1, 1)
MOST_SHIFT = 2
"""By how much the index of a product may be shifted against that of another one."""


@dataclass(slots=True)
class Model:
    """``opaque``: the members that stand for themselves, as if they were given; their shapes come from ``shapes``.

    ``extend``: whether a product may be written as one met before with one factor more. ``stance``: tells apart models of one
    region in which different members stand for themselves. ``atoms``: what sums and products with a symbolic number of terms
    stand for in formulas. ``sent``: gradients; what is made with them is in ``own``, and ``touched`` counts them.
    """

    system: System
    region: Region
    opaque: Opaque
    gradients: Gradients
    shapes: Shapes
    vectors: Vectors = "columns"
    extend: bool = False
    policy: Policy | None = None
    stance: str = ""
    memo: Memo = field(default_factory=Memo)
    shared: View | None = None
    own: View = field(default_factory=View)
    sent: dict[tuple[str, str, Index], Named] = field(default_factory=dict[tuple[str, str, Index], Named])
    touched: int = 0

    @property
    def view(self) -> View:
        return self.memo.view(self.stance)

    @property
    def atoms(self) -> dict[Var, Atom]:
        return (self.shared or self.view).atoms

    def inside(self, region: Region, anchor: Poly | None = None) -> Model:
        """The same in a part of the region, or with more letters; what is near is near ``anchor`` from here on, if nothing was before."""
        opaque, gradients = (self.opaque, self.gradients) if self.policy is None or anchor is None else self.policy(anchor)
        policy = None if anchor is not None else self.policy
        memo = self.memo if region is self.region else self.memo.within(region)
        stance = self.stance if anchor is None or self.policy is None else f"{self.stance} {anchor}"
        return Model(self.system, region, opaque, gradients, self.shapes, self.vectors, self.extend, policy, stance, memo, self.shared or self.view)

    def in_general(self) -> Model:
        """The same with every computed member standing for itself."""
        found = self.inside(self.region)
        found.opaque, found.stance = lambda name, index: True, "in general"
        return found

    def expr(self, tree: Tree, env: Env) -> Expr:
        """What a formula means where its letters stand for these indices."""
        key, before = (id(tree), tuple(env.items())), self.touched
        known = self.view.formulas.get(key)
        if known is None:
            names: dict[Quantity, Expr] = {}
            letters: dict[str, Size] = {}
            found = self._put_in(tree, env, names, letters)
            known = tree, Elaborator(Scope(names=names, sizes=letters, vectors=self.vectors)).value(found).expr
            if before == self.touched:
                self.view.formulas[key] = known
        return known[1]

    def _put_in(self, tree: Tree, env: Env, names: dict[Quantity, Expr], letters: dict[str, Size]) -> Tree:
        def inner(part: Tree) -> Tree:
            return self._put_in(part, env, names, letters)

        match tree:
            case Indexed(Name(name), items, at) if name in self.system.families and len(items) >= self.system.families[name]:
                count = self.system.families[name]
                node = self._quantity(name, tuple(affine(item, env) for item in items[:count]), names)
                return Indexed(Name(node, at), tuple(map(inner, items[count:])), at) if items[count:] else Name(node, at)
            case Indexed(Derivative(of, wrt), items, at):
                return self._gradient(of, wrt, self.settled(tuple(affine(item, env) for item in items)), names, at)
            case Derivative(of, wrt, _, _, at) if self.system.is_known(of) and self.system.is_known(wrt):
                return self._gradient(of, wrt, (), names, at)
            case Indexed(Name(name), (item,), at) if self._is_size(name):
                return self._size_name(name, affine(item, env), letters, at)
            case Name(name, at) if name in env:
                if env[name].constant is None:
                    letters.update({letter: size(Poly.letter(letter)) for letter in env[name].letters})
                return tree_of(env[name], tree)
            case Name(name) if self.system.is_known(name) and name not in self.system.families:
                self._quantity(name, (), names)
                return tree
            case Name(name) if name in self.system.families and any(not one.index for one in self.system.of(name)):
                self._quantity(name, (), names)
                return tree
            case Name(name) if name in self.system.lengths or name in self.system.depths:
                letters.setdefault(name, size(Poly.letter(name)))
                return tree
            case Ranged(at=at):
                return self._ranged(tree, env, names, letters, at)
            case _:
                return rebuilt(tree, inner)

    def _gradient(self, loss: str, name: str, index: Index, names: dict[Quantity, Expr], at: At) -> Tree:
        key = f"d{loss}/d{member(name, index)}"
        names[key] = self.gradients(self, loss, name, index)
        self.touched += 1
        return Name(key, at)

    def _quantity(self, name: str, index: Index, names: dict[Quantity, Expr]) -> str:
        key = member(name, self.settled(index))
        names[key] = self.quantity(name, index)
        return key

    # --------------------------------------------------------------------------------------- quantities

    def quantity(self, name: str, index: Index) -> Expr:
        """A member as an expression: a variable, or its formula under its name."""
        index = self.settled(index)
        key, before = (name, index), self.touched
        if key in self.own.known:
            self.touched += 1
            return self.own.known[key]
        if key not in self.view.known:
            if self.opaque(name, index) and any(one.shape is None for one in self.system.of(name)):
                found = self._standing(member(name, index), name, index)
            else:
                found = self._defined(member(name, index), *self.equation(name, index))
            (self.view if before == self.touched else self.own).known[key] = found
            return found
        return self.view.known[key]

    def _standing(self, key: str, name: str, index: Index) -> Var:
        """A computed member that stands for itself."""
        if (name, index) not in self.memo.nodes:
            self._check_defined(name, index)
            self.memo.nodes[name, index] = intern(Var, key, self.shapes.shape(name, index, self.region), frozenset())
        return self.memo.nodes[name, index]

    def settled(self, index: Index) -> Index:
        """The index with the numbers of those letters that have one value only."""
        fixed = {letter: number for letter, number in self._depths().items() if number is not None}
        return tuple(put(one, fixed) for one in index) if fixed else index

    def _check_defined(self, name: str, index: Index) -> None:
        """``NotDefined`` unless each index of the region has some equation."""
        if not self.region.always(lambda point: covers(self.system, name, tuple(value(one, point) for one in index), point)):
            raise NotDefined(f"{member(name, index)} has no meaning here: {said(self.system, name)}.")

    def equation(self, name: str, index: Index) -> tuple[Equation, Env]:
        """The equation that a member gets its meaning from, and what its letters are there."""
        if (name, index) in self.memo.matches:
            return self.memo.matches[name, index]
        for one in self.system.of(name):
            env = self._match(one, index)
            if env is not None:
                return self.memo.matches.setdefault((name, index), (one, env))
        raise NotDefined(f"{member(name, index)} has no meaning here: {said(self.system, name)}.")

    def _match(self, equation: Equation, index: Index) -> Env | None:
        if len(equation.index) != len(index):
            return None
        env: dict[str, Poly] = {letter: Poly.letter(letter) if depth is None else depth for letter, depth in self._depths().items()}
        for own, given in zip(equation.index, index):
            if own.constant is None and own.letters <= {*equation.letters}:
                env[next(iter(own.letters))] = given
            elif not self.region.is_zero(put(own, env) - given):
                return None
        return env if all(self.region.inside(env[b.letter], put(b.low, env), put(b.high, env)) for b in equation.over) else None

    def _depths(self) -> Mapping[str, Poly | None]:
        """The letters of ranges, those with a value at their value."""
        return {letter: self.region.fixed(letter, ()) if letter in self.region.letters else None for letter in self.system.depths}

    def _defined(self, key: str, equation: Equation, env: Env) -> Expr:
        if equation.value is not None:
            return named(key, self.expr(equation.value, env))
        if equation.shape is None:
            return named(key, self.total(equation, env))
        return intern(Var, key, tuple(self._axis(axis, env) for axis in equation.shape), equation.facts)

    def total(self, equation: Equation, env: Env) -> Expr:
        """A plain sum over the members of a family."""
        assert equation.term is not None
        body: Tree = Indexed(Name(equation.term, _AT), tuple(Name(k, _AT) for k in (*equation.letters, *(b.letter for b in equation.inner))), _AT)
        over = tuple(Over(b.letter, tree_of(b.low, body), tree_of(b.high, body)) for b in equation.inner)
        return self.expr(Ranged("sum", body, over, _AT), env)

    def _is_size(self, name: str) -> bool:
        return name in self.system.lengths and not self.system.is_known(name)

    def _axis(self, tree: Tree, env: Env) -> Size:
        letters: dict[str, Size] = {}
        found = self._put_in(tree, env, {}, letters)
        return size_of(sizes_only(letters), found)

    def size(self, name: str, index: Poly) -> Poly:
        """n[l-1] as a size: a letter of its own, or what the sheet says it is."""
        (index,) = self.settled((index,))
        for one in self.system.sizes:
            env = self._match(one, (index,)) if one.name == name else None
            if env is not None and one.value is not None:
                return Poly.of(self._axis(one.value, env))
        return Poly.letter(member(name, (index,)))

    def _size_name(self, name: str, index: Poly, letters: dict[str, Size], at: At) -> Tree:
        found = self.size(name, index)
        key = member(name, self.settled((index,)))
        letters[key] = size(found)
        return Name(key, at)

    # ------------------------------------------------------------------------------------ sums, products

    def _ranged(self, tree: Ranged, env: Env, names: dict[Quantity, Expr], letters: dict[str, Size], at: At) -> Tree:
        first, *more = tree.over
        body: Tree = Ranged(tree.kind, tree.body, tuple(more), tree.at) if more else tree.body
        bound = Bound(first.letter, *self.settled((affine(first.low, env), affine(first.high, env))))
        atom = Atom(tree.kind, bound, lambda model, k: model.expr(body, {**env, first.letter: k}), lambda k: stamp(body, {**env, first.letter: k}), body, env)
        found = self.folded(atom)
        key = f"{tree.kind}({len(names)})"
        names[key] = found
        return Name(key, at)

    def folded(self, atom: Atom) -> Expr:
        """The sum or product: written out where the number of terms is known, otherwise a name for it."""
        low, high = atom.bound.low, atom.bound.high
        if not self.region.at_least_zero(high - low):
            return num(0) if atom.kind == "sum" else self._one(atom)
        counts = {value(high - low, point) for point in self.region.points} if (high - low).constant is None else {int((high - low).constant or 0)}
        if len(counts) == 1:
            count = counts.pop()
            if count >= 200:
                raise ByhandError("a range of more than 200 values is refused.")
            return folded(atom.kind, [atom.term(self, low + k) for k in range(count + 1)])
        return self._extended(atom) or self._named(atom)

    def _one(self, atom: Atom) -> Expr:
        """The empty product: the identity, as large as the rows of the factor that would come first."""
        for k, axis in ((atom.bound.low, 0), (atom.bound.high, -1)):
            try:
                shape = atom.term(self, k).shape
            except ByhandError:
                continue
            return eye(shape[axis]) if len(shape) == 2 else num(1)
        if atom.body is None:
            raise ByhandError("the size of an empty product cannot be told from its factor.")
        env = {**atom.env, atom.bound.letter: atom.bound.low}
        shape = self.shapes.pattern(atom.body, tuple(letter for letter in env if letter not in self.system.depths))
        return eye(size(placed(Poly.of(shape[0]), env, self.size))) if len(shape) == 2 else num(1)

    def _named(self, atom: Atom) -> Expr:
        key = f"{atom.kind} {atom.key(Poly.letter('·'))} {atom.bound.low} {atom.bound.high}"
        keys = (self.shared or self.view).keys
        if key not in keys:
            if key not in self.memo.shapes:
                self.memo.shapes[key] = self._shape(atom) if atom.shape is None else atom.shape
            keys[key] = intern(Var, f"{'Σ' if atom.kind == 'sum' else '∏'}{len(keys) + 1}", self.memo.shapes[key], frozenset())
        self.atoms[keys[key]] = atom
        return keys[key]

    def _shape(self, atom: Atom) -> Shape:
        if atom.kind == "sum":
            inner = self.region.over(atom.bound)
            return within(self.region, inner, lambda: atom.term(self.inside(inner), Poly.letter(atom.bound.letter)).shape)
        first, last = (atom.term(self, end).shape for end in (atom.bound.low, atom.bound.high))
        return (first[0], last[1]) if len(first) == len(last) == 2 else first

    def _extended(self, atom: Atom) -> Expr | None:
        """A product as one met before with one more factor at its end, or at its beginning."""
        if not self.extend or atom.kind != "prod":
            return None
        for node, other in self.atoms.items():
            below, above = ((there - here).constant for there, here in ((other.bound.low, atom.bound.low), (other.bound.high, atom.bound.high)))
            if other.kind != "prod" or below is None or above is None or below - above != 1:
                continue
            for shift, first in ((below, False), (above, True)):
                if abs(shift) <= MOST_SHIFT and atom.key(Poly.letter("·")) == other.key(Poly.letter("·") + shift):
                    return times(atom.term(self, atom.bound.low), node) if first else times(node, atom.term(self, atom.bound.high))
        return None
