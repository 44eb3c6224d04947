"""NPY and NPZ files. Nothing in them is ever run, and what they say of their size is looked at before it is believed."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import shape_text
from byhand.train.data.limits import Array, memory, reason, size_text
from byhand.train.data.stores import Mapped, mapped

_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)
"""What is raised on reading a zip file of which a byte is another."""
_MOST_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class _Header:
    """What an array says of itself before its numbers."""

    shape: tuple[int, ...]
    columns_first: bool
    dtype: np.dtype[Any]
    offset: int

    @property
    def bytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


def npy(path: Path) -> Mapped | Array:
    """The array of a file, mapped into memory; an array without entries has nothing to be mapped."""
    with path.open("rb") as file:
        found = _header(file, path.name)
        there = path.stat().st_size - found.offset
    if found.bytes > there:
        raise ByhandError(f"{path.name} ends early: it says that it has {size_text(found.bytes)} of numbers, and has {size_text(there)}; fetch it again.")
    if not found.bytes:
        return np.empty(found.shape, found.dtype)
    return mapped(path, found.shape, found.dtype, found.offset, found.columns_first)


class Archive:
    """The arrays of an NPZ file by name, each read when it is asked for."""

    __slots__ = ("_archive", "_read", "name", "shapes")

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._archive = zipfile.ZipFile(path)
        except _DAMAGED:
            raise ByhandError(f"{path.name} is not a whole NPZ file: fetch it again.") from None
        members = [one for one in self._archive.namelist() if one.endswith(".npy")]
        if not members:
            if any(one.startswith(("xl/", "[Content_Types]")) for one in self._archive.namelist()):
                raise ByhandError(f"{path.name} is a workbook of a spreadsheet: save its table as CSV.")
            raise ByhandError(f"{path.name} is a zip file without arrays in it: NPZ files are made by numpy.savez.")
        if len(members) > _MOST_MEMBERS:
            raise ByhandError(f"{path.name} has {len(members):,} arrays; more than {_MOST_MEMBERS:,} are refused.")
        self._read = 0
        self.shapes: Mapping[str, tuple[int, ...]] = {one.removesuffix(".npy"): self._shape(one) for one in members}

    def close(self) -> None:
        """The file is let go of."""
        self._archive.close()

    def read(self, key: str) -> Array:
        """One array; ``ByhandError`` where it is damaged, larger than memory, or holds Python objects."""
        try:
            with self._archive.open(f"{key}.npy") as file:
                found = _header(file, f"{key} in {self.name}")
            self._read += found.bytes
            if self._read > memory():
                size = size_text(self._read)
                raise ByhandError(f"the arrays of {self.name} take {size}, more than there is memory: save them as NPY, which is read in pieces.")
            with self._archive.open(f"{key}.npy") as file:
                return np.lib.format.read_array(file, allow_pickle=False)
        except _DAMAGED as problem:
            raise _said(problem, key, self.name) from None

    def _shape(self, member: str) -> tuple[int, ...]:
        try:
            with self._archive.open(member) as file:
                return _header(file, f"{member.removesuffix('.npy')} in {self.name}", objects=True).shape
        except _DAMAGED as problem:
            raise _said(problem, member.removesuffix(".npy"), self.name) from None


def _said(problem: Exception, key: str, name: str) -> ByhandError:
    return problem if isinstance(problem, ByhandError) else ByhandError(f"{key} in {name} cannot be read ({reason(problem)}): save the file again.")


def _header(file: IO[bytes], what: str, objects: bool = False) -> _Header:
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ByhandError(f"{what} is of version {version[0]}.{version[1]} of NumPy's format; 1.0 and 2.0 are read: save it without names of fields.")
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, columns_first, dtype = reader(file)
    except ByhandError:
        raise
    except (ValueError, SyntaxError, TokenError, TypeError, KeyError, EOFError, OverflowError, RecursionError) as problem:  # the header is a literal of Python
        raise ByhandError(f"{what} is no array that NumPy wrote ({reason(problem)}): save it again.") from None
    if dtype.hasobject and not objects:
        raise ByhandError(f"{what} holds Python objects, which may run anything and are not read from files: save numbers or texts.")
    if any(size < 0 for size in shape):
        raise ByhandError(f"{what} says that its shape is {shape_text(shape)}: save it again.")
    return _Header(shape, columns_first, dtype, file.tell())
