"""Systems of linear equations over the rationals, or modulo 2, and the vectors that solve them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

Form: TypeAlias = Mapping[Hashable, Fraction]
"""A sum of unknowns, each with its coefficient."""


@dataclass(slots=True)
class Equations:
    """Forms that are zero. ``signs``: coefficients count modulo 2."""

    signs: bool
    rows: dict[Hashable, dict[Hashable, Fraction]] = field(default_factory=dict[Hashable, dict[Hashable, Fraction]])
    made: int = 0

    def unknown(self) -> Form:
        """A new unknown that nobody asks for afterwards."""
        self.made += 1
        return {("free", self.made): Fraction(1)}

    def tidy(self, form: Form) -> dict[Hashable, Fraction]:
        reduced = {key: value % 2 if self.signs else value for key, value in form.items()}
        return {key: value for key, value in reduced.items() if value}

    def plus(self, *forms: Form) -> Form:
        total: dict[Hashable, Fraction] = {}
        for form in forms:
            for key, value in form.items():
                total[key] = total.get(key, Fraction(0)) + value
        return self.tidy(total)

    def times(self, factor: Fraction, form: Form) -> Form:
        return self.tidy({key: factor * value for key, value in form.items()})

    def minus(self, first: Form, second: Form) -> Form:
        return self.plus(first, self.times(Fraction(-1), second))

    def zero(self, form: Form) -> None:
        """One more equation."""
        rest = self._reduced(form)
        if rest:
            lead = next(iter(rest))
            rest = dict(self.times(1 / rest[lead], rest))
            for key, row in self.rows.items():
                if lead in row:
                    self.rows[key] = dict(self.minus(row, self.times(row[lead], rest)))
            self.rows[lead] = rest

    def _reduced(self, form: Form) -> dict[Hashable, Fraction]:
        rest = dict(self.tidy(form))
        for key in list(rest):
            if key in self.rows:
                rest = dict(self.minus(rest, self.times(rest[key], self.rows[key])))
        return rest

    def solutions(self, unknowns: Sequence[Hashable]) -> list[Form]:
        """Independent vectors that span what the unknowns may be; all others are left out of account."""
        seen = list(dict.fromkeys([*unknowns, *(key for row in self.rows.values() for key in row)]))
        found: list[Form] = []
        for free in (key for key in seen if key not in self.rows):
            vector = {free: Fraction(1)} | {lead: -row[free] for lead, row in self.rows.items() if free in row}
            found.append(self.tidy({key: value for key, value in vector.items() if key in unknowns}))
        return independent(found, self.signs)


def independent(vectors: Iterable[Form], signs: bool) -> list[Form]:
    """Vectors that span the same, none of them superfluous."""
    system = Equations(signs)
    for vector in vectors:
        system.zero(vector)
    return list(system.rows.values())
