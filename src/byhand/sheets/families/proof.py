"""Proofs for every depth: a claim about one layer follows from the recursion, or from the same claim about the layer above.

The indices of a claim run over a region, which is parted wherever the recursion, or the number of factors of a product, changes.
On each part the two sides are formulas in which the gradient of the layer above stands for itself. If they are equal the
claim follows from the recursion. If not, the claim for the layer above is put in for that gradient, and the product in
the claim becomes the one of the layer above times one factor. Every equality is decided by the exact prover, with the
sizes of all layers as letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Contract, Expr, Index, Named, Var, filled
from byhand.lang.functions import mean, outer, reshape
from byhand.lang.sizes import Poly, Shape
from byhand.lang.walk import children, postorder, substitute
from byhand.read.syntax import Tree
from byhand.run.prove import prove
from byhand.sheets.families.cycles import recursive
from byhand.sheets.families.indices import Bound, Env, Index as At, Region, Split, index_of, value, within
from byhand.sheets.families.instance import Instances
from byhand.sheets.families.model import Gradients, Model, Opaque
from byhand.sheets.families.recursion import gradient
from byhand.sheets.families.system import System
from byhand.show.conventions import Vectors

MOST_PARTS = 24
Side = Callable[[Model, Env], Expr]
"""One side of a claim, as a formula in a model."""


@dataclass(frozen=True, slots=True)
class Case:
    """A part of the region in which the claim was proved. ``letter``: for a step of the induction the index that it runs along, ``ahead`` how far."""

    region: Region
    env: Env
    letter: str | None = None
    ahead: int = 0
    termwise: bool = False
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The formulas of a step: the claim one further (``before``) and the claim itself (``after``), each as its two sides.

    ``seed`` is the gradient of the layer above, ``said`` what the hypothesis says that it is. ``whole``: the left sides (of
    the claim one further and of the claim) where only a factor of them was compared. ``termwise``: these are terms of sums.
    """

    model: Model
    after: tuple[Expr, Expr]
    before: tuple[Expr, Expr] | None = None
    seed: Var | None = None
    said: Expr | None = None
    whole: tuple[Expr, Expr] | None = None
    termwise: bool = False


@dataclass(frozen=True, slots=True)
class Lemma:
    """A claim proved before: what a member is, or its gradient (of ``loss``), for the indices in ``points`` (depths first)."""

    loss: str
    name: str
    letters: tuple[str, ...]
    right: Tree
    points: frozenset[tuple[int, ...]]

    @property
    def begins(self) -> str:
        """How the variable that it speaks of is called where it stands for itself."""
        return f"{'∂' if self.loss else ''}{self.name}["

    def value(self, model: Model, depths: tuple[str, ...], name: str) -> Expr:
        """What it says of one member; ``ByhandError`` where it says nothing."""
        index = tuple(map(index_of, name[len(self.begins) : -1].split(",")))

        def known(point: Mapping[str, int]) -> bool:
            return (*(point[d] for d in depths), *(value(one, point) for one in index)) in self.points

        if len(index) != len(self.letters) or not model.region.always(known):
            raise ByhandError("nothing is known of this member.")
        return model.expr(self.right, dict(zip(self.letters, index)))


