"""How devices are laid out: some share the samples of a batch, some share wide layers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from byhand.lang.errors import ByhandError

DATA, MODEL = "data", "model"
"""The axes of a mesh: devices along ``data`` have different samples, devices along ``model`` different parts of wide layers."""
MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Mesh:
    """``data`` times ``model`` devices."""

    data: int = 1
    model: int = 1

    @property
    def devices(self) -> int:
        return self.data * self.model

    def __str__(self) -> str:
        return f"{DATA}={self.data},{MODEL}={self.model}"


def read_mesh(text: str | None, devices: int) -> Mesh:
    """Read ``data=2,model=2``; what is left out is 1, and with nothing said all devices share the samples.

    Raises ``ByhandError`` for anything else, and for a mesh that has not as many places as there are devices.
    """
    if text is None or not text.strip():
        return Mesh(devices)
    found: dict[str, int] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(data|model)\s*=\s*([0-9]{1,7})\s*", part)
        if match is None or match[1] in found or not 1 <= int(match[2]) <= MOST:
            raise ByhandError(f"cannot read the mesh {text[:60]!r}: it is written data=2,model=2, each at most once, with whole numbers from 1.")
        found[match[1]] = int(match[2])
    mesh = Mesh(found.get(DATA, 1), found.get(MODEL, 1))
    if mesh.devices != devices:
        raise ByhandError(f"the mesh {text.strip()} has {mesh.devices} places, and there are {devices} devices: the product has to be {devices}.")
    return mesh


def check_batch(batch: int, mesh: Mesh) -> None:
    """``ByhandError`` for a batch that the devices along ``data`` cannot share evenly."""
    if batch % mesh.data:
        less, more = batch // mesh.data * mesh.data, -(-batch // mesh.data) * mesh.data
        advice = f"{less} or {more}" if less else str(more)
        raise ByhandError(f"a batch of {batch} samples cannot be shared evenly by {mesh.data} devices: take a batch of {advice}.")
