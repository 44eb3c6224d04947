"""One answer in numbers: the true value first, then what follows from earlier answers, then slips, then patterns of cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.judge.evidence import values_there, weighed
from byhand.check.judge.explain import Explained, explanations, near_explanations, rounded_explanations
from byhand.check.judge.follow import Followed, followed, from_rounded, nearly_followed, rounded_parents
from byhand.check.judge.kinks import Bent, at_kink, has_kink
from byhand.check.judge.person import Person
from byhand.check.judge.scores import Scores
from byhand.check.judge.sizes import cuts, missing
from byhand.check.judge.words import array_text
from byhand.check.judge.written import Written
from byhand.check.mark import Mark, Tie
from byhand.check.numbers.compare import accepted, cells, fits
from byhand.check.numbers.invariants import broken
from byhand.check.numbers.noise import float_noise
from byhand.check.numbers.patterns import Pattern, patterns
from byhand.check.settings import Settings
from byhand.check.slips.general import UNNUMBERED
from byhand.lang.english import listed
from byhand.lang.sizes import shape_text
from byhand.run.arrays import Array

ROUNDED = "within what the rounding of earlier values brings"


def mark_number(person: Person, scores: Scores, written: Written) -> Mark:
    """The mark of one answer. A right answer never scores less for what comes before it."""
    return _Number(person, scores, written, scores.settings).mark()


def mark_following(person: Person, scores: Scores, written: Written, found: Followed) -> Mark:
    """The mark of an answer that is known to follow from earlier ones."""
    return _Number(person, scores, written, scores.settings).follows(written.numbers, "", found)


@dataclass(frozen=True, slots=True)
class _Number:
    person: Person
    scores: Scores
    written: Written
    settings: Settings

    @property
    def name(self) -> str:
        return self.written.quantity.name

    @property
    def truth(self) -> Array:
        return self.written.truth

    def mark(self) -> Mark:
        for numbers, remark in self.written.readings:
            if fits(numbers, self.truth, 0.0, self.settings)[0] or self._is_noise(numbers):
                return self._exactly_wrong(numbers, remark) or self._right(numbers, remark)
        for numbers, remark in self.written.readings if self.written.quantity.steps else ():
            found = followed(self.person, self.name, numbers, self.settings)
            if found is not None and not found.used:
                return self._right(numbers, remark, ROUNDED)
            if found is not None:
                carried = found.value.shape[1:] != self.truth.shape[1:]
                return self._carried(numbers, found.used) if carried else self.follows(numbers, remark, found)
        if self.written.quantity.kind == "given":
            return self._start()
        bent = at_kink(self.person, self.name, self.written.readings, self.settings)
        return self._bent(bent) if bent is not None else self._too_long() or self._wrong()

    def _is_noise(self, numbers: Numbers) -> bool:
        """Whether it is right but for what floats lose where sums cancel."""
        return bool(fits(numbers, self.truth, float_noise(self.person.exercise, self.name, numbers), self.settings)[0])

    def _start(self) -> Mark:
        """A number that the sheet gives, taken otherwise: all that is made of it is judged by it."""
        self._keep(self.written.numbers, (self.name,))
        learned = f"{self.name}'" in self.person.exercise.quantities
        said = "start value not as asked" if learned else f"{self.name} is given, and not as asked"
        return replace(self._told(self.written.numbers), message=f"{said}: what is made of it is judged by what is written")

    # ------------------------------------------------------------------------------------------------ wrong sizes

    def _carried(self, numbers: Numbers, used: tuple[str, ...], more: Tie | None = None) -> Mark:
        """It follows from an earlier answer, but with the wrong shape of that: the same mistake, charged there."""
        blame = self._blame(used)
        self._keep(numbers, (*blame, self.name))
        sized = [one for one in used if one in self.scores.sized]
        slip = next((self.scores.sized[one] for one in sized), "size")
        shapes = f"{shape_text(numbers.values.shape)} in place of {shape_text(self.truth.shape[1:])}"
        words = f"{self.name} has the wrong shape of {listed(sized or used)}, {shapes}" + (f", and {more.message}" if more is not None else "")
        return replace(self._mark(numbers, slip, words, ()), because_of=blame)

    def _too_long(self) -> Mark | None:
        """An answer with a line too many, where the others are right, or follow, or can be explained."""
        for numbers, words in cuts(self.written.numbers, self.truth.shape[1:]):
            message = f"{self.name} {words}"
            if fits(numbers, self.truth, 0.0, self.settings)[0]:
                return self._sized(numbers, message, ())
            found = followed(self.person, self.name, numbers, self.settings)
            if found is not None:
                return self._sized(numbers, message, self._blame(found.used))
            besides = self._besides(numbers) if "repeats" in words else None
            if besides is not None:
                return self._sized(numbers, f"{message}, and {besides.message}", (self.name,))
        return None

    def _besides(self, numbers: Numbers) -> Tie | None:
        """What explains the lines that belong there."""
        reasons = explanations(self.person, self.name, numbers, self.scores) or near_explanations(self.person, self.name, numbers, self.scores)
        if reasons:
            first = weighed(self.person, self.name, reasons, self.settings)[0].wrong.mutation
            return Tie(first.id, first.message, first.of)
        seen = [one for value in self._expected() for one in patterns(numbers, value, self.written.quantity, self.person.exercise) if one.explains]
        return Tie(seen[0].id, seen[0].message, self.name) if seen else None

    def _sized(self, numbers: Numbers, message: str, blame: tuple[str, ...]) -> Mark:
        """A wrong size; what comes later is judged by the lines that belong there."""
        self._keep(numbers, blame)
        mark = self._mark(self.written.numbers, "size", message, ())
        return replace(mark, because_of=tuple(one for one in blame if one != self.name))

    def _exactly_wrong(self, numbers: Numbers, remark: str) -> Mark | None:
        """An answer that is right only because it has few digits, and to the usual ones is what a slip gives: 0.1 for a weight that was not updated."""
        strict = None if self.written.habit is None else self.written.habit.strictly(numbers)
        if strict is None or fits(strict, self.truth, 0.0, self.settings)[0]:
            return None
        following = followed(self.person, self.name, strict, self.settings)
        if following is not None:
            return self.follows(numbers, remark, following) if following.used else None
        found = explanations(self.person, self.name, strict, self.scores) or near_explanations(self.person, self.name, strict, self.scores)
        return self._slip(numbers, remark, found) if found else None

    # ------------------------------------------------------------------------------------------ right, in a way

    def _right(self, numbers: Numbers, *remarks: str) -> Mark:
        self._keep(numbers)
        most = self.scores.most(self.written.quantity)
        return Mark(self.name, "right", most, most, numbers.text, remarks=self.written.but(*remarks))

    def _bent(self, found: Bent) -> Mark:
        """Another derivative at a kink: what comes later is judged by it, and nobody is to blame."""
        return replace(self.follows(found.numbers, "", Followed(found.used, found.value)), remarks=self.written.but(*found.remarks))

    def follows(self, numbers: Numbers, remark: str, found: Followed) -> Mark:
        blame = self._blame(found.used)
        if not blame:  # from answers that are right with another derivative at a kink
            self.person.off[self.name] = ()
            return self._right(numbers, remark)
        self._keep(numbers, blame, None if found.rounded else found.value)
        most = self.scores.most(self.written.quantity)
        return Mark(
            self.name,
            "follows",
            most,
            most,
            numbers.text,
            f"follows from {listed(blame)}",
            because_of=blame,
            expected=array_text(self.truth[0]),
            review=self._trivial(found.value),
            remarks=self.written.but(remark),
        )

    def _keep(self, numbers: Numbers, blame: tuple[str, ...] = (), unrounded: Array | None = None) -> None:
        """What comes later is judged by this value, or by what it was before it was rounded."""
        self.person.written[self.name] = numbers.values[None]
        if unrounded is not None and unrounded.shape[1:] == numbers.values.shape:
            self.person.unrounded[self.name] = unrounded
        self.person.halves[self.name] = numbers.half
        if blame:
            self.person.off[self.name] = blame

    def _blame(self, used: tuple[str, ...]) -> tuple[str, ...]:
        """The answers with the mistakes that these values carry on."""
        return tuple(dict.fromkeys(one for name in used for one in self.person.off[name]))

    def _trivial(self, value: Array) -> str:
        """A follow-through that leaves nothing to work out."""
        if np.any(value) or not np.any(self.truth):
            return ""
        return f"what follows from the earlier mistake is zero everywhere, so nothing of the step to {self.name} can be seen"

    # ---------------------------------------------------------------------------------------------------- wrong

    def _wrong(self) -> Mark:
        for search in (explanations, rounded_explanations, near_explanations):
            for numbers, remark in self.written.readings:
                found = search(self.person, self.name, numbers, self.scores)
                rounded = self._by_rounding(numbers, remark, found) if found or search is near_explanations else None
                if rounded is not None:
                    return rounded
                if found:
                    return self._slip(numbers, remark, weighed(self.person, self.name, found, self.settings))
        seen = [*self._rounded_early(), *self._patterns()]
        self._keep(self.written.numbers, (self.name,))
        expected = self._expected()
        short = next((said for value in expected if (said := missing(self.written.numbers, value, self.settings))), "")
        if short:
            self.person.written[self.name] = expected[-1][None]
            return self._mark(self.written.numbers, "missing", f"{self.name} {short}", ())
        explaining = [one for one in seen if one.explains]
        return self._pattern(explaining) if explaining else self._unexplained(seen)

    def _by_rounding(self, numbers: Numbers, remark: str, slips: list[Explained]) -> Mark | None:
        """An answer that is off by what rounding on the way brings: by one unit of its last digit, or by a few if no slip in the catalogue gives it."""
        found = nearly_followed(self.person, self.name, numbers, self.settings)
        known = any(not one.wrong.mutation.id.startswith(UNNUMBERED) for one in slips)
        if found is None or (known and np.any(np.abs(numbers.values - found.value[0]) > 2 * numbers.half)):
            return None
        return self.follows(numbers, remark, found) if found.used else self._right(numbers, remark, ROUNDED)

    def _slip(self, numbers: Numbers, remark: str, found: list[Explained]) -> Mark:
        first = found[0]
        mutation = first.wrong.mutation
        others = dict.fromkeys(Tie(one.wrong.mutation.id, one.wrong.mutation.message, one.wrong.mutation.of) for one in found[1:])
        ties = tuple(tie for tie in others if (tie.id, tie.of) != (mutation.id, mutation.of))
        if first.used and numbers.values.shape != self.truth.shape[1:]:
            return self._carried(numbers, first.used, Tie(mutation.id, mutation.message, mutation.of))
        blame = self._blame(first.used)
        self._keep(numbers, (self.name,), first.value)
        if mutation.of != self.name:
            self._assume(first)
        mark = self._mark(numbers, mutation.id, mutation.message, ties, remark)
        return replace(mark, at=mutation.of, because_of=blame)

    def _assume(self, found: Explained) -> None:
        """The slip lies in blank quantities: whatever else was made of those is made of their wrong values."""
        frontier = self.person.reach(self.name).frontier
        halves = rounded_parents(self.person, frontier)
        for name, step in found.wrong.at.items() if halves else ():
            rounded = from_rounded(self.person, step, frontier, found.subset, halves)
            if rounded is not None:
                self.person.halves[name] = rounded[1]
        values = values_there(self.person, self.name, found)
        if values:
            self.person.assume(values, (self.name,))

    def _rounded_early(self) -> Iterator[Pattern]:
        """Numbers on the way rounded to so few digits that this one suffers."""
        if self.person.off:
            return
        for said, value in self.person.early(self.name):
            if any(fits(numbers, value, 0.0, self.settings)[0] for numbers, _ in self.written.readings):
                yield Pattern("S49", said)
                return

    def _patterns(self) -> list[Pattern]:
        """Patterns against the truth, and against what follows from the person's own values."""
        exercise = self.person.exercise
        found = [one for value in self._expected() for one in patterns(self.written.numbers, value, self.written.quantity, exercise)]
        return list(dict.fromkeys(found))

    def _expected(self) -> list[Array]:
        """The truth, and what follows from the person's own values where they are others."""
        reach = self.person.reach(self.name)
        own = self.person.values(reach.steps[:1], reach.frontier, [frozenset(reach.frontier)]) if self.person.deviating(reach.frontier) else None
        return [self.truth[0], *(value[0] for value in own or [])]

    def _pattern(self, seen: list[Pattern]) -> Mark:
        first, *others = seen
        return self._mark(self.written.numbers, first.id, first.message, tuple(Tie(one.id, one.message, self.name) for one in others))

    def _mark(self, numbers: Numbers, slip: str, message: str, ties: tuple[Tie, ...], *remarks: str) -> Mark:
        quantity = self.written.quantity
        marks, said = self.scores.for_slip(slip, quantity, f"matches what you get if {message}")
        if numbers.values.shape != self.truth.shape[1:]:
            self.scores.sized[self.name] = slip
        told = self._told(numbers)
        return replace(told, status="slip", marks=marks, message=said, slip=slip, at=self.name, ties=ties, remarks=self.written.but(*remarks))

    def _unexplained(self, seen: list[Pattern]) -> Mark:
        numbers = self.written.numbers
        env = {name: value for name in self.person.truths if (value := self.person.own(name)) is not None}
        said = broken(self.person.exercise, self.name, numbers.values, env, numbers.half, not has_kink(self.person, self.name))
        return replace(self._told(numbers), message=next((one.message for one in seen), ""), broken=said)

    def _told(self, numbers: Numbers) -> Mark:
        """What is said of any wrong answer: the map of its cells, what was expected, what would have been accepted."""
        expected, most = self.truth[0], self.scores.most(self.written.quantity)
        mark = Mark(self.name, "wrong", Fraction(0), most, numbers.text, expected=array_text(expected), remarks=self.written.but())
        if numbers.values.shape != expected.shape:
            return mark
        low, high = accepted(numbers, expected, self.settings)
        right = cells(numbers, expected, 0.0, self.settings).tolist()
        return replace(mark, cells=right, accepted=np.stack([low, high], axis=-1).tolist())
