"""YAML, read event by event: only texts, lists and mappings exist in it, the text of each number is kept, aliases and tags are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from byhand.check.answers.digits import decimal
from byhand.check.answers.entry import HandIn, Unread
from byhand.check.answers.json_file import Object, of_tree
from byhand.check.answers.limits import MAX_DEPTH, MAX_TEXT, MAX_YAML, short
from byhand.check.answers.written import numbers
from byhand.lang.errors import ByhandError

try:
    import yaml
except ImportError:  # an extra: everything but YAML is read without it
    yaml = None

_MISSING = "reading YAML needs the package PyYAML: pip install 'byhand[yaml]'."


def hand_ins(text: str, person: str) -> Iterator[HandIn]:
    """The hand-ins of a YAML text, one or several documents."""
    try:
        documents = _documents(text)
    except ByhandError as problem:
        yield HandIn(person, (), (problem.message,))
        return
    for number, one in enumerate(documents, start=1):
        yield from of_tree(one, person if len(documents) == 1 else f"{person} {number}")


def _documents(text: str) -> list[Any]:
    if yaml is None:
        raise ByhandError(_MISSING)
    if len(text) > MAX_TEXT:
        raise ByhandError(f"a YAML text of {len(text):,} characters is refused; the limit is {MAX_TEXT:,}.")
    if text.count(":") + text.count(",") + text.count("\n-") > MAX_YAML or text.count("[") + text.count("{") > MAX_YAML:
        raise ByhandError(f"a YAML text with more than {MAX_YAML:,} values is refused.")
    try:
        return _Builder(text).documents()
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise ByhandError(f"the YAML cannot be read{where}: {getattr(problem, 'problem', None) or 'it is not well formed'}.") from None


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read; where it begins in the text; the key that waits for its value."""

    is_mapping: bool
    start: int
    items: list[Any] = field(default_factory=list[Any])
    pairs: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    text: str
    stack: list[_Open] = field(default_factory=list[_Open])
    found: list[Any] = field(default_factory=list[Any])
    count: int = 0

    def documents(self) -> list[Any]:
        assert yaml is not None
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one is there where PyYAML was built with libyaml
        for event in yaml.parse(self.text, Loader=loader):
            self._take(event)
        return self.found

    def _take(self, event: Any) -> None:
        assert yaml is not None
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise ByhandError(f"the YAML has a tag ({short(tag)}), which is refused.")
        match event:
            case yaml.AliasEvent():
                raise ByhandError("the YAML has an alias (*…), which is refused; write the answer out.")
            case yaml.ScalarEvent():
                self._count()
                self._put(_scalar(event.value, event.implicit[0]))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._count()
                self.stack.append(_Open(isinstance(event, yaml.MappingStartEvent), event.start_mark.index))
                if len(self.stack) > MAX_DEPTH:
                    raise ByhandError(f"the YAML is nested more than {MAX_DEPTH} deep, which is refused.")
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close(event.end_mark.index)
            case _:
                pass

    def _count(self) -> None:
        self.count += 1
        if self.count > MAX_YAML:
            raise ByhandError(f"a YAML text with more than {MAX_YAML:,} values is refused.")

    def _close(self, end: int) -> None:
        one = self.stack.pop()
        self._put(Object(one.pairs) if one.is_mapping else self._list(one, self.text[one.start : end]))

    def _list(self, one: _Open, written: str) -> Any:
        """A list; as it was written where its items are none, as in [2; 7] and [2 7]."""
        odd = any(isinstance(item, str) for item in one.items)
        return written if odd and written[:1] == "[" and not isinstance(numbers(written), Unread) else one.items

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.found.append(value)
        elif not self.stack[-1].is_mapping:
            self.stack[-1].items.append(value)
        elif self.stack[-1].key is None:
            self.stack[-1].key = value if isinstance(value, str) else value[4] if isinstance(value, tuple) else str(value)
        else:
            self.stack[-1].pairs.append((self.stack[-1].key, value))
            self.stack[-1].key = None


def _scalar(value: str, is_plain: bool) -> Any:
    """A number with its digits, nothing, or text."""
    if not is_plain:
        return value
    if value in ("", "~", "null"):
        return None
    return decimal(value) or value
