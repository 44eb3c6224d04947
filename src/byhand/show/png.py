"""A picture as PNG, by the compiler that the ``typst`` package brings (extra ``pdf``): it reads our SVG and draws it with fonts of its own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from byhand.show.picture import Picture
from byhand.show.svg import svg

DOTS = 192.0
"""Dots an inch: twice those of a screen."""


def png(picture: Picture) -> bytes:
    """The bytes of a PNG file, light."""
    page = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("picture.svg")\n'
    with TemporaryDirectory() as folder:
        (Path(folder) / "picture.svg").write_text(svg(picture), encoding="utf-8")
        compiler = typst.Compiler(page, root=folder, package_path=folder, package_cache_path=folder)
        found = compiler.compile(format="png", ppi=DOTS)
    assert isinstance(found, bytes)
    return found
