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
from byhand.sheets.families.model import Model
from byhand.sheets.families.recursion import gradient
from byhand.sheets.families.seen import Gradients, Memo, Opaque
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


@dataclass(frozen=True, slots=True)
class Goal:
    """A claim: its sides, where its letters run, and those of them that count layers, which an induction may run along."""

    left: Side
    right: Side
    region: Region
    letters: tuple[str, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the region, what the letters are there, and which attempts failed there."""

    region: Region
    env: Env
    failed: set[Attempt] = field(default_factory=set["Attempt"])
    memo: Memo = field(default_factory=Memo)

    def smaller(self, region: Region, env: Env) -> Part:
        """A part of it. Formulas in which the letters mean what they meant are the same, so what failed fails again."""
        letters = region.letters
        alike = env == self.env and all(self.region.fixed(k, letters[:n]) == region.fixed(k, letters[:n]) for n, k in enumerate(letters))
        return Part(region, env, set(self.failed) if alike else set())


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

    def prove(self, goal: Goal) -> list[Case] | None:
        """The cases of a proof; ``None`` where none is found. All steps of an induction go along one letter, in one direction."""
        for letter, ahead in product(goal.layers, (1, -1)):
            found = self._along(goal, (letter, ahead))
            if found is not None:
                return found
        found = None if goal.layers else self._along(goal, None)
        return found or self._term_by_term(goal)

    def _term_by_term(self, goal: Goal) -> list[Case] | None:
        """Sums over one range are equal if their terms are, for every index; that is a claim with one letter more."""
        model = self.model(goal.region, None, None, 0)
        env = self._env(goal, goal.region)
        try:
            bound = common_range(model, goal.left(model, env), goal.right(model, env))
        except (ByhandError, Split):
            return None
        if bound is None or self.prove(replace(goal, left=rest_of(goal.left), right=rest_of(goal.right))) is None:
            return None
        letters, layers = ((*some, bound.letter) for some in (goal.letters, goal.layers))
        found = self.prove(Goal(term_of(goal.left, bound), term_of(goal.right, bound), goal.region.over(bound), letters, layers))
        return None if found is None else [replace(case, termwise=True) for case in found]

    def _along(self, goal: Goal, along: tuple[str, int] | None) -> list[Case] | None:
        waiting, done = [Part(goal.region, self._env(goal, goal.region))], list[Case]()
        while waiting:
            part = waiting.pop()
            if len(done) + len(waiting) > MOST_PARTS or not part.region.is_trusted(self.instances.deep, self.system.depths):
                return None
            found, parting = self._case(goal, part, along)
            if found is not None:
                done.append(found)
            elif parting is not None:
                pieces = (part.region.part(parting.holds), part.region.part(lambda point, holds=parting.holds: not holds(point)))
                waiting += [part.smaller(piece, self._env(goal, piece)) for piece in pieces if piece.points]
            else:
                return None
        return done

    def _case(self, goal: Goal, part: Part, along: tuple[str, int] | None) -> tuple[Case | None, Split | None]:
        """The proof for a part of the region, or else where to part it further."""
        parting: Split | None = None
        for attempt in self._attempts(goal, part, along):
            try:
                evidence = attempt.evidence(self, goal, part)
                if evidence is not None:
                    return Case(part.region, part.env, attempt.letter if attempt.ahead else None, attempt.ahead, False, evidence), None
            except Split as split:
                parting = parting or (split if _applies(split, part.region) else None)
                if parting is not None and not part.failed:
                    break
                continue
            except ByhandError:
                pass
            part.failed.add(attempt)
        return None, parting

    def _env(self, goal: Goal, region: Region) -> Env:
        return {letter: region.fixed(letter, self.system.depths) or Poly.letter(letter) for letter in goal.letters}

    def _attempts(self, goal: Goal, part: Part, along: tuple[str, int] | None) -> Iterator[Attempt]:
        anchors = goal.layers or ("", *self.system.depths)
        every = _attempts([*self.moving, None], anchors, along, tuple(self.lemmas))
        return (attempt for attempt in every if attempt not in part.failed)

    def model(self, region: Region, anchor: Poly | None, family: str | None, threshold: int, memo: Memo | None = None, stance: str = "") -> Model:
        """The two sides of a claim seen from one layer."""
        opaque, gradients = self.policy(anchor, family, threshold)
        policy = None if anchor is not None else lambda anchor: self.policy(anchor, family, threshold)
        return Model(self.system, region, opaque, gradients, self.instances, self.vectors, True, policy, stance, memo or Memo())

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

    def evidence(self, prover: Prover, goal: Goal, part: Part) -> Evidence | None:
        env = part.env
        anchor = env.get(self.letter, Poly.letter(self.letter) if self.letter else None)
        model = prover.model(part.region, anchor, self.family, self.threshold, part.memo, f"{anchor} {self.ahead}")
        if not self.ahead:
            sides = goal.left(model, env), goal.right(model, env)
            if self.lemma is not None:
                sides = (self._by_lemma(prover, model, sides[0]), self._by_lemma(prover, model, sides[1]))
            return Evidence(model, sides) if equal(model, *sides) else None
        further = {**env, self.letter: env[self.letter] + self.ahead}
        _check_known(part.region, goal.region, self.letter, self.ahead)
        before = (goal.left(model, further), goal.right(model, further))
        return follows(model, before, (goal.left(model, env), goal.right(model, env)))

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
