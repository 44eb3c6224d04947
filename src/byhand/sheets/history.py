"""What parameters were on the way: after so many steps, each is a quantity of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, intern
from byhand.lang.names import Updated
from byhand.run.bind import Value
from byhand.sheets.solution import State


@dataclass(frozen=True, slots=True)
class Past:
    """An updated parameter: the line that made it, its number if there is one, the state in which the step was taken."""

    made: Named
    value: Value | None
    before: State


@dataclass(slots=True)
class History:
    """All updated parameters by their primed names."""

    known: dict[Updated, Past] = field(default_factory=dict[Updated, Past])

    def variable(self, name: Updated, data: dict[str, Value]) -> Var | None:
        """The quantity that a primed name stands for in formulas, which no other step changes; its number joins the data."""
        past = self.known.get(name)
        if past is None:
            return None
        if past.value is not None:
            data[str(name)] = past.value
        return intern(Var, str(name), past.made.shape, frozenset())

    def computed(self, name: Updated, quantity: Expr | None, taken: int) -> Named | None:
        """The same for a formula's value, of which only the newest is there; ``ByhandError`` for another one."""
        if taken and taken != name.times:
            raise ByhandError(passed(name, quantity, taken))
        return quantity if taken and isinstance(quantity, Named) else None

    def newest(self, variable: Var, taken: Mapping[str, int]) -> str | None:
        """The name that means the same as this quantity by now; ``ByhandError`` where steps have changed it since."""
        name = unprimed(variable.name)
        if name is None or name not in self.known:
            return None
        if taken.get(name.name, 0) != name.times:
            raise ByhandError(f"a claim is about all values, and {name} is one value of {name.name}, with other steps after it: ask for its number instead.")
        return name.name

    def forget(self, name: str) -> list[str]:
        """Drop all that is known of a parameter or state; the names of the quantities it was on the way."""
        gone = [one for one in self.known if one.name == name]
        for one in gone:
            del self.known[one]
        return [str(one) for one in gone]


def unprimed(name: str) -> Updated | None:
    """A name that ends with primes taken apart."""
    stem = name.rstrip("'")
    return Updated(stem, len(name) - len(stem)) if stem != name else None


def passed(name: Updated, quantity: Expr | None, taken: int) -> str:
    """Why nothing has this primed name after so many steps."""
    wanted, so_far = _steps(name.times), _steps(taken) if taken else "no step"
    if isinstance(quantity, Named) and taken > name.times:
        return f"{name} is {name.name} after {wanted}, and {so_far} have been taken by now: ask for it right after step {name.times}."
    mends = "take more steps before" if taken else f"put step(…, [{name.name}], rate=…) before"
    return f"{name} is {name.name} after {wanted}, but {so_far} so far changed it; {mends}."


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"
