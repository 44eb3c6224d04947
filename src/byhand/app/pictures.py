"""Pictures of a Markdown page in files of their own: most Markdown viewers show no picture that stands in the page itself."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from urllib.parse import quote

from byhand.app.files import deliver

_INSIDE = re.compile(r"(?<=\]\()data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)(?=\))")


def pictures_beside(page: str | bytes, to: str, output: Path | None) -> str | bytes:
    """The page with links to its pictures, which are written beside the file it goes to: page-1.svg, page-2.svg, …

    Pages that go to the terminal or to a pipe, and those of other forms, keep their pictures inside.
    """
    if to != "md" or output is None or isinstance(page, bytes) or (output.exists() and not output.is_file()):
        return page
    count = 0

    def beside(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        name = f"{output.stem}-{count}.svg"
        deliver(b64decode(found[1]), output.with_name(name))
        return quote(name)

    return _INSIDE.sub(beside, page)
