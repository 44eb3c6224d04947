"""What a sheet says of its training, in its front matter under ``train:``; what it does not say is found in the formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from byhand.lang.errors import ByhandError

KEYS = ("inputs", "target", "parameters", "loss", "output", "given", "samples")
_EXAMPLES = {
    "inputs": "inputs: X",
    "target": "target: Y",
    "parameters": "parameters: W1, b1",
    "loss": "loss: L",
    "output": "output: P",
    "given": "given: lam",
    "samples": "samples: N",
}


@dataclass(frozen=True, slots=True)
class Front:
    """Names by the part they play; ``None`` where nothing is said. ``given``: other numbers, which training does not touch.

    ``samples``: the size letter of the samples, or ``one`` where the formulas are those of one sample. ``lines``: where each is said.
    """

    inputs: tuple[str, ...] | None = None
    target: str | None = None
    parameters: tuple[str, ...] | None = None
    loss: str | None = None
    output: str | None = None
    given: tuple[str, ...] | None = None
    samples: str | None = None


def front_of(text: str) -> Front:
    """What the lines below ``train:`` say; ``ByhandError`` with the line for what they cannot say."""
    found: dict[str, tuple[str, ...]] = {}
    for key, words, line in _settings(text):
        if key in found:
            raise ByhandError(f"train: {key} is said twice.", line)
        found[key] = words
    one = {key: words[0] for key, words in found.items() if key in ("target", "loss", "output", "samples")}
    return Front(found.get("inputs"), one.get("target"), found.get("parameters"), one.get("loss"), one.get("output"), found.get("given"), one.get("samples"))


def _settings(text: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    for number, line in _below(text):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if key not in KEYS:
            close = get_close_matches(key.lower(), KEYS, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise ByhandError(f"train: there is no setting {key[:40]!r}; there are {', '.join(KEYS)}.{meant}", number)
        words = tuple(word for word in re.split(r"[,\s]+", value) if word)
        if not colon or not words:
            raise ByhandError(f"train: {key} needs a name, as in {_EXAMPLES[key]}.", number)
        if len(words) > 1 and key in ("target", "loss", "output", "samples"):
            raise ByhandError(f"train: {key} is one name, as in {_EXAMPLES[key]}; {value[:60]!r} is several.", number)
        yield key, words, number


def _below(text: str) -> Iterator[tuple[int, str]]:
    """The indented lines below ``train:``, or what stands in braces behind it, without comments."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((k for k, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0) if lines[0].strip() == "---" else 0
    inside = False
    for number, line in enumerate(lines[1:end] if end else (), 2):
        said = re.split(r"(?:^|\s)#", line)[0].rstrip()
        if said and not said[0].isspace():
            name, _, rest = said.partition(":")
            inside = name.strip() == "train"
            if inside and rest.strip():
                yield from ((number, part) for part in _in_braces(rest.strip(), number))
        elif inside and said.strip():
            yield number, said.strip()


def _in_braces(text: str, line: int) -> list[str]:
    """``{inputs: X, parameters: W1, b1}``: a new setting starts where a word is followed by a colon."""
    if not (text.startswith("{") and text.endswith("}")):
        raise ByhandError("train: what it says stands below it, each on an indented line of its own, or in braces: {inputs: X, target: Y}.", line)
    return [part.strip(" ,") for part in re.split(r",\s*(?=\w+\s*:)", text[1:-1]) if part.strip()]