@dataclass(slots=True)
class Prover:
    """``losses`` and ``recursive`` families are those of the sheet."""

    system: System
    instances: Instances
    moving: Mapping[str, int] = field(default_factory=dict[str, int])
    vectors: Vectors = "columns"
    lemmas: list[Lemma] = field(default_factory=list[Lemma])

    @staticmethod
    def of(system: System, instances: Instances) -> Prover:
        return Prover(system, instances, recursive(system), instances.vectors())

    def prove(self, left: Side, right: Side, region: Region, letters: tuple[str, ...]) -> list[Case] | None:
        """The cases of a proof; ``None`` where none is found. All steps of an induction go along one letter, in one direction."""
        for letter, ahead in product(letters, (1, -1)):
            found = self._along(left, right, region, letters, (letter, ahead))
            if found is not None:
                return found
        found = None if letters else self._along(left, right, region, letters, None)
        return found or self._term_by_term(left, right, region, letters)

    def _term_by_term(self, left: Side, right: Side, region: Region, letters: tuple[str, ...]) -> list[Case] | None:
        """Sums over one range are equal if their terms are, for every index; that is a claim with one letter more."""
        model = self.model(region, None, None, 0)
        env = {letter: region.fixed(letter, self.system.depths) or Poly.letter(letter) for letter in letters}
        try:
            bound = _common_range(model, left(model, env), right(model, env))
        except (ByhandError, Split):
            return None
        if bound is None:
            return None
        terms = (_term_of(left, bound), _term_of(right, bound))
        rest = self.prove(_rest_of(left), _rest_of(right), region, letters)
        found = self.prove(*terms, region.over(bound), (*letters, bound.letter)) if rest is not None else None
        return None if found is None else [replace(case, termwise=True) for case in found]

    def _along(self, left: Side, right: Side, region: Region, letters: tuple[str, ...], along: tuple[str, int] | None) -> list[Case] | None:
        waiting, done = [region], list[Case]()
        while waiting:
            part = waiting.pop()
            if len(done) + len(waiting) > MOST_PARTS:
                return None
            found, parts = self._part(left, right, part, letters, region, along)
            if found is not None:
                done.append(found)
            elif parts:
                waiting += parts
            else:
                return None
        return done

    def _part(
        self, left: Side, right: Side, part: Region, letters: tuple[str, ...], whole: Region, along: tuple[str, int] | None
    ) -> tuple[Case | None, list[Region]]:
        env = {letter: part.fixed(letter, self.system.depths) or Poly.letter(letter) for letter in letters}
        parting: Split | None = None
        decided = 0
        for attempt in _attempts([*self.moving, None], letters or ("", *self.system.depths), along, tuple(self.lemmas)):
            try:
                decided += 1
                evidence = attempt.evidence(self, left, right, part, env, whole)
                if evidence is not None:
                    return Case(part, env, attempt.letter if attempt.ahead else None, attempt.ahead, False, evidence), []
            except Split as split:
                decided -= 1
                parting = parting or (split if _applies(split, part) else None)
                if parting is not None and not decided:
                    break
            except ByhandError:
                continue
        if parting is None:
            return None, []
        pieces = [part.part(parting.holds), part.part(lambda point: not parting.holds(point))]
        return None, [piece for piece in pieces if piece.points]

    def model(self, region: Region, anchor: Poly | None, family: str | None, threshold: int) -> Model:
        """The two sides of a claim seen from one layer."""
        opaque, gradients = self.policy(anchor, family, threshold)
        policy = None if anchor is not None else lambda anchor: self.policy(anchor, family, threshold)
        return Model(self.system, region, opaque, gradients, self.instances, self.vectors, extend=True, policy=policy)

    def policy(self, anchor: Poly | None, family: str | None, threshold: int) -> tuple[Opaque, Gradients]:
        """Members near the anchor have their formulas; the gradients of the layers above stand for themselves."""

        def offset(name: str, index: At) -> Poly | None:
            if name not in self.moving:
                return None
            return index[self.moving[name]] - anchor if anchor is not None else Poly.letter("?")

        def opaque(name: str, index: At) -> bool:
            away = offset(name, index)
            return away is not None and away.constant not in (0, 1)

        def seeds(name: str, index: At) -> bool:
            away = offset(name, index)
            if away is None:
                return False
            if away.constant is None:
                return True
            return away.constant >= threshold + (family is not None and name != family)

        def gradients(model: Model, loss: str, name: str, index: At) -> Expr:
            return gradient(model, loss, name, index, seeds)

        return opaque, gradients


@dataclass(frozen=True, slots=True)
class Attempt:
    """``ahead``: 0 to prove the claim from the recursion alone, 1 or -1 from the claim one further along ``letter``."""

    letter: str
    family: str | None
    threshold: int
    ahead: int
    lemma: Lemma | None = None

    def evidence(self, prover: Prover, left: Side, right: Side, part: Region, env: Env, whole: Region) -> Evidence | None:
        anchor = env.get(self.letter, Poly.letter(self.letter) if self.letter else None)
        model = prover.model(part, anchor, self.family, self.threshold)
        if not self.ahead:
            sides = left(model, env), right(model, env)
            if self.lemma is not None:
                sides = (self._by_lemma(prover, model, sides[0]), self._by_lemma(prover, model, sides[1]))
            return Evidence(model, sides) if equal(model, *sides) else None
        further = {**env, self.letter: env[self.letter] + self.ahead}
        _check_known(part, whole, self.letter, self.ahead)
        before = (left(model, further), right(model, further))
        return follows(model, before, (left(model, env), right(model, env)))

    def _by_lemma(self, prover: Prover, model: Model, side: Expr) -> Expr:
        """A side with what the lemma says of the members in it."""
        lemma = self.lemma
        assert lemma is not None
        found = [node for node in postorder(side) if isinstance(node, Var) and node.name.startswith(lemma.begins)]
        said: dict[Expr, Expr] = {}
        for node in found:
            known = lemma.value(model, prover.system.depths, node.name)
            said[node] = reshape(known, node.shape) if known.shape != node.shape else known
        return substitute(side, said, enter_named=True)


