"""Where a quantity has the numbers it has, and what it is called there: after so many steps, on one batch, with other inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad, Name
from byhand.lang.walk import children, postorder
from byhand.run.bind import Value
from byhand.sheets.solution import State


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A state of the sheet. ``said``: which data it is about, where that is not the sheet's own; ``inputs``: what ``at(…)`` puts in, ``call`` in its words."""

    state: State
    said: str = ""
    inputs: frozenset[Var] = frozenset()
    call: str = ""


@dataclass(slots=True)
class Naming:
    """What quantities are called. ``met``: for each name how many steps it has seen and its number, which tell whether it means the same again."""

    given: dict[tuple[Place, Expr], str] = field(default_factory=dict[tuple[Place, Expr], str])
    met: dict[str, tuple[int, Value | None]] = field(default_factory=dict[str, "tuple[int, Value | None]"])
    _touched: dict[tuple[Place, Expr], int] = field(default_factory=dict[tuple[Place, Expr], int])
    _inside: dict[tuple[Place, Expr], bool] = field(default_factory=dict[tuple[Place, Expr], bool])

    def of(self, node: Named | Var, place: Place, value: Value | None = None) -> str:
        """The name as in the JSON answer; where that means something else already, with a prime for each step, or the data it is about."""
        if (place, node) not in self.given:
            value = place.state.numbers.get(node.name) if value is None else value
            times = _primes(node.name) or self._times(node, place)
            name = next(one for one in self._tries(node, place, times) if one not in self.met or _same(self.met[one], (times, value)))
            self.met.setdefault(name, (times, value))
            self.given[place, node] = name
        return self.given[place, node]

    def call(self, text: str, node: Named, place: Place, value: Value | None = None) -> str:
        """Call a quantity as the sheet wrote it, with more primes where that means something else already."""
        entry = (max(place.state.taken.values(), default=0), place.state.numbers.get(node.name) if value is None else value)
        tries = (text + "'" * primes for primes in count())
        self.given[place, node] = next(one for one in tries if one not in self.met or _same(self.met[one], entry))
        self.met.setdefault(self.given[place, node], entry)
        return self.given[place, node]

    def _tries(self, node: Named | Var, place: Place, times: int) -> Iterator[str]:
        state = place.state
        inside = bool(place.call) and self._depends(node, place)
        plain = f"at({node.name}, {place.call})" if inside else str(node.name)
        stems = (node.name.of, node.name.wrt) if isinstance(node.name, Grad) else (str(node.name),)
        listed = 0 if inside else max(state.taken.get(stem, 0) for stem in stems)
        for primes in dict.fromkeys((listed, 0 if _primes(node.name) else times)):
            yield _in_run(plain + "'" * primes, state.run)
        primed = plain if _primes(node.name) else plain + "'" * times
        said = (*([place.said] if place.said else ()), *([f"run {state.run}"] if state.run > 1 else ()))
        yield from (f"{primed} ({one})" for one in said)
        yield from (f"{primed} ({number})" for number in count(2))

    def _times(self, root: Expr, place: Place) -> int:
        """How many steps the quantity has seen: as many as the parameters below it."""
        if not place.state.taken:
            return 0
        for node in postorder(root, below=lambda node: () if (place, node) in self._touched else children(node)):
            if (place, node) not in self._touched:
                own = place.state.taken.get(node.name, 0) if isinstance(node, Var) else 0
                self._touched[place, node] = max([own, *(self._touched[place, part] for part in children(node))])
        return self._touched[place, root]

    def _depends(self, root: Expr, place: Place) -> bool:
        """Whether other inputs change the quantity."""
        for node in postorder(root, below=lambda node: () if (place, node) in self._inside else children(node)):
            if (place, node) not in self._inside:
                self._inside[place, node] = node in place.inputs or any(self._inside[place, part] for part in children(node))
        return self._inside[place, root]


def _same(known: tuple[int, Value | None], fresh: tuple[int, Value | None]) -> bool:
    """Whether one name would mean the same twice: the same number, or the same steps seen where there is none."""
    (times, value), (again, other) = known, fresh
    if times != again or value is None or other is None:
        return times == again
    if value.shape != other.shape:
        return False
    left, right = value.astype(np.float64), other.astype(np.float64)
    return bool(np.allclose(left, right, rtol=1e-9, atol=1e-12))


def _primes(name: Name) -> int:
    """How many steps an updated parameter's own name speaks of."""
    plain = str(name)
    return len(plain) - len(plain.rstrip("'"))


def _in_run(name: str, run: int) -> str:
    return name if run == 1 or not name.endswith("'") else f"{name} (run {run})"
