"""From a written name to the quantity of an exercise that it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from byhand.check.answers.gradients import written_gradients, written_seconds
from byhand.check.answers.inputs import Input, inputs_of
from byhand.check.answers.limits import MAX_NAME, short
from byhand.check.answers.phrases import layer_of, lead_up, say_nothing
from byhand.check.answers.products import product
from byhand.check.answers.spelled import Stem, clean, stem, tight
from byhand.check.answers.structure import Structure, structure_of
from byhand.check.answers.vocabulary import Vocabulary, is_class, is_hessian, is_loss, is_output
from byhand.check.exercise.quantity import Exercise
from byhand.check.others.check import question
from byhand.lang.names import Grad
from byhand.read.alphabet import without_macron

_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """What a written name means: a quantity, with a remark where it is not called so, or an entry of it, or another question of the sheet; or why nothing."""

    name: str | None
    remark: str = ""
    cell: tuple[int, ...] | None = None
    problem: str = ""
    other: str | None = None


class _SeveralError(Exception):
    """More than one quantity could be meant."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = tuple(names)


@dataclass(slots=True)
class Names:
    """The names of an exercise, prepared once, and what has been found by them.

    ``grads``: what each quantity's gradients are of. ``needed``: what leads to something that the sheet asks for;
    ``inputs``: others than those given first.
    """

    exercise: Exercise
    structure: Structure = field(init=False)
    vocabulary: Vocabulary = field(init=False)
    grads: dict[str, tuple[str, ...]] = field(init=False)
    needed: frozenset[str] = field(init=False)
    inputs: Mapping[str, tuple[Input, ...]] = field(init=False)
    known: dict[str, Found] = field(init=False, default_factory=dict[str, Found])

    def __post_init__(self) -> None:
        quantities = self.exercise.quantities.values()
        self.structure = structure_of(self.exercise)
        self.vocabulary = Vocabulary.of(self.exercise)
        self.inputs = inputs_of(self.exercise)
        self.needed = frozenset(name for quantity in quantities if quantity.asked for name in self.exercise.below(quantity.name) - {quantity.name})
        found: dict[str, dict[str, None]] = {}
        for quantity in quantities:
            match quantity.node.name:
                case Grad(of, wrt) as name if of != wrt and name.twice is None:
                    found.setdefault(wrt, {})[of] = None
                case _:
                    pass
        self.grads = {wrt: tuple(ofs) for wrt, ofs in found.items()}

    def find(self, written: str) -> Found:
        """The quantity that a name means. Names that were looked up once are found again at once."""
        found = self.known.get(written)
        if found is None:
            found = self._found(written) if len(written) <= MAX_NAME else Found(None, problem=f"{short(written)} is too long for a name.")
            if len(self.known) >= _MOST_KEPT:
                self.known.clear()
            self.known[written] = found
        return found

    def _found(self, written: str) -> Found:
        if written in self.exercise.quantities:
            return Found(written)
        if written in self.exercise.others:
            return Found(None, other=written)
        name = clean(written)
        try:
            found = self._meant(written, name)
        except _SeveralError as several:
            choice = " or ".join([", ".join(several.names[:-1][:5]), several.names[-1]])
            found = Found(None, problem=f"{short(written)} may mean {choice}; write which one.")
        if found is None or found.name is None:
            other = question(self.exercise, written) or question(self.exercise, name) if self.exercise.others else None
            found = Found(None, other=other) if other is not None else found
        return found or Found(None, problem=self._unknown(written, name))

    def _meant(self, written: str, name: str) -> Found | None:
        found = self.one(name)
        if found is not None:
            return Found(found, "" if tight(written) == tight(found) else f"{short(written)} read as {found}")
        cell = self._cell(name)
        if cell is not None:
            return Found(cell[0], "" if written.startswith(cell[0]) else f"{short(written)} read as an entry of {cell[0]}", cell[1])
        whole = product(name, (one.name for one in self.exercise.quantities.values() if one.asked and one.kind == "defined"), self.one)
        if whole is not None:
            return Found(whole, f"{short(written)} read as {whole}")
        return self._led_up_to(written, name.split(" "))

    def _led_up_to(self, written: str, words: list[str]) -> Found | None:
        """A name behind words that say nothing of it."""
        for k in range(max(1, len(words) - 4), len(words)):
            last = " ".join(words[k:])
            found = self.one(last)
            if found is not None:
                is_word = (is_loss(last) or is_output(last)) and not self.vocabulary.spelled(last)
                harmless = say_nothing(words[:k]) if is_word else lead_up(words[:k], self.exercise.quantities[found].kind == "gradient")
                return Found(found, f"{short(written)} read as {found}") if harmless else None
        return None

    def _unknown(self, written: str, name: str) -> str:
        known = list(self.exercise.quantities)
        close = [one for one in known if one.lower() == name.lower()] or get_close_matches(name, known, n=1, cutoff=0.5)
        return f"{short(written)} is no quantity of this exercise.{f' Did you mean {close[0]}?' if close else ''}"

    # ------------------------------------------------------------------------------------------- ways to be meant

    def one(self, name: str) -> str | None:
        """The quantity of a clean name; ``None`` where there is none."""
        if not name or name in self.exercise.quantities:
            return name or None
        called = self.vocabulary.called.get(tight(name))
        return called or self._of_sample(name) or self._plain(name) or self._gradient(name) or self._delta(name) or self._by_word(name)

    def _of_sample(self, name: str) -> str | None:
        """z_1 (sample 2): what is asked for, on one sample of several."""
        found = _SAMPLE.match(name)
        base = self.one(found[1]) if found is not None else None
        if found is None or base is None:
            return None
        of, slash, wrt = base.partition("/")
        tries = (f"{of}_{found[2]}/{wrt}",) if slash else (f"{base}_s{found[2]}", f"{base}_{found[2]}")
        called = self.vocabulary.called.get(tight(f"{base} (sample {found[2]})"))
        return called or next((one for one in tries if one in self.exercise.quantities), None)

    def _plain(self, name: str) -> str | None:
        """A quantity of the sheet, maybe after steps."""
        whole = self._base(name)
        if whole is not None and whole in self.exercise.quantities:
            return whole
        parts = stem(name)
        base = self._base(parts.base) if parts.base != name else None
        return self._full(base, parts) if base is not None else None

    def _base(self, text: str) -> str | None:
        """A name that stands on the sheet, in any of its spellings; the least change that finds one counts."""
        names = self.vocabulary.spelled(text)
        return None if not names else text if text in names else self._chosen(names)

    def _chosen(self, names: tuple[str, ...]) -> str:
        """The likeliest of several: asked for, or at least on the way to something that is."""
        quantities = self.exercise.quantities
        asked = [name for name in names if name in quantities and quantities[name].asked]
        needed = [name for name in names if name in self.needed]
        for choice in (names, asked, needed):
            if len(choice) == 1:
                return choice[0]
        raise _SeveralError(names)

    def _full(self, base: str, parts: Stem) -> str | None:
        name = base + "'" * parts.primes
        return next((one for one in (name + parts.said, f"{name} {parts.said}") if one in self.exercise.quantities), None)

    def _gradient(self, name: str) -> str | None:
        for of, wrt in written_seconds(name):
            of, wrt = self._loss(of) or of, self._base(wrt) or wrt
            if f"d2{of}/d{wrt}2" in self.exercise.quantities:
                return f"d2{of}/d{wrt}2"
        for of, wrt in written_gradients(name):
            found = self._gradient_of(of, wrt)
            if found is not None:
                return found
        under = without_macron(name)
        return self._gradient_of("", under) if under else None

    def _gradient_of(self, of: str, wrt: str) -> str | None:
        """The gradient of one name by another; of the loss where the first is empty."""
        whole, parts = self._base(wrt), stem(wrt)
        base = whole or self._base(parts.base)
        if base is None:
            return None
        parts = Stem(base) if whole else parts
        names = {one: full for one in self._ofs(of, self.grads.get(base, ())) if (full := self._full(f"d{one}/d{base}", parts)) is not None}
        return self._likeliest(names) if names else None

    def _ofs(self, of: str, ofs: tuple[str, ...]) -> tuple[str, ...]:
        if not of or of in ofs:
            return (of,) if of else ofs
        base = self._base(of)
        if base is not None:
            return (base,) if base in ofs else tuple(one for one in ofs if one.startswith(f"{base}_"))
        return ofs if is_loss(of) else ()

    def _likeliest(self, names: dict[str, str]) -> str:
        """Of the gradients by one name: the one asked for or on the way to such, else of a quantity of the sheet, else the one that the others lead to."""
        quantities = self.exercise.quantities
        asked = [full for full in names.values() if quantities[full].asked]
        own = [full for of, full in names.items() if of in quantities and quantities[of].own]
        needed = [full for full in names.values() if full in self.needed]
        main = [full for full in needed if full in own and quantities[full].state.run == 1]
        for choice in (list(names.values()), asked, needed, own, main):
            if len(choice) == 1:
                return choice[0]
        last = max(names.values(), key=lambda full: self.exercise.place[full])
        if all(full in self.exercise.below(last) for full in names.values()):
            return last
        raise _SeveralError(asked or names.values())

    def _delta(self, name: str) -> str | None:
        """δ₂ is the gradient of the pre-activation of layer 2, δ_z that of z."""
        found = _DELTA.match(name)
        if found is None:
            return None
        rest = found[1].strip("_^{}()[] ")
        layers = self.structure.layers
        if rest.isdigit() and len(rest) < 4:
            of = layers.get(int(rest)) or self._base(f"z{rest}")
        elif rest.lower() in ("out", "output", "o", "l"):
            of = layers[max(layers)] if layers else None
        else:
            of = self._base(rest) if rest else next(iter(layers.values())) if len(layers) == 1 else None
        return self._gradient_of("", of) if of is not None else self._gradient_of("", rest) if rest else None

    def _loss(self, text: str) -> str | None:
        base = self._base(text) if text else None
        return base or (self._chosen(self.structure.losses) if self.structure.losses and (not text or is_loss(text)) else None)

    def _by_word(self, name: str) -> str | None:
        """The loss and the output, the class and the Hessian, by what everybody calls them."""
        for text, parts in ((name, Stem(name)), (stem(name).base, stem(name))):
            if is_loss(text) and self.structure.losses:
                return self._full(self._chosen(self.structure.losses), parts)
            if is_output(text) and self.structure.output is not None:
                return self._full(self.structure.output, parts)
        layer = layer_of(name, len(self.structure.layers))
        if layer in self.structure.activations:
            return self.structure.activations[layer]
        for is_word, names in ((is_class, self.vocabulary.classes), (is_hessian, self.vocabulary.seconds)):
            if is_word(name) and names:
                return self._chosen(names)
        return None

    # ----------------------------------------------------------------------------------------------------- entries

    def _cell(self, name: str) -> tuple[str, tuple[int, ...]] | None:
        """z1[0], W[0, 1], w_{12}: an entry of an array."""
        for base, index in _indexed(name):
            try:
                found = self.one(base)
            except _SeveralError:
                found = None
            if found is None:
                continue
            rank = len(self.exercise.quantities[found].node.shape)
            if len(index) == rank and rank:
                return found, index
            if len(index) == 1 and len(str(index[0])) == rank and 0 < rank < 4:
                return found, tuple(map(int, str(index[0])))
        return None


_SAMPLE = re.compile(r"(.+?)[ _]?[(,]? ?(?:sample|Sample|Beispiel)[ _]?([0-9]{1,4})\)?$")
_DELTA = re.compile(r"(?:δ|delta|Delta|DELTA)(?![a-z])(.*)$")
_BRACKETS = re.compile(r"(.+?)((?:\[[0-9]{1,4}(?:, ?[0-9]{1,4})*\])+|\([0-9]{1,4}(?:, ?[0-9]{1,4})*\))$")
_FOOT = re.compile(r"(.+?)_\{?([0-9]{1,4}(?:[,_ ][0-9]{1,4})*)\}?$")


def _indexed(name: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    for pattern in (_BRACKETS, _FOOT):
        found = pattern.match(name)
        if found is not None:
            yield found[1], tuple(map(int, re.findall("[0-9]+", found[2])))
