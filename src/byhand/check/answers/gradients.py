"""The ways in which people write a gradient: dW1, ∂L/∂W₁, grad_W1, ∇_{W1} L and others."""

from __future__ import annotations

import re
from collections.abc import Iterator

_D = r"(?:d|∂|partial |D)"
_WORD = r"(?:[gG]rad(?:ient)?|nabla|∇)"
_WITH = r"(?: by | over | wrt | w\.r\.t\.? | with respect to | nach | par rapport à )"
_DERIVATIVE = r"(?:[gG]rad(?:ient)?|(?:[pP]artial |[pP]artielle )?(?:[dD]erivative|[dD]érivée|[aA]bleitung)|[dD]érivée partielle)"
_OF = r"(?: (?:of|von|der|des|de|du|d'))(?: (?:the|la|le))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_D}\s?\(?(?P<of>[^/()]+?)\)?\s?/\s?{_D}\s?(?P<wrt>[^/]+)",
        rf"{_D}\s?(?P<of>[^/ ]+?){_WITH}{_D}?\s?(?P<wrt>[^/]+)",
        rf"{_D}(?P<of>[^/_ ]+?)_{_D}(?P<wrt>[^/]+)",
        rf"{_WORD}(?: of | von | )?\(?(?P<of>[^/ ,()]+?)(?:{_WITH}|,|\s)\s?(?P<wrt>[^/()]+)\)?",
        r"∇_?\{(?P<wrt>[^{}]+)\}\s?\(?(?P<of>[^/()]*)\)?",
        r"∇_?(?P<wrt>[^/{}() ]+)[ (]+(?P<of>[^/() ]+)\)?",
        r"∇(?P<of>[^/() ]+)\((?P<wrt>[^/()]+)\)",
        rf"{_WORD}[ _]?(?:of |von |wrt |w\.r\.t\.? )?\(?(?P<wrt>[^/() ]+)\)?",
        rf"(?:[tT]he |[dD]ie |[dD]er |[lL]a |[lL]e )?{_DERIVATIVE}(?:{_OF} (?P<of>[^/ ,()]+?))?{_WITH}(?P<wrt>[^/]+)",
        rf"(?:[tT]he |[dD]ie |[dD]er |[lL]a |[lL]e )?{_DERIVATIVE}{_OF} (?P<wrt>[^/ ]+)",
        rf"{_WORD}_(?P<of>[^/_ ]+)_(?P<wrt>[^/ ]+)",
        r"(?P<wrt>[^/ ]+?)[ _.]?(?:[gG]rad(?:ient)?|_bar)",
        rf"{_D}[_ ]?(?P<wrt>[^/ ]+)",
        r"[gG]_?(?P<wrt>[^/ ]+)",
    )
)


def written_gradients(name: str) -> Iterator[tuple[str, str]]:
    """What a clean name could be the gradient of, and by what; the first is empty where the name does not say."""
    for form in _FORMS:
        found = form.fullmatch(name)
        if found is not None:
            of = found.groupdict().get("of") or ""
            yield of.strip(" _{}"), _bare(found["wrt"])
    yield from _run_together(name)


def _bare(wrt: str) -> str:
    wrt = wrt.strip()
    return wrt[1:-1] if (wrt[:1], wrt[-1:]) in (("(", ")"), ("{", "}")) else wrt


def _run_together(name: str) -> Iterator[tuple[str, str]]:
    """dLdW1 and ∇W1L, cut wherever that is possible."""
    if len(name) > 40:
        return
    if name[:1] in ("d", "∂"):
        yield from ((name[1:k], name[k + 1 :]) for k in range(2, len(name) - 1) if name[k] == name[0])
    if name[:1] == "∇":
        rest = name[1:].lstrip("_")
        yield from ((rest[k:].strip("{} ()"), rest[:k].strip("{} ()")) for k in range(len(rest) - 1, 0, -1))


_SECONDS = tuple(
    re.compile(form)
    for form in (
        r"[d∂]\^?\{?2\}?(?P<of>[^/]*?)/\(?[d∂](?P<wrt>[^/]+?)\)?\^?\{?2\}?",
        r"[d∂]\^?\{?2\}?(?P<of>[^/]*?)/[d∂](?P<wrt>[^/∂]+?)\s?[d∂](?P=wrt)(?:\^?T)?",
        r"∇_?\{?(?P<wrt>[^{}^]*)\}?\^\{?2\}?_?\{?(?P=wrt)\}?(?P<of>[^/{}_]*)",
    )
)


def written_seconds(name: str) -> Iterator[tuple[str, str]]:
    """What a clean name could be the second derivative of, and by what."""
    for form in _SECONDS:
        found = form.fullmatch(name)
        if found is not None:
            yield found["of"].strip(" _{}()"), found["wrt"].strip(" _{}()")
