"""A program as a Python function that a student could have written: NumPy, the sheet's own names, a comment with the formula of each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from byhand.compile.calls.planner import planned
from byhand.compile.export.breaking import assigned
from byhand.compile.export.jax_code import batch_letter, letters_of
from byhand.compile.export.jax_plan import Statement, statements
from byhand.compile.export.numpy_buffers import Buffers
from byhand.compile.export.numpy_terms import Words
from byhand.compile.export.said import comment, docstring, sentence, word_of, wrapped
from byhand.compile.export.text import WIDTH, Level, Writer, Written, listed
from byhand.compile.program import Program
from byhand.compile.step import TrainingStep
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly
from byhand.show.conventions import Conventions
from byhand.show.identifiers import Identifiers, identifier

TAKEN = frozenset({"np", "math", "step", "run", "epoch", "prepare", "dtype", "order", "rows", "losses", "rates", "first", "number"})


def numpy_code(
    what: Program | TrainingStep,
    *,
    title: str = "",
    batch: str | None = None,
    buffers: bool = False,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    conventions: Conventions | None = None,
) -> str:
    """A module with ``run`` for a program; with ``step`` and ``epoch`` for a step of training, whose samples are counted by the letter ``batch``.

    Plain code takes arrays of any lengths that fit. With ``buffers`` it is the calls that the NumPy engine makes: every result goes into an
    array that is there already, for the sizes that ``sizes`` gives to all letters and numbers of type ``dtype``. Raises ``ByhandError``
    for a size letter without a number.
    """
    program = what if isinstance(what, Program) else what.program
    step = what if isinstance(what, TrainingStep) else None
    module = _Module(program, conventions or Conventions(gradients="partial", names=frozenset(one.name for one in program.inputs)), step)
    letter = batch if batch is not None else batch_letter(step) if step is not None else ""
    return module.buffered(title, letter, sizes or {}, dtype) if buffers else module.plain(title, letter)


@dataclass(slots=True)
class _Module:
    """``names``: the identifiers of values; ``letters``: those of sizes; ``words``: NumPy's words for things."""

    program: Program
    conventions: Conventions
    step: TrainingStep | None
    identifiers: Identifiers = field(default_factory=Identifiers)
    names: dict[int, str] = field(default_factory=dict[int, str])
    letters: dict[str, str] = field(default_factory=dict[str, str])
    texts: dict[int, Written] = field(default_factory=dict[int, Written])
    words: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        self.identifiers.taken |= TAKEN | {"sigmoid", "erf", "beyond", "added", "widened", "inverse", "solution", "strided"}
        for variable, place in self.program.inputs.items():
            self._call(place, identifier(variable.name))

    def _call(self, place: int, wanted: str) -> str:
        self.names[place] = self.identifiers.fresh(wanted)
        self.texts[place] = Written(self.names[place], Level.ATOM)
        return self.names[place]

    # ------------------------------------------------------------------------------------------- modules

    def plain(self, title: str, batch: str) -> str:
        """The module in which every line makes a new array."""
        found = [Statement(one.line, self.words.of(one.term)) for one in statements(self.program)]
        letters = sorted({letter for one in found for letter in letters_of(one.term)})
        self.letters = {letter: self.identifiers.fresh(identifier(letter)) for letter in letters}
        body = [*self._sizes(), *(line for one in found for line in self._statement(one))]
        name = "run" if self.step is None else "step"
        code = [listed(f"def {name}(", [*self._arguments(), *self._unbound()], "):"), *self._said(), *body, self._returned()]
        helpers = [line for source in self.words.needed for line in ("", "", source.strip())]
        uses = any("np." in line for line in (*body, *helpers))
        return "\n".join([*self._head(title, helpers, uses), *helpers, "", "", *code, *self._epoch(batch), ""])

    def buffered(self, title: str, batch: str, sizes: Mapping[str, int], dtype: str) -> str:
        """The module in which every line writes to an array that is there."""
        plan = planned(self.program, sizes)
        made = Buffers(self.program, plan, self.identifiers, self.names, self.conventions)
        body = made.lines()
        name = "run" if self.step is None else "step"
        counts = [f"{letter} = {count}" for letter, count in sorted(sizes.items())]
        inner = [listed(f"def {name}(", self._arguments(), "):", "    "), *body, *made.ending("        ")]
        said = docstring([f"Arrays for {', '.join(counts)}, and the function that works in them." if counts else "Arrays, and the function in them."], "    ")
        code = [f"def prepare(dtype=np.{dtype}):", *said, *made.rooms(), "", *inner, "", f"    return {name}"]
        helpers = [line for source in made.helpers() for line in ("", "", source.strip())]
        return "\n".join([*self._head(title, helpers, True, buffered=True), *helpers, "", "", *code, ""])

    def _head(self, title: str, helpers: Sequence[str], imports_numpy: bool, buffered: bool = False) -> list[str]:
        lines = [f"{sentence(title)}Gradients worked out by hand, as formulas; here they run."]
        if buffered:
            lines += ["", "prepare() takes the memory once; after that no line makes a new array."]
        for state in self.step.states if self.step else ():
            lines += [""] if len(lines) == 1 else []
            lines.append(f"{self._name(state.variable)} starts as {float(state.start):g} everywhere.")
        imports = ["", "import math"] if any("math." in source for source in helpers) else []
        return [*docstring(lines, ""), *imports, *(["", "import numpy as np"] if imports_numpy else [])]

    def _said(self) -> list[str]:
        if self.step is None:
            return []
        return docstring(wrapped(f"One step: the loss before it, then {', '.join(map(self._name, self.step.kept))} after it.", 80), "    ")

    def _returned(self) -> str:
        names = [self.names[place] for place in self.program.results]
        line = f"    return {', '.join(names)}"
        return line if len(line) <= WIDTH else listed("return (", names, ")", "    ")

    def _epoch(self, batch: str) -> list[str]:
        """A loop over batches, as plain as it gets."""
        if self.step is None:
            return []
        kept, rate = [self._name(one) for one in self.step.kept], self._name(self.step.rate)
        numbers = {self.step.rate: rate, self.step.count: "number"}
        data = [self._name(one) for one in self.step.data]
        picked = {one: self._rows(one, batch) for one in self.step.data}
        args = [numbers.get(one) or picked.get(one) or self._name(one) for one in self._inputs()]
        rates = [rate] if self.step.rate in self.program.inputs else []
        counted = self.step.count in self.program.inputs
        start = "for number, rows in enumerate(order, first):" if counted else "for rows in order:"
        target = ", ".join(["loss", *kept])
        whole = f"        {target} = step({', '.join(args)})"
        if len(whole) > WIDTH:
            whole = listed(f"{target} = step(", args, ")", "        ") if len(target) < 60 else listed("result = step(", args, ")", "        ")
        unpack = [listed("(", ["loss", *kept], ") = result", "        ")] if len(target) >= 60 and "result" in whole else []
        done = f"    return losses, {', '.join(kept)}"
        return [
            "",
            "",
            listed("def epoch(", [*kept, *data, "order", *rates, *(["first=1"] if counted else [])], "):"),
            '    """A step for each row of order, which has the numbers of its samples."""',
            "    losses = []",
            f"    {start}",
            whole,
            *unpack,
            "        losses.append(loss)",
            done if len(done) <= WIDTH else listed("return (", ["losses", *kept], ")", "    "),
        ]

    def _rows(self, variable: Var, batch: str) -> str:
        name = self._name(variable)
        axis = next((k for k, axis in enumerate(variable.shape) if batch and Poly.of(axis) == Poly.letter(batch)), None)
        return name if axis is None else f"{name}[{':, ' * axis}rows]"

    # ---------------------------------------------------------------------------------------- statements

    def _inputs(self) -> list[Var]:
        """What is kept, then data, then numbers."""
        if self.step is None:
            return list(self.program.inputs)
        order = (*self.step.kept, *self.step.data, self.step.rate, self.step.count)
        return [one for one in order if one in self.program.inputs]

    def _arguments(self) -> list[str]:
        return [self._name(one) for one in self._inputs()]

    def _name(self, variable: Var) -> str:
        place = self.program.inputs.get(variable)
        return self.names[place] if place is not None else identifier(variable.name)

    def _statement(self, statement: Statement) -> list[str]:
        value = self.program.values[statement.line.target]
        first = next(iter(self.program.inputs.values()), None)
        real = f"{self.names[first]}.dtype" if first is not None else "float"
        found = Writer(self.texts, self.letters, real).of(statement.term).text
        name = self._call(statement.line.target, identifier(value.names[0]) if value.names else word_of(statement.line))
        return [*comment(value, self.conventions, "    "), assigned(name, found)]

    # --------------------------------------------------------------------------------------------- sizes

    def _sizes(self) -> list[str]:
        return [f"    {name} = {self._where(letter)}" for letter, name in self.letters.items() if self._where(letter)]

    def _where(self, letter: str) -> str:
        """A size letter from the first array that has it as an axis."""
        for variable, place in self.program.inputs.items():
            for axis, count in enumerate(variable.shape):
                if Poly.of(count) == Poly.letter(letter):
                    return f"{self.names[place]}.shape[{axis}]"
        return ""

    def _unbound(self) -> list[str]:
        """Size letters that no array tells: arguments."""
        return [name for letter, name in self.letters.items() if not self._where(letter)]