def _attempts(families: Sequence[str | None], anchors: tuple[str, ...], along: tuple[str, int] | None, lemmas: tuple[Lemma, ...]) -> Iterator[Attempt]:
    yield from (Attempt(anchor, family, threshold, 0) for threshold in (0, 1) for anchor in anchors for family in families)
    if along is not None:
        yield from (Attempt(along[0], family, 1, along[1]) for family in families)
    for lemma in lemmas:
        yield from (Attempt(anchor, lemma.name if lemma.loss else None, 0, 0, lemma) for anchor in anchors)
    yield from (Attempt(anchor, family, 2, 0) for anchor in anchors for family in families)


def _applies(split: Split, region: Region) -> bool:
    try:
        return len({split.holds(point) for point in region.points}) == 2
    except KeyError:
        return False


def _check_known(part: Region, whole: Region, letter: str, ahead: int) -> None:
    """The claim one further must be among those that are claimed."""
    known = {tuple(sorted(point.items())) for point in whole.points}
    part.always(lambda point: tuple(sorted({**point, letter: point[letter] + ahead}.items())) in known)
    if tuple(sorted({**part.points[0], letter: part.points[0][letter] + ahead}.items())) not in known:
        raise ByhandError("the claim is not made for the next layer.")


def side(tree: Tree) -> Side:
    """One side of a claim as it is written."""
    return lambda model, env: model.expr(tree, env)


def _sum_in(model: Model, side: Expr) -> Var | None:
    """The only sum of a formula that is linear in it; ``None`` where there is no sum."""
    found = [node for node in postorder(side) if isinstance(node, Var) and node in model.atoms and model.atoms[node].kind == "sum"]
    if len(found) > 1 or (found and not _is_linear(side, found[0])):
        raise ByhandError("this side is not one sum.")
    return found[0] if found else None


def _common_range(model: Model, left: Expr, right: Expr) -> Bound | None:
    first, second = _sum_in(model, left), _sum_in(model, right)
    if first is None or second is None:
        return None
    one, other = model.atoms[first].bound, model.atoms[second].bound
    letter = next(k for k in chain((one.letter,), "ijkpqrst") if k not in model.region.letters)
    return Bound(letter, one.low, one.high) if one.high - one.low == other.high - other.low else None


def _term_of(whole: Side, bound: Bound) -> Side:
    def term(model: Model, env: Env) -> Expr:
        found = whole(model, {letter: index for letter, index in env.items() if letter != bound.letter})
        node = _sum_in(model, found)
        if node is None:
            raise ByhandError("the sum is gone.")
        atom = model.atoms[node]
        return substitute(found, {node: atom.term(model, env[bound.letter] + (atom.bound.low - bound.low))}, enter_named=True)

    return term


def _rest_of(whole: Side) -> Side:
    def rest(model: Model, env: Env) -> Expr:
        found = whole(model, env)
        node = _sum_in(model, found)
        return found if node is None else substitute(found, {node: filled(0, node.shape)}, enter_named=True)

    return rest


# ---------------------------------------------------------------------------------------------- comparing


def matched(left: Expr, right: Expr, vectors: str = "columns") -> tuple[Expr, Expr] | None:
    """Both sides in one shape: a vector is a column with one axis; ``None`` where the shapes do not fit."""
    if left.shape == right.shape:
        return left, right
    if len(right.shape) < len(left.shape):
        swapped = matched(right, left, vectors)
        return None if swapped is None else (swapped[1], swapped[0])
    if _lies(left.shape, vectors) == right.shape or all(axis == 1 for axis in (*left.shape, *right.shape)):
        return left, reshape(right, left.shape)
    return None


def _lies(shape: Shape, vectors: str) -> Shape:
    return (*shape, 1) if vectors == "columns" else (1, *shape)


def same(left: Expr, right: Expr, vectors: str = "columns") -> bool:
    """Whether two formulas are equal for certain."""
    pair = matched(left, right, vectors)
    if pair is None:
        return False
    verdict = prove(*pair)
    return verdict.verdict == "holds" and verdict.certainty == "exact"


def equal(model: Model, left: Expr, right: Expr) -> bool:
    """Whether two sides are equal; sums over the same range term by term."""
    sums = _sums(model, left, right)
    if sums is None:
        return same(left, right, model.vectors)
    inner, terms = sums
    zeros = [substitute(side, {one: filled(0, one.shape)}, enter_named=True) for side, (one, _) in zip((left, right), terms)]
    if not same(zeros[0], zeros[1], model.vectors):
        return False
    put_in = [substitute(side, {one: term}, enter_named=True) for side, (one, term) in zip((left, right), terms)]
    return equal(inner, put_in[0], put_in[1])


