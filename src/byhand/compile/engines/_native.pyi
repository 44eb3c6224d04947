"""The extension in C (native/module.c): it may be absent."""

from typing import Any

from byhand.run.arrays import Array

def load(words: Array, bits: int, simd: str, gemm: int, /) -> Any: ...
def put(tape: Any, offset: int, array: Array, /) -> None: ...
def get(tape: Any, offset: int, array: Array, /) -> None: ...
def once(tape: Any, threads: int, /) -> None: ...
def epoch(
    tape: Any,
    data: tuple[tuple[Array, int, int, int], ...],
    order: Array,
    rates: Array,
    first: int,
    places: tuple[int, int, int],
    losses: Array,
    threads: int,
    kept: tuple[tuple[int, Array], ...] = ...,
    /,
) -> None: ...
def simd() -> list[str]: ...
