"""What the first process tells the others, over the collectives of JAX: words, numbers and arrays.

The first process runs the loop; the others do with it what has to be done together. So there is one loop, and what it decides (when to
stop, how many steps at a time) cannot differ between processes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jax.experimental import multihost_utils

from byhand.run.arrays import Array

Arrays: TypeAlias = "Mapping[str, Array]"
_LENGTH = 8
_FRAME = 4096
"""Bytes of the first message of a word: most words fit into it."""


@dataclass(frozen=True, slots=True)
class Word:
    """``kind`` says what is to be done, with this text, these numbers and arrays."""

    kind: str
    text: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    arrays: Arrays = field(default_factory=dict[str, Array])


def tell(word: Word) -> None:
    """For the first process: every other one is waiting in ``hear``."""
    body = packed(word)
    whole = len(body).to_bytes(_LENGTH, "little") + body
    _shared(whole[:_FRAME], _FRAME)
    if len(whole) > _FRAME:
        _shared(whole[_FRAME:], _room(len(whole) - _FRAME))


def hear() -> Word:
    """For the others: the next word of the first process. Raises what JAX raises where a process is gone."""
    whole = _shared(b"", _FRAME)
    length = _LENGTH + int.from_bytes(whole[:_LENGTH], "little")
    if length > _FRAME:
        whole += _shared(b"", _room(length - _FRAME))
    return unpacked(whole[_LENGTH:length])


def _room(length: int) -> int:
    """A power of two, so that few programs are compiled for it."""
    return max(_FRAME, 1 << (length - 1).bit_length())


def _shared(own: bytes, room: int) -> bytes:
    """The bytes of the first process, with zeros behind them."""
    whole = np.zeros(room, dtype=np.uint8)
    whole[: len(own)] = np.frombuffer(own, dtype=np.uint8)
    found: Any = multihost_utils.broadcast_one_to_all(whole)
    return np.asarray(found, dtype=np.uint8).tobytes()


def packed(word: Word) -> bytes:
    """As bytes: a line of JSON about the arrays, then their entries."""
    arrays = {name: np.asarray(array, order="C") for name, array in word.arrays.items()}
    about = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    head = json.dumps({"kind": word.kind, "text": word.text, "numbers": dict(word.numbers), "arrays": about}).encode()
    return b"".join([head, b"\n", *(array.tobytes() for array in arrays.values())])


def unpacked(body: bytes) -> Word:
    """What ``packed`` made."""
    head, _, rest = body.partition(b"\n")
    told = json.loads(head)
    arrays: dict[str, Array] = {}
    at = 0
    for name, dtype, shape in told["arrays"]:
        kind = np.dtype(dtype)
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(rest, dtype=kind, count=count, offset=at).reshape(shape).copy()
        at += count * kind.itemsize
    return Word(told["kind"], told["text"], told["numbers"], arrays)