def _sums(model: Model, *sides: Expr) -> tuple[Model, list[tuple[Var, Expr]]] | None:
    """One sum on each side, over one range: both as their terms at a common index."""
    found = [[node for node in postorder(side) if isinstance(node, Var) and node in model.atoms and model.atoms[node].kind == "sum"] for side in sides]
    if not any(found):
        return None
    if any(len(one) != 1 for one in found) or not all(_is_linear(side, one[0]) for side, one in zip(sides, found)):
        raise ByhandError("the sums of the two sides are not alike.")
    atoms = [model.atoms[one[0]] for one in found]
    first = atoms[0].bound
    letter = next(k for k in chain((first.letter,), "ijkpqrst") if k not in model.region.letters)
    bound = Bound(letter, first.low, first.high)
    inner = model.inside(model.region.over(bound), Poly.letter(letter))
    terms: list[tuple[Var, Expr]] = []
    for (node,), atom in zip(found, atoms):
        shift = atom.bound.low - first.low
        if atom.bound.high - first.high != shift:
            raise ByhandError("the sums of the two sides run over different ranges.")
        terms.append((node, within(model.region, inner.region, lambda atom=atom, shift=shift: atom.term(inner, Poly.letter(letter) + shift))))
    return inner, terms


def _is_linear(side: Expr, node: Var) -> bool:
    """Whether a formula is linear in a sum, apart from terms without it."""
    holds: dict[Expr, bool] = {}
    for one in postorder(side):
        inside = [part for part in children(one) if holds[part]]
        holds[one] = one is node or bool(inside)
        if not inside:
            continue
        if not isinstance(one, (Add, Named, Contract, Index)) or (isinstance(one, Contract) and len(inside) > 1):
            return False
    return True


# ----------------------------------------------------------------------------------------------- induction


def follows(model: Model, before: tuple[Expr, Expr], after: tuple[Expr, Expr]) -> Evidence | None:
    """How the second equality follows from the first one, if it does."""
    if _holds_sum(model, *before, *after):
        inner, terms = _sums(model, *before, *after) or (model, [])
        zeros = [substitute(side, {one: filled(0, one.shape)}, enter_named=True) for side, (one, _) in zip((*before, *after), terms)]
        if not same(zeros[2], zeros[3], model.vectors):
            return None
        sides = [substitute(side, {one: term}, enter_named=True) for side, (one, term) in zip((*before, *after), terms)]
        terms_only = [side.body if isinstance(side, Named) else side for side in sides]
        found = follows(inner, (terms_only[0], terms_only[1]), (terms_only[2], terms_only[3]))
        return None if found is None else replace(found, termwise=True)
    known, taken = _peeled(*before, model.vectors)
    wanted = after
    for _ in range(taken):
        wanted = _peel(*wanted, model.vectors) or wanted
    seed = known[0]
    while isinstance(seed, Named):
        seed = seed.body
    pair = matched(seed, known[1], model.vectors)
    if not isinstance(seed, Var) or pair is None:
        return None
    value = reshape(known[1], seed.shape) if known[1].shape != seed.shape else known[1]
    if not same(substitute(wanted[0], {seed: value}, enter_named=True), wanted[1], model.vectors):
        return None
    return Evidence(model, wanted, known, seed, value, (before[0], after[0]) if taken else None)


def _holds_sum(model: Model, *sides: Expr) -> bool:
    return any(isinstance(node, Var) and node in model.atoms and model.atoms[node].kind == "sum" for side in sides for node in postorder(side))


def _peeled(left: Expr, right: Expr, vectors: str) -> tuple[tuple[Expr, Expr], int]:
    """Outer products with one known factor taken apart, and how many."""
    pair, taken = (left, right), 0
    while (found := _peel(*pair, vectors)) is not None:
        pair, taken = found, taken + 1
    return pair, taken


def _peel(left: Expr, right: Expr, vectors: str) -> tuple[Expr, Expr] | None:
    """``outer(p, q) == R`` as ``p == r``, where R is an outer product r qᵀ with the same q."""
    while isinstance(left, Named):
        left = left.body
    if not isinstance(left, Contract) or len(left.args) != 2 or left.spec.summed or [*map(len, left.spec.inputs)] != [1, 1] or len(left.shape) != 2:
        return None
    for k in (1, 0):
        kept, gone = left.args[1 - k], left.args[k]
        if not isinstance(gone, (Var, Named)):
            continue
        rest = mean(substitute(right, {gone: filled(1, gone.shape)}), k)
        whole = outer(rest, gone) if k == 1 else outer(gone, rest)
        if len(rest.shape) == 1 and same(right, whole, vectors):
            return kept, rest
    return None


