"""Proofs for every depth: a claim about one layer follows from the recursion, or from the same claim about the layer above.

The indices of a claim run over a region, which is parted wherever the recursion, or the number of factors of a product, changes.
On each part the two sides are formulas in which the gradient of the layer above stands for itself. If they are equal the
claim follows from the recursion. If not, the claim for the layer above is put in for that gradient, and the product in
the claim becomes the one of the layer above times one factor. Every equality is decided by the exact prover, with the
sizes of all layers as letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.functions import reshape
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder, substitute
from byhand.read.syntax import Tree
from byhand.sheets.families.comparing import Evidence, Side, common_range, equal, follows, rest_of, term_of
from byhand.sheets.families.cycles import recursive
from byhand.sheets.families.indices import Env, Region, Split
from byhand.sheets.families.indices import Index as At
from byhand.sheets.families.instance import Instances
from byhand.sheets.families.lemmas import Lemma
from byhand.sheets.families.model import Gradients, Model, Opaque
from byhand.sheets.families.recursion import gradient
from byhand.sheets.families.system import System
from byhand.show.conventions import Vectors

MOST_PARTS = 24


@dataclass(frozen=True, slots=True)
class Case:
    """A part of the region in which the claim was proved. ``letter``: for a step of the induction the index that it runs along, ``ahead`` how far."""

    region: Region
    env: Env
    letter: str | None = None
    ahead: int = 0
    termwise: bool = False
    evidence: Evidence | None = None


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
            bound = common_range(model, left(model, env), right(model, env))
        except (ByhandError, Split):
            return None
        if bound is None:
            return None
        terms = (term_of(left, bound), term_of(right, bound))
        rest = self.prove(rest_of(left), rest_of(right), region, letters)
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
        if not part.is_trusted(self.instances.deep):
            return None, []
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
