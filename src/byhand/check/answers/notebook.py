"""A notebook as a file of text: what its cells say and show. Nothing in it is ever run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from byhand.check.answers import lines
from byhand.check.answers.code import Assigned, Cell, read_code
from byhand.check.answers.entry import Entry, HandIn, Numbers
from byhand.check.answers.json_file import Object, parsed
from byhand.check.answers.limits import MAX_CELL, MAX_CELLS, MAX_CODE, MAX_STATEMENTS, short
from byhand.check.answers.outputs import printed, shown
from byhand.check.answers.written import written


def hand_in(text: str, person: str) -> HandIn:
    """The answers of a notebook: literals in its code, what its outputs show, and the lines of its text."""
    if text.count('"cell_type"') > MAX_CELLS:
        return HandIn(person, (), (f"a notebook with more than {MAX_CELLS:,} cells is refused.",))
    tree = parsed(text)
    if isinstance(tree, str):
        return HandIn(person, (), (tree,))
    cells = _cells(tree)
    if cells is None:
        return HandIn(person, (), ("the notebook has no cells.",))
    reader = _Reader()
    for number, cell in enumerate(cells, start=1):
        reader.read(cell, number)
        if reader.count > MAX_STATEMENTS or reader.size > MAX_CODE:
            return HandIn(person, (), (f"a notebook with more than {MAX_STATEMENTS:,} answers or {MAX_CODE:,} characters is refused.",))
    return HandIn(person, reader.in_order(), (*reader.problems, *reader.computed()))


def _get(tree: Any, key: str) -> Any:
    return next((value for name, value in reversed(tree.pairs) if name == key), None) if isinstance(tree, Object) else None


def _cells(tree: Any) -> list[Any] | None:
    cells = _get(tree, "cells")
    if isinstance(cells, list):
        return cells
    sheets = _get(tree, "worksheets")
    return [cell for sheet in sheets for cell in (_get(sheet, "cells") or [])] if isinstance(sheets, list) else None


def _text(value: Any) -> str:
    """Text that a notebook keeps whole or line by line."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


@dataclass(slots=True)
class _Reader:
    """What has been found so far. ``hidden``: names whose last value was computed and has not been shown since; ``steps``: how often each was updated."""

    entries: dict[str, list[tuple[int, Entry]]] = field(default_factory=dict[str, "list[tuple[int, Entry]]"])
    count: int = 0
    hidden: dict[str, None] = field(default_factory=dict[str, None])
    steps: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[str] = field(default_factory=list[str])
    size: int = 0

    def read(self, cell: Any, number: int) -> None:
        source = _text(_get(cell, "source") or _get(cell, "input"))
        if len(source) > MAX_CELL:
            self.problems.append(f"cell {number} has {len(source):,} characters and is left out.")
            return
        self.size += len(source)
        match _get(cell, "cell_type"):
            case "markdown" | "raw":
                for entry in lines.entries(source, f"cell {number}"):
                    self._add(entry)
            case "code":
                self._code(source, _get(cell, "outputs"), number)
            case _:
                pass

    def _code(self, source: str, outputs: Any, number: int) -> None:
        code = read_code(source)
        if isinstance(code, str):
            self.problems.append(f"cell {number} cannot be read: {code}")
            code = Cell()
        for one in code.assigned:
            self._assigned(one, number)
        for entry in self._shown(code, outputs if isinstance(outputs, list) else [], number):
            self._show(entry)

    def _assigned(self, one: Assigned, number: int) -> None:
        """A literal is an answer; a value that is computed makes an earlier one out of date."""
        if one.updates:
            self.steps[one.name] = self.steps.get(one.name, 0) + 1
        if one.literal is None:
            if not one.updates:
                self._forget(one.name)
            self.hidden[one.name] = None
            return
        read = written(one.literal)
        if read is not None and isinstance(read.content, Numbers):
            self.hidden.pop(one.name, None)
            self._add(Entry(one.name, read.content, f"cell {number}", read.repairs, (), one.literal[:2000]))

    def _forget(self, name: str) -> None:
        self.entries.pop(name, None)

    def _shown(self, code: Cell, outputs: list[Any], number: int) -> Iterator[Entry]:
        place = f"cell {number}, output"
        for output in outputs:
            kind = _get(output, "output_type")
            text = _text(_get(output, "text")) if kind == "stream" else _text(_get(_get(output, "data"), "text/plain") or _get(output, "text"))
            if kind not in ("stream", "execute_result", "display_data", "pyout") or not text.strip() or len(text) > MAX_CELL:
                continue
            self.size += len(text)
            yield from printed(text, code.printed, place) if kind == "stream" else shown(text, code.last, place)

    def _show(self, entry: Entry) -> None:
        """What an output shows, under the name that it has after the updates so far."""
        self.hidden.pop(entry.name, None)
        if isinstance(entry.content, Numbers):
            entry = replace(entry, content=replace(entry.content, zeros_lost=True))
        times = self.steps.get(entry.name, 0)
        if not times:
            self._add(entry)
            return
        primed = entry.name + "'" * times
        repair = f"{entry.name} after its update in the code read as {primed}"
        self._add(replace(entry, name=primed, repairs=(*entry.repairs, repair)))

    def _add(self, entry: Entry) -> None:
        self.count += 1
        self.entries.setdefault(entry.name, []).append((self.count, entry))

    def in_order(self) -> tuple[Entry, ...]:
        return tuple(entry for _, entry in sorted((one for group in self.entries.values() for one in group), key=lambda one: one[0]))

    def computed(self) -> tuple[str, ...]:
        if not self.hidden:
            return ()
        names = ", ".join(short(name, 30) for name in list(self.hidden)[:20]) + (", …" if len(self.hidden) > 20 else "")
        return (f"computed in the code and not shown, so not read (notebooks are never run): {names}.",)
