"""A pair of plain functions, forward and backward, in any array library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from byhand.check.backward.caller import Answer, How, Layout, Numbers, Trouble, damage, one_line
from byhand.run.arrays import Array


def strided(value: Array) -> Array:
    """The same numbers, lying in memory in the order of the reversed axes."""
    return np.asfortranarray(value) if value.ndim > 1 else np.repeat(value, 2)[::2] if value.ndim else value


@dataclass(frozen=True)
class Pair:
    """``forward(*inputs)`` gives the value, or the value and what it keeps; ``backward(incoming, *inputs)``, or ``backward(incoming, kept)``, the gradients.

    They come as one array, in the order of the inputs, or by name, those of intermediates included. ``made``: an array of the library from one of
    NumPy, ``numbers``: the other way.
    """

    title: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    made: Callable[[Array], Any] = np.array
    numbers: Callable[[Any], Array] = np.asarray
    exposed: MutableMapping[str, Any] | None = None
    layouts: tuple[Layout, ...] = ("plain", "strided", "turned")
    partly: bool = False
    again: bool = True

    def __call__(self, inputs: Mapping[str, Numbers], incoming: Array, how: How) -> Answer:
        given = {name: self._array(value, how, "strided") if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
        arrays = {name: value for name, value in given.items() if isinstance(inputs[name], np.ndarray)}
        g = self._array(incoming, how, "strided", "turned")
        before = self._copies(arrays)
        try:
            out = self.forward(*given.values())
        except Exception as error:  # whatever a stranger's function raises is what is reported
            return Answer(trouble=Trouble("forward", one_line(error)))
        value, kept = (out[0], (out[1],)) if isinstance(out, tuple) and len(out) == 2 else (out, tuple(given.values()))
        after = self._copies(arrays)
        changed = damage(before, after, "forward")
        result = np.array(self.numbers(value))
        if result.shape != incoming.shape:
            return Answer(result, changed=changed)
        try:
            found = self._named(self.backward(g, *kept), list(inputs), how)
            again = self._named(self.backward(self._array(incoming, how, "strided", "turned"), *kept), list(inputs), how) if how.twice else None
        except Exception as error:
            return Answer(result, trouble=Trouble("backward", one_line(error)), changed=changed)
        old = self._array(incoming, how, "strided", "turned")
        changed += damage({**after, **self._copies({"": old})}, self._copies({**arrays, "": g}), "backward")
        return Answer(result, found, types=self._types(result, found, how), changed=changed, again=again)

    def _copies(self, arrays: Mapping[str, Any]) -> dict[str, Array]:
        return {name: self.numbers(value).copy() for name, value in arrays.items()}

    def _array(self, value: Array, how: How, *turned: Layout) -> Any:
        """An array of the library, transposed in memory for these layouts."""
        plain = value.astype(how.precision) if value.dtype.kind == "f" else value
        return self.made(strided(plain) if how.layout in turned else np.ascontiguousarray(plain).reshape(plain.shape))

    def _named(self, returned: Any, names: Sequence[str], how: How) -> dict[str, Array | None]:
        """Gradients by name, however they were returned: as many as there are inputs, or one for each input that needs one."""
        if isinstance(returned, Mapping):
            table = {str(name): value for name, value in returned.items()}
        else:
            parts = list(returned) if isinstance(returned, (tuple, list)) else [returned]
            wanted = [name for name in names if name in how.needs]
            if len(parts) not in (len(names), len(wanted)):
                raise ValueError(f"{len(parts)} gradients were returned for {len(names)} inputs")
            table = dict(zip(names if len(parts) == len(names) else wanted, parts))
        table |= self.exposed or {}
        return {name: None if value is None else np.array(self.numbers(value)) for name, value in table.items()}

    def _types(self, value: Array, found: Mapping[str, Array | None], how: How) -> dict[str, str]:
        types = {"": str(value.dtype), **{name: str(one.dtype) for name, one in found.items() if one is not None}}
        return {name: kind for name, kind in types.items() if kind != how.precision}
