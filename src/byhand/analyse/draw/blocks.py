"""What stands in the blocks of a diagram: names with their formulas, or what is done; and the size of what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from byhand.analyse.draw.boxes import Boxed
from byhand.analyse.draw.diagram import Block
from byhand.analyse.draw.flow import Link, Stage
from byhand.analyse.draw.sketch import Notation, defined
from byhand.lang.english import listed
from byhand.lang.expr import Var
from byhand.show.labels import line
from byhand.show.picture import Written
from byhand.show.tree import Member
from byhand.show.unicode import text_shape

WIDEST = 420.0
_SAID = {"sum": "added up", "product": "multiplied entry by entry", "concat": "joined one after another"}


def blocks(found: Sequence[Stage], how: Notation) -> list[Block]:
    """One block for each stage."""
    return [Block(tuple(_lines(stage, how)), tuple(dict.fromkeys(link.source for link in stage.links)), stage.kind == "input") for stage in found]


def gathered(found: Sequence[Stage], how: Notation) -> list[Stage]:
    """Stages without a name become part of the quantity they are computed for, where its formula says it all in one line.

    A formula with layers in it that is the only one is left in its pieces.
    """
    if sum(bool(stage.named) for stage in found) < 2 and any(stage.kind == "dense" for stage in found):
        return list(found)
    inside = {place: _inside(found, place) for place, stage in enumerate(found) if _says_all(stage, how)}
    gone = set[int]().union(*inside.values())
    while kept := {k for k in gone if not all(user in gone or user in inside for user in _users(found, k))}:
        gone -= kept
    fresh = list(found)
    for place, parts in inside.items():
        links = dict.fromkeys(link.source for k in sorted({*parts, place}) for link in found[k].links if link.source not in parts)
        fresh[place] = replace(fresh[place], links=[Link(source) for source in links], spanning=set())
        for source in links:
            fresh[source] = replace(fresh[source], told=len(found[source].functions))
    left = [k for k in range(len(found)) if k not in gone]
    places = {k: place for place, k in enumerate(left)}
    return [replace(fresh[k], links=[Link(places[link.source], link.weight) for link in fresh[k].links]) for k in left]


def _says_all(stage: Stage, how: Notation) -> bool:
    """Whether the names of a stage tell in one line what is computed from stages further back."""
    return bool(stage.spanning) and all(isinstance(defined(name, how, WIDEST), tuple) for name in stage.spanning)


def _inside(found: Sequence[Stage], place: int) -> set[int]:
    """The stages without names that a stage is made of."""
    inside: set[int] = set()
    waiting = [link.source for link in found[place].links]
    while waiting:
        k = waiting.pop()
        if not found[k].named and found[k].kind != "input" and k not in inside:
            inside.add(k)
            waiting += [link.source for link in found[k].links]
    return inside


def _users(found: Sequence[Stage], place: int) -> list[int]:
    return [k for k, stage in enumerate(found) if any(link.source == place for link in stage.links)]


def _lines(stage: Stage, how: Notation) -> Iterator[Written]:
    value = stage.start if stage.kind == "input" else stage.tip
    if stage.kind == "input":
        if isinstance(value, Var):
            yield Member(how.name(value.name), value.shape, ())
        yield from (defined(name, how, WIDEST) for name in stage.named)
        return
    told = [defined(name, how, WIDEST) for name in stage.named if name not in stage.spanning]
    if len(told) < len(stage.named) or not any(isinstance(one, tuple) for one in told):
        yield from _doing(stage, how)
    yield from (how.name(name.name) for name in stage.named if name in stage.spanning)
    yield from told
    if told and stage.functions[stage.told :]:
        yield f"then {', '.join(stage.functions[stage.told :])}"
    if value.shape:
        yield text_shape(value.shape)


def _doing(stage: Stage, how: Notation) -> Iterator[Written]:
    """What a stage does, in words, with the parameters it takes."""
    takes = [link.weight.value for link in stage.links if link.weight is not None] + stage.biases + stage.takes
    said = "linear" if stage.kind == "dense" else _SAID.get(stage.kind, stage.did)
    listed = [piece for k, value in enumerate(takes) for piece in ((", " if k else ": "), how.formula(value))]
    yield (said, *listed) if listed else said
    if stage.functions:
        yield ", ".join(stage.functions)


def boxed(found: Sequence[Block], names: Sequence[str]) -> list[Boxed]:
    """The same for a terminal; a box that does not take from the one above alone says from which."""
    boxes: list[Boxed] = []
    for k, block in enumerate(found):
        lines = tuple(map(line, block.lines))
        if not block.sources:
            boxes.append(Boxed(lines))
        else:
            from_above = block.sources == (k - 1,)
            boxes.append(Boxed(lines, "" if from_above else f"from {listed([names[source] for source in block.sources])}"))
    return boxes


def names_of(found: Sequence[Stage], how: Notation) -> list[str]:
    """How to speak of each stage in a line: by its name, or as what it does."""
    names: list[str] = []
    for stage in found:
        value = stage.start if stage.kind == "input" else stage.tip
        named = value.name if isinstance(value, Var) else stage.named[-1].name if stage.named else None
        names.append(line(how.name(named)) if named is not None else stage.functions[-1] if stage.functions else stage.did or _linear(stage, how))
    return names


def _linear(stage: Stage, how: Notation) -> str:
    """linear Q"""
    weights = [line(how.formula(link.weight.value)) for link in stage.links if link.weight is not None]
    return f"linear {listed(weights)}" if weights else "linear"
