"""Data ready to be trained on: features, a target, and what was found out on reading them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from byhand.lang.sizes import shape_text
from byhand.train.data.limits import Array
from byhand.train.data.stores import Store, blocks, shape_of, whole

Label: TypeAlias = str | int | bool
"""What a class is called."""
_SHOWN = 4


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Samples as rows.

    ``stores`` has the features (rows, …) by name, mostly one array; ``target`` is (rows,) codes of classes in int32, or numbers (rows,) or
    (rows, k) in float64, or ``None``; code k stands for ``classes[k]``. ``columns`` names the columns of a single array (rows, columns).
    ``remarks`` are sentences for the echo: how the file was read, and what was decided.
    """

    name: str
    stores: Mapping[str, Store]
    target: Array | None = None
    target_name: str | None = None
    columns: tuple[str, ...] = ()
    classes: tuple[Label, ...] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many samples."""
        return shape_of(self.store)[0]

    @property
    def store(self) -> Store:
        """Where the features are; the first array where there are several."""
        return next(iter(self.stores.values()))

    @property
    def features(self) -> Array:
        """(rows, …), mapped into memory where it came from a large NPY file."""
        return whole(self.store)

    def blocks(self, name: str | None = None) -> Iterator[Array]:
        """The features, or those of one name, piece by piece from front to end."""
        return (block for _, block in blocks(self.store if name is None else self.stores[name]))

    def describe(self) -> str:
        """One line: ``1797 rows, 64 features, 10 classes: 0…9``."""
        return ", ".join([f"{self.rows} row{'s' * (self.rows != 1)}", _features(self.stores), *([] if self.target is None else [_target(self)])])

    def with_remarks(self, *sentences: str) -> Table:
        """Sentences for the echo added."""
        return replace(self, remarks=(*self.remarks, *sentences))


def class_text(classes: tuple[Label, ...]) -> str:
    """0…9 for numbers in a row, else names, the middle of a long list left out."""
    if len(classes) > 2 and not any(isinstance(one, (str, bool)) for one in classes) and list(classes) == list(range(int(classes[0]), int(classes[-1]) + 1)):
        return f"{classes[0]}…{classes[-1]}"
    names = [str(one) if len(str(one)) <= 40 else str(one)[:39] + "…" for one in classes]
    return ", ".join(names if len(names) <= 2 * _SHOWN else [*names[:_SHOWN], "…", names[-1]])


def _features(stores: Mapping[str, Store]) -> str:
    if len(stores) > 1:
        return " and ".join(f"{name} of shape {shape_text(shape_of(store)[1:])}" for name, store in stores.items())
    dims = shape_of(next(iter(stores.values())))[1:]
    count = dims[0] if len(dims) == 1 else 1
    return f"features of shape {shape_text(dims)}" if len(dims) > 1 else f"{count} feature{'s' * (count != 1)}"


def _target(table: Table) -> str:
    if table.classes is not None:
        return f"{len(table.classes)} class{'es' * (len(table.classes) != 1)}: {class_text(table.classes)}"
    assert table.target is not None
    many = table.target.shape[1] if table.target.ndim > 1 else 1
    of = f" ({table.target_name})" if table.target_name and many == 1 else ""
    return f"{many} target{'s' * (many != 1)}{of}"
