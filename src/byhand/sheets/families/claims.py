"""Claims about families: refuted at a small depth, or proved for every depth and checked at the first few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.sizes import Poly
from byhand.read.rebuild import rebuilt
from byhand.read.syntax import Comparison, Derivative, Indexed, Name, Over, Ranged, Tree
from byhand.run.claim import Verdict
from byhand.sheets.families.indices import Index, Region, affine, member, put, value
from byhand.sheets.families.instance import DEEPEST, SAMPLES, Instances
from byhand.sheets.families.lemmas import Lemma
from byhand.sheets.families.proof import Case, Goal, Prover, side
from byhand.sheets.families.reach import beyond
from byhand.sheets.families.small import Trial, first_failure
from byhand.sheets.families.system import System
from byhand.sheets.families.terms import covers, covers_at


@dataclass(frozen=True, slots=True)
class Decided:
    """``letters`` are the index letters of the claim, ``region`` where they run; ``cases`` are those of the proof, if there is one."""

    left: Tree
    right: Tree
    letters: tuple[str, ...]
    region: Region
    verdict: Verdict
    cases: tuple[Case, ...] = ()


@dataclass(slots=True)
class Families:
    """What is known of the families of one sheet."""

    system: System
    instances: Instances
    prover: Prover
    deep: tuple[str, ...]
    depths: tuple[Mapping[str, int], ...]

    @staticmethod
    def of(system: System) -> Families:
        instances = Instances(system)
        prover = Prover.of(system, instances)
        deep = instances.deep = _deep(system, prover.moving)
        few = DEEPEST if len(deep) < 2 else 3
        ranges = [range(1, few + 1) if letter in deep else (SAMPLES,) for letter in system.depths]
        wider = [range(1, 3) if letter in deep else (1, SAMPLES + 1) for letter in system.depths]
        counts = dict.fromkeys((*product(*ranges), *product(*wider)))
        tried = [dict(zip(system.depths, one)) for one in counts]
        depths = tuple(one for one in tried if _makes_sense(system, instances, one))
        if not depths:
            _complain(system, instances, tried[min(2, len(tried) - 1)])
        return Families(system, instances, prover, deep, depths)

    def points(self, letters: Sequence[str], trees: Sequence[Tree] = ()) -> Iterator[dict[str, int]]:
        """All values of index letters that might mean something, in these formulas too, for depths from the first that makes sense on."""
        more = beyond(self.system, trees)
        least = {letter: min(one[letter] for one in self.depths) for letter in self.system.depths}
        layers = (8 if len(self.deep) < 2 else 4) + more
        ranges = [range(least[d], least[d] + layers) if d in self.deep else range(1, SAMPLES + 2 + more) for d in self.system.depths]
        for counts in product(*ranges):
            here = dict(zip(self.system.depths, counts))
            top = max([*counts, 1]) + 2
            for values in product(range(-1, top), repeat=len(letters)):
                yield {**here, **dict(zip(letters, values))}


def _deep(system: System, moving: Mapping[str, int]) -> tuple[str, ...]:
    """The letters that count layers, and not samples."""
    found: dict[str, None] = {}
    for one in system.equations:
        position = moving.get(one.name)
        own = one.index[position].letters if position is not None and position < len(one.index) else frozenset[str]()
        for bound in one.over:
            if bound.letter in own:
                found.update(dict.fromkeys(sorted((bound.low.letters | bound.high.letters) & {*system.depths})))
    return tuple(found) or system.depths[:1]


def int_of(index: Poly) -> int:
    """An index that is a number."""
    return int(index.constant or 0)


def _makes_sense(system: System, instances: Instances, depths: Mapping[str, int]) -> bool:
    try:
        _look(system, instances, depths)
    except ByhandError:
        return False
    return True


def _complain(system: System, instances: Instances, depths: Mapping[str, int]) -> None:
    said = " and ".join(f"{letter} = {count}" for letter, count in depths.items())
    try:
        _look(system, instances, depths)
    except ByhandError as error:
        raise ByhandError(f"{error.message.rstrip('.')} (at {said})." if said else error.message, error.line, error.column) from None


def _look(system: System, instances: Instances, depths: Mapping[str, int]) -> None:
    """Every member at this depth; ``ByhandError`` where one has no meaning."""
    instance = instances.at(depths)
    for one in system.equations:
        env = instance.env
        ranges = [range(value(put(b.low, env), depths), value(put(b.high, env), depths) + 1) for b in one.over]
        for counts in product(*ranges):
            here = {**env, **{b.letter: Poly.of(k) for b, k in zip(one.over, counts)}}
            index = tuple(put(own, here) for own in one.index)
            meanings = [other for other in system.of(one.name) if covers_at(other, tuple(map(int_of, index)), depths)]
            if len(meanings) > 1:
                raise ByhandError(f"{member(one.name, index)} has two meanings: '{meanings[0].text}' and '{meanings[1].text}'.")
            instance.model.quantity(one.name, index)


# --------------------------------------------------------------------------------------------- what is claimed


def claimed(families: Families, tree: Tree) -> tuple[Tree, Tree, tuple[Over, ...]]:
    """The two sides of a claim and the ranges behind it."""
    over: tuple[Over, ...] = ()
    if isinstance(tree, Ranged) and tree.kind == "all":
        tree, over = tree.body, tree.over
    if not isinstance(tree, Comparison) or tree.op != "==":
        raise NotYetError("show takes one equality here, as in show(dC/db[l] == …).", tree.at.line, tree.at.column)
    return families.system.normal(tree.left), families.system.normal(tree.right), over


def members_in(system: System, tree: Tree, bound: frozenset[str] = frozenset(), inside: bool = True) -> list[tuple[str, Index, bool]]:
    """The members that a formula speaks of: name, index, and whether it is their gradient. ``inside``: those under sums and products too."""
    found: list[tuple[str, Index, bool]] = []

    def look(part: Tree, bound: frozenset[str]) -> Tree:
        match part:
            case Indexed(Derivative(_, wrt), items):
                found.append((wrt, tuple(affine(item, {}) for item in items), True))
                return part
            case Indexed(Name(name), items) if name in system.families:
                found.append((name, tuple(affine(item, {}) for item in items[: system.families[name]]), False))
                return part
            case Ranged(_, body, over) if inside:
                look(body, bound | {o.letter for o in over})
                return part
            case Ranged():
                return part
            case _:
                return rebuilt(part, lambda one: look(one, bound))

    look(tree, bound)
    return found


def free_letters(system: System, tree: Tree, bound: frozenset[str] = frozenset()) -> list[str]:
    """The index letters that no sum or product binds."""
    match tree:
        case Ranged(_, body, over):
            ends = [letter for one in over for end in (one.low, one.high) for letter in sorted(affine(end, {}).letters)]
            inner = free_letters(system, body, bound | {one.letter for one in over})
            return [letter for letter in [*ends, *inner] if letter not in {*system.depths, *bound}]
        case Indexed(Name() | Derivative(), items) if not isinstance(tree.base, Name) or tree.base.name in system.families:
            return [letter for item in items for letter in sorted(affine(item, {}).letters) if letter not in {*system.depths, *bound}]
        case _:
            found: list[str] = []

            def look(part: Tree) -> Tree:
                found.extend(free_letters(system, part, bound))
                return part

            rebuilt(tree, look)
            return found


def domain(families: Families, left: Tree, right: Tree, over: tuple[Over, ...]) -> tuple[tuple[str, ...], Region]:
    """The index letters of a claim and where they run: as said, or wherever the left side has a meaning."""
    system = families.system
    letters = tuple(dict.fromkeys([*(one.letter for one in over), *free_letters(system, left), *free_letters(system, right)]))
    ends = {one.letter: (affine(one.low, {}), affine(one.high, {})) for one in over}
    needed = [*members_in(system, left, inside=False), *(one for one in members_in(system, right, inside=False) if one[2])]

    def fits(point: Mapping[str, int]) -> bool:
        if any(not value(low, point) <= point[letter] <= value(high, point) for letter, (low, high) in ends.items()):
            return False
        open_ones = [one for one in needed if not {*ends} >= {k for poly in one[1] for k in poly.letters} - {*system.depths}] if ends else needed
        return all(covers(system, name, tuple(value(poly, point) for poly in index), point) for name, index, _ in open_ones)

    unbound = next((letter for letter in letters if letter not in ends and not any(letter in poly.letters for _, index, _ in needed for poly in index)), None)
    if unbound is not None:
        raise ByhandError(f"the claim does not say where {unbound} runs: write show(… for {unbound} in 1..{system.depths[0] if system.depths else 'L'}).")
    region = Region((*system.depths, *letters), tuple(point for point in families.points(letters, (left, right)) if fits(point)))
    if not region.points:
        raise ByhandError("there is no index for which the left side of this claim has a meaning.")
    return letters, region


# ------------------------------------------------------------------------------------------------- deciding


def decide(families: Families, tree: Tree, deepest: int = DEEPEST) -> Decided:
    """A claim, first at the depths that are small, then for all."""
    left, right, over = claimed(families, tree)
    letters, region = domain(families, left, right, over)
    depths = [one for one in families.depths if all(one[letter] <= deepest for letter in families.deep)]
    refuted = first_failure(
        Trial(left, right, region, tuple(dict.fromkeys((*families.deep, *families.system.depths, *letters))), families.prover.vectors),
        families.instances,
        depths,
    )
    if refuted is not None:
        return Decided(left, right, letters, region, refuted)
    cases = families.prover.prove(Goal(side(left), side(right), region, letters, _layers(families, left, right, letters)))
    checked = _checked(families)
    if cases is not None:
        _remember(families, left, right, letters, region)
    else:
        reason = f"it holds {checked} (each proved exactly), but no induction was found that proves it for every depth."
        return Decided(left, right, letters, region, Verdict("undecided", "float", None, reason))
    how = "by induction" if any(case.letter for case in cases) else "from the recursion for one layer"
    return Decided(left, right, letters, region, Verdict("holds", "exact", None, f"for every depth, {how}; checked by itself {checked}."), tuple(cases))


def _layers(families: Families, left: Tree, right: Tree, letters: tuple[str, ...]) -> tuple[str, ...]:
    """The letters that count layers: those in the index along which a family moves; all of them where there is no such."""
    moving = families.prover.moving
    places = [index[moving[name]] for tree in (left, right) for name, index, _ in members_in(families.system, tree) if name in moving]
    return tuple(letter for letter in letters if any(letter in place.letters for place in places)) or letters


def _remember(families: Families, left: Tree, right: Tree, letters: tuple[str, ...], region: Region) -> None:
    """A proved claim about one member for every index serves the proofs of later claims."""
    found = members_in(families.system, left)
    plain = isinstance(left, Indexed) and isinstance(left.base, (Name, Derivative)) and len(found) == 1
    if (
        plain
        and isinstance(left, Indexed)
        and {*letters} == {k for one in found[0][1] for k in one.letters}
        and len({*found[0][1]}) == len(letters) == len(found[0][1])
    ):
        loss = left.base.of if isinstance(left.base, Derivative) else ""
        names = [next(iter(one.letters)) for one in found[0][1]]
        depths = families.system.depths
        points = frozenset(tuple(point[k] for k in (*depths, *names)) for point in region.points)
        families.prover.lemmas.append(Lemma(loss, found[0][0], tuple(names), right, points))


def _checked(families: Families) -> str:
    letter = families.deep[0] if families.deep else ""
    counts = sorted({one[letter] for one in families.depths}) if letter else []
    return f"for {letter} = {counts[0]}, …, {counts[-1]}" if len(counts) > 1 else "at the depth of this sheet"
