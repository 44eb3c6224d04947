"""Einsum specifications such as ``ij,jk->ik``: one or two operands, letters in one canonical order.

Beyond NumPy's einsum a letter may stand in the output alone (a broadcast: ``i->ij``) and twice in the output (a
diagonal: ``i->ii``). A letter of the inputs that is missing in the output is summed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters

from byhand.lang.sizes import Shape, Size

LETTERS = ascii_letters[8:26] + ascii_letters[:8] + ascii_letters[26:]  # i, j, k, … first, as people do


@dataclass(frozen=True, slots=True)
class Spec:
    inputs: tuple[str, ...]
    output: str

    def __str__(self) -> str:
        return ",".join(self.inputs) + "->" + self.output

    @property
    def summed(self) -> str:
        """The letters that are summed over, in the order they come."""
        return "".join(dict.fromkeys(c for c in "".join(self.inputs) if c not in self.output))

    @property
    def broadcast(self) -> str:
        """The letters of the output that no input has."""
        return "".join(dict.fromkeys(c for c in self.output if not any(c in word for word in self.inputs)))

    def renamed(self, letters: Mapping[str, str]) -> Spec:
        def word(old: str) -> str:
            return "".join(letters.get(c, c) for c in old)

        return Spec(tuple(map(word, self.inputs)), word(self.output))


@lru_cache(maxsize=4096)
def spec(text: str) -> Spec:
    """Read ``ij,jk->ik`` and rename its letters canonically."""
    inputs, output = text.split("->")
    return canonical(Spec(tuple(inputs.split(",")), output))


def canonical(raw: Spec) -> Spec:
    """The same specification with letters renamed i, j, k, … in order of first appearance."""
    return raw.renamed(dict(zip(dict.fromkeys("".join(raw.inputs) + raw.output), LETTERS)))


def letters(count: int, skip: str = "") -> str:
    """The first so many letters that are not in ``skip``."""
    return "".join([c for c in LETTERS if c not in skip][:count])


@dataclass(slots=True)
class Words:
    """A specification under construction: a word for each operand, the output, and the size of every letter."""

    inputs: list[str]
    output: str
    sizes: dict[str, Size]

    def inline(self, position: int, inner: Spec, shape: Shape) -> None:
        """Replace operand ``position``, which is ``inner`` of something of this shape, by that something.

        Letters that ``inner`` sums over get new names; where ``inner`` makes a diagonal, outer letters become one.
        """
        outer_of: dict[str, str] = {}
        merged: dict[str, str] = {}
        for mine, theirs in zip(self.inputs[position], inner.output):
            mine = merged.get(mine, mine)
            keep = outer_of.setdefault(theirs, mine)
            if keep != mine:
                self._merge(keep, mine)
                merged = {old: keep if new == mine else new for old, new in merged.items()} | {mine: keep}
                outer_of = {old: keep if new == mine else new for old, new in outer_of.items()}
        for letter, fresh in zip(inner.summed, letters(len(inner.summed), "".join(self.sizes))):
            outer_of[letter] = fresh
        word = "".join(outer_of[c] for c in inner.inputs[0])
        self.sizes.update(zip(word, shape))
        self.inputs[position] = word

    def _merge(self, keep: str, drop: str) -> None:
        self.inputs = [word.replace(drop, keep) for word in self.inputs]
        self.output = self.output.replace(drop, keep)
        del self.sizes[drop]

    def vanished(self) -> list[Size]:
        """Sizes of the letters that nothing has any more: each was a sum of equal terms, that is, a factor."""
        used = self.output + "".join(self.inputs)
        return [axis for letter, axis in self.sizes.items() if letter not in used]

    def spec(self) -> Spec:
        return canonical(Spec(tuple(self.inputs), self.output))
