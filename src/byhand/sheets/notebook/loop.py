"""Many steps of one kind as a loop: what two rounds of statements have in common, told from their text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_STATEMENT = re.compile(r"(?:#[^\n]*\n)?(?P<name>\w+) = (?P<formula>.*)", re.DOTALL)
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_STEP = re.compile(r"(?:_new\d*|_\d+)+$")
_NUMBER = re.compile(r"-?\d+\.\d*")


@dataclass(slots=True)
class _Rounds:
    """Statements of two rounds by name and formula. ``carried``: which of them the next round starts from."""

    second: list[tuple[str, str]]
    third: list[tuple[str, str]]
    carried: dict[int, str] = field(default_factory=dict[int, str])
    counters: dict[int, float] = field(default_factory=dict[int, float])

    def agree(self) -> bool:
        """Whether the third round does with the names of the second what the second does with those of the first."""
        if len(self.second) != len(self.third):
            return False
        return all(self._alike(k) for k in range(len(self.third)))

    def _alike(self, k: int) -> bool:
        before, after = self.second[k][1], self.third[k][1]
        if _NUMBER.fullmatch(before) and _NUMBER.fullmatch(after):
            self.counters[k] = float(after) - float(before)
            return True
        words = list(zip(_WORD.findall(before), _WORD.findall(after)))
        return _WORD.sub("", before) == _WORD.sub("", after) and all(self._same(old, new) for old, new in words)

    def _same(self, old: str, new: str) -> bool:
        olds, news = [name for name, _ in self.second], [name for name, _ in self.third]
        if new in news:
            return old in olds and olds.index(old) == news.index(new)
        if new in olds:
            return self.carried.setdefault(olds.index(new), old) == old
        return old == new


@dataclass(frozen=True, slots=True)
class Loop:
    """``code`` goes on from the third round; ``ends``: under which identifier the loop leaves what a statement of the third round made."""

    code: str
    ends: dict[str, str]


def loop(second: Sequence[str], third: Sequence[str], count: int, fresh: Callable[[str], str]) -> Loop | None:
    """So many more rounds like the third one; ``None`` if it differs from the second in more than names."""
    rounds = _Rounds(_split(second), _split(third))
    if not rounds.agree() or not rounds.carried:
        return None
    names = [name for name, _ in rounds.third]
    kept = sorted({*rounds.carried, *rounds.counters})
    now = {k: fresh(f"{_STEP.sub('', name)}_now") for k, name in enumerate(names)}
    made = {k: fresh(f"{_STEP.sub('', name)}_next") if k in kept else now[k] for k, name in enumerate(names)}
    put = {name: made[k] for k, name in enumerate(names)} | {rounds.second[k][0]: now[k] for k in kept}
    body = [f"{made[k]} = {_formula(rounds, k, now, put)}" for k in range(len(names))]
    body.append(f"{', '.join(now[k] for k in kept)} = {', '.join(made[k] for k in kept)}")
    start = f"{', '.join(now[k] for k in kept)} = {', '.join(names[k] for k in kept)}"
    inside = "\n".join(body).replace("\n", "\n    ")
    code = f"# the other {count} steps, each like the one before\n{start}\nfor _ in range({count}):\n    {inside}"
    return Loop(code, {name: now[k] for k, name in enumerate(names)})


def _split(statements: Sequence[str]) -> list[tuple[str, str]]:
    return [(found["name"], found["formula"]) for statement in statements if (found := _STATEMENT.fullmatch(statement))]


def _formula(rounds: _Rounds, k: int, now: dict[int, str], put: dict[str, str]) -> str:
    if k in rounds.counters:
        return f"{now[k]} + {rounds.counters[k]}"
    return _WORD.sub(lambda word: put.get(word[0], word[0]), rounds.third[k][1])
