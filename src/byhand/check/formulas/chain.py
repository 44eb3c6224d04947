"""A chain of equalities a = b = …: every link is a claim, and the first wrong one is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from byhand.check.formulas.checker import NOT_EQUAL, Checker, Own
from byhand.check.formulas.found import Found
from byhand.check.formulas.ground import names_in
from byhand.check.slips.mutation import Slips

MOST_LINKS = 60
_GOOD = ("right", "follows")


def check_chain(checker: Checker, name: str, links: Sequence[str], mutations: Slips, own: Own) -> Found:
    """What is found out about the last link, with the first link that is not equal to the one before it."""
    if not links or len(links) > MOST_LINKS:
        return Found("unread", message=f"a chain of {len(links):,} equalities is refused; the limit is {MOST_LINKS}." if links else "there is no formula.")
    if len(links) == 1:
        return _not_itself(checker.check(name, links[0], mutations, own), name)
    found = [checker.check(name, link, (), own) for link in links]
    if not any(one for one in found if _not_itself(one, name) is one):
        return _not_itself(found[-1], name)
    wrong = next((k for k, one in enumerate(found) if one.verdict == "wrong"), None)
    unread = [k for k, one in enumerate(found) if one.verdict in ("unread", "undecided")]
    if wrong is None:
        return _sound(found, unread, links)
    first = checker.check(name, links[wrong], mutations, own)
    return _broken(first, found, wrong, name, links)


def _not_itself(found: Found, name: str) -> Found:
    """A quantity is right for itself, and that answers nothing."""
    if found.verdict != "right" or found.expr is None or name not in names_in(found.expr):
        return found
    return replace(found, verdict="unread", certainty=None, message=f"{name} stands for itself here, so that nothing is said of how it is found.")


def _sound(found: Sequence[Found], unread: Sequence[int], links: Sequence[str]) -> Found:
    """No link is wrong: the last one counts, or the last that could be read."""
    last = found[-1]
    if last.verdict not in _GOOD:
        return replace(last, message=f"link {len(links)}, {_short(links[-1])}: {last.message}")
    remarks = tuple(f"link {k + 1}, {_short(links[k])}, was not compared: {found[k].message}" for k in unread)
    return replace(last, read_as=_all(found), remarks=(*last.remarks, *remarks))


def _broken(first: Found, found: Sequence[Found], wrong: int, name: str, links: Sequence[str]) -> Found:
    before = name if not wrong else _short(links[wrong - 1])
    said = f"link {wrong + 1} is the first wrong one: {_short(links[wrong])} is not equal to {before}"
    back = found[-1].verdict in _GOOD and wrong < len(links) - 1
    review = f"the chain goes wrong at link {wrong + 1} and comes back: its last link is right." if back else ""
    message = f"{said}, though the last link is right again" if back else said
    message = f"{message}; {first.message}" if first.message and not first.message.startswith(NOT_EQUAL) else message
    expr = found[-1].expr if found[-1].expr is not None else first.expr
    return replace(first, message=message, first_wrong_link=wrong, review=review, read_as=_all(found), expr=expr)


def _all(found: Sequence[Found]) -> str:
    return " = ".join(one.read_as or "…" for one in found)


def _short(text: str) -> str:
    return text.strip() if len(text.strip()) <= 60 else f"{text.strip()[:57]}…"
