"""Which columns of a table are features and which is the target, by name or by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from byhand.lang.english import listed
from byhand.lang.errors import ByhandError
from byhand.train.data.limits import quoted

Column: TypeAlias = str | int
"""A column by its name; as a text of digits by its number from 1; as an int by its index from 0, negative from the end."""
TARGET_NAMES = ("target", "label", "class", "y", "labels", "classes", "targets", "t")
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Roles:
    """Numbers of columns from 0."""

    features: tuple[int, ...]
    target: tuple[int, ...]
    remarks: tuple[str, ...] = ()


def roles(
    name: str,
    names: Sequence[str] | None,
    width: int,
    target: Column | Sequence[Column] | None,
    features: Sequence[Column] | None,
    labelled: bool,
    ignored: frozenset[int] = frozenset(),
) -> Roles:
    """What each column is for. ``names`` are those of the header, if there is one; ``labelled`` says whether a target is needed."""
    remarks: tuple[str, ...] = ()
    nameless = features if names is None and features is not None and not any(isinstance(one, int) or _digits(one) for one in features) else None
    if nameless and len(nameless) == width - 1 and isinstance(target, str) and not _digits(target):
        target = None
    if not labelled:
        wanted: tuple[int, ...] = ()
    elif target is not None:
        wanted = _found(name, names, width, target)
    else:
        wanted, remarks = _default(name, names, width, ignored, None if nameless else features)
    if nameless and len(nameless) == width - len(wanted):
        features, remarks = None, (*remarks, f"The columns of {name} have no names; they are taken in the order of {nameless[0]}, …, {nameless[-1]}.")
    inputs = tuple(_one(name, names, width, one) for one in features) if features is not None else ()
    if both := sorted(set(inputs) & set(wanted)):
        raise ByhandError(f"{column_text(both[0], names)} of {name} cannot be a feature and the target: leave it out of the features.")
    if not inputs:
        inputs = tuple(k for k in range(width) if k not in wanted and k not in ignored)
    if not inputs:
        raise ByhandError(f"{name} has no columns of features: {'it has the target alone' if wanted else 'it is empty'}; add columns of numbers.")
    return Roles(inputs, wanted, remarks)


def _digits(column: str) -> str:
    """The number that a column goes by where it has no name; empty for a name."""
    digits = column.strip().removeprefix("column ")
    return digits if digits.removeprefix("-").isdecimal() and int(digits) else ""


def column_text(k: int, names: Sequence[str] | None) -> str:
    """``column 3 (petal length)``, from 1."""
    said = f"column {k + 1}"
    return f"{said} ({names[k]})" if names is not None and k < len(names) and names[k] not in ("", said) else said


def unique(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of which each stands once, later ones with their number, and a remark if there were any."""
    seen: set[str] = set()
    found: list[str] = []
    for k, name in enumerate(names):
        found.append(f"column {k + 1}" if not name else f"{name} (column {k + 1})" if name in seen else name)
        seen.add(name)
    twice = [name for name in dict.fromkeys(names) if name and list(names).count(name) > 1] if len(seen) < len(names) else []
    if not twice:
        return tuple(found), ()
    return tuple(found), (f"The name {listed(quoted(one) for one in twice[:3])} stands over several columns; later ones go by their number.",)


def _found(name: str, names: Sequence[str] | None, width: int, target: Column | Sequence[Column]) -> tuple[int, ...]:
    if isinstance(target, (str, int)):
        if isinstance(target, str) and "," in target and target not in (names or ()):
            return tuple(_one(name, names, width, one.strip()) for one in target.split(","))
        if twice := [k for k, one in enumerate(names or ()) if one.startswith(f"{target} (column ") and target in (names or ())]:
            said = listed(str(k + 1) for k in [list(names or ()).index(str(target)), *twice])
            raise ByhandError(f"{name} has {len(twice) + 1} columns called {quoted(str(target))}: say which by its number, {said}.")
        return (_one(name, names, width, target),)
    return tuple(_one(name, names, width, one) for one in target)


def _one(name: str, names: Sequence[str] | None, width: int, column: Column) -> int:
    if isinstance(column, int):
        if not -width <= column < width:
            raise ByhandError(f"{name} has no column of index {column}: it has {width}, from 0 to {width - 1}.")
        return column % width
    fitting = [k for k, one in enumerate(names or ()) if one == column] or [k for k, one in enumerate(names or ()) if one.lower() == column.lower()]
    if len(fitting) > 1:
        raise ByhandError(f"{name} has {len(fitting)} columns called {quoted(column)}: say which by its number, {listed(str(k + 1) for k in fitting)}.")
    if fitting:
        return fitting[0]
    if digits := _digits(column):
        k = int(digits)
        if abs(k) > width:
            raise ByhandError(f"{name} has no column {k}: it has {width}.")
        return k - 1 if k > 0 else width + k
    raise ByhandError(f"{name} has no column called {quoted(column)}{_instead(names, width, column)}")


def _instead(names: Sequence[str] | None, width: int, column: str) -> str:
    if names is None:
        return f": its columns have no names; say which by its number, 1 to {width}."
    near = get_close_matches(column, names, 1)
    shown = [quoted(one) for one in names[:_LISTED]] + (["…"] if len(names) > _LISTED else [])
    return f"; did you mean {quoted(near[0])}?" if near else f": it has {', '.join(shown)}."


def _default(
    name: str, names: Sequence[str] | None, width: int, ignored: frozenset[int], features: Sequence[Column] | None
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    for wanted in TARGET_NAMES:
        fitting = [k for k, one in enumerate(names or ()) if one.lower() == wanted and k not in ignored]
        if len(fitting) == 1:
            return (fitting[0],), (f"The target is {column_text(fitting[0], names)}.",)
    taken = {_one(name, names, width, one) for one in features} if features is not None else set[int]()
    free = [k for k in range(width) if k not in ignored and k not in taken]
    if not free:
        raise ByhandError(f"{name} has no column left for the target: say which it is.")
    return (free[-1],), (f"The target is the last column, {column_text(free[-1], names)}.",)
