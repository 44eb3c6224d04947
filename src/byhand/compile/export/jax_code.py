"""A program as source code for JAX: formulas worked out by hand, under ``jit`` and ``scan``, and no derivative asked of JAX.

One statement for each quantity that has a name or is used more than once, under its formula as mathematics writes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from byhand.compile.export.jax_plan import Statement, below, inside, put_in, statements
from byhand.compile.export.terms import Cut, Lengths, Number, Picked, Place, Real, Scattered, Setting, Term
from byhand.compile.export.text import BEYOND, WIDTH, Level, Writer, Written, listed
from byhand.compile.program import Apply, Greatest, Largest, Line, Program
from byhand.compile.step import TrainingStep
from byhand.lang.expr import Named, Var
from byhand.lang.sizes import Poly
from byhand.show.conventions import Conventions
from byhand.show.identifiers import Identifiers, identifier
from byhand.show.notation import notation, unwritable
from byhand.show.unicode import text

OUTSIDE = f'{BEYOND} = {{"mode": "fill", "wrap_negative_indices": False}}'
TAKEN = frozenset({"jax", "jnp", "lax", "partial", "step", "epoch", "one", "values", "data", "order", "rates", "rows", "first", "counts", BEYOND})
LONGEST_COMMENT = 110
LONGEST_NAME = 16
"""Signs that the name of a part and what stands around it take."""
SMALL = (Place, Number, Lengths, Setting, Real)


def jax_code(what: Program | TrainingStep, *, batch: str | None = None, title: str = "", conventions: Conventions | None = None) -> str:
    """A module with ``run`` for a program; with ``step`` and ``epoch`` for a step of training, whose samples are counted by the letter ``batch``.

    Arrays may have any lengths that fit: sizes are read off them. Raises nothing of its own.
    """
    if isinstance(what, Program):
        return _Module.of(what, conventions).run(title)
    return _Module.of(what.program, conventions, what).training(title, batch or batch_letter(what))


def batch_letter(step: TrainingStep) -> str:
    """The size letter that data have and parameters do not; nothing where there is no such letter."""
    own = {letter for one in step.parameters for axis in one.shape for letter in Poly.of(axis).letters}
    found = Counter(letter for one in step.data for axis in one.shape for letter in Poly.of(axis).letters if letter not in own)
    return found.most_common(1)[0][0] if found else ""


@dataclass(slots=True)
class _Module:
    """``names``: the identifiers of values; ``letters``: those of sizes."""

    program: Program
    conventions: Conventions
    step: TrainingStep | None
    identifiers: Identifiers = field(default_factory=Identifiers)
    names: dict[int, str] = field(default_factory=dict[int, str])
    letters: dict[str, str] = field(default_factory=dict[str, str])
    texts: dict[int, Written] = field(default_factory=dict[int, Written])
    parts: int = 0

    @classmethod
    def of(cls, program: Program, conventions: Conventions | None, step: TrainingStep | None = None) -> _Module:
        module = cls(program, conventions or Conventions(gradients="partial", names=frozenset(one.name for one in program.inputs)), step)
        module.identifiers.taken |= TAKEN
        for variable, place in program.inputs.items():
            module.names[place] = module.identifiers.fresh(identifier(variable.name))
            module.texts[place] = Written(module.names[place], Level.ATOM)
        return module

    # ------------------------------------------------------------------------------------------- modules

    def run(self, title: str) -> str:
        """The module of a program that is no step of training."""
        body = self._body()
        returned = listed("return ", [self.names[place] for place in self.program.results], "", "    ")
        if len(returned) > WIDTH:
            returned = listed("return (", [self.names[place] for place in self.program.results], ")", "    ")
        head = listed("def run(", [*map(self._name, self.program.inputs), *(f"{letter}" for letter in self._unbound())], "):")
        said = _docstring([f"{_sentence(title)}Worked out by hand: nothing here asks JAX for a derivative."])
        return "\n".join([said, "", *self._imports(body, training=False), "", "", "@jax.jit", head, *body, returned, ""])

    def training(self, title: str, batch: str) -> str:
        """The module of a step of training."""
        assert self.step is not None
        body = self._body()
        kept, data = [self._name(one) for one in self.step.kept], [self._name(one) for one in self.step.data]
        numbers = [self._name(one) for one in (self.step.rate, self.step.count) if one in self.program.inputs]
        new = [self.names[place] for place in self.program.results]
        head = listed("def step(", ["values", *data, *numbers, *self._unbound()], "):")
        said = [
            _docstring([f"{_sentence(title)}Training worked out by hand: nothing here asks JAX for a derivative.", "", *self._said(kept, data)]),
            "",
            *self._imports(body, training=True),
            "",
            "",
            head,
            '    """One step: what is kept afterwards, and the loss before it."""',
            self._unpacked(kept, "values"),
            *body,
            listed("kept = (", new[1:], ")" if len(new) > 2 else ",)", "    "),
            f"    return kept, {new[0]}",
            "",
            "",
            *self._epoch(batch, data, numbers),
        ]
        return "\n".join([*said, ""])

    def _said(self, kept: Sequence[str], data: Sequence[str]) -> list[str]:
        states = {self._name(state.variable): float(state.start) for state in self.step.states} if self.step else {}
        starts = [f"{name} starts as {start:g} everywhere." for name, start in states.items()]
        return [*_wrapped(f"values: ({', '.join(kept)})"), *_wrapped(f"data: ({', '.join(data)})"), *starts]

    def _epoch(self, batch: str, data: Sequence[str], numbers: Sequence[str]) -> list[str]:
        """All steps as one program of the device."""
        assert self.step is not None
        picked = [self._rows(one, batch) for one in self.step.data]
        scanned = ["rows", *numbers]
        sources = {self._name(self.step.rate) if self.step.rate in self.program.inputs else "": "rates"}
        sources |= {self._name(self.step.count): "counts"} if self.step.count in self.program.inputs else {}
        carried = [sources[name] for name in numbers]
        over = f"({', '.join(['order', *carried])})" if carried else "order"
        unbound = self._unbound()
        return [
            "@partial(jax.jit, donate_argnums=0" + (f", static_argnames={unbound!r})".replace("'", '"') if unbound else ")"),
            listed("def epoch(", ["values", "data", "order", "rates", *(["first=1"]), *unbound], "):"),
            '    """A step for each row of order, which has the numbers of its samples; rates has',
            '    the learning rate of each. Returns what is kept, and the loss of each step."""',
            self._unpacked(data, "data"),
            *(["    counts = (first + jnp.arange(len(order))).astype(rates.dtype)"] if "counts" in carried else []),
            "",
            "    def one(values, now):",
            f"        {', '.join(scanned)} = now" if carried else "        rows = now",
            listed("return step(", ["values", *picked, *numbers, *unbound], ")", "        "),
            "",
            f"    return lax.scan(one, values, {over})",
        ]

    def _rows(self, variable: Var, batch: str) -> str:
        """The samples of a step."""
        name = self._name(variable)
        axis = next((k for k, axis in enumerate(variable.shape) if batch and Poly.of(axis) == Poly.letter(batch)), None)
        return name if axis is None else f"{name}[{':, ' * axis}rows]"

    def _unpacked(self, names: Sequence[str], of: str) -> str:
        line = f"    {', '.join(names)}{',' if len(names) == 1 else ''} = {of}"
        return line if len(line) <= WIDTH else listed("(", names, f") = {of}", "    ")

    def _imports(self, body: Sequence[str], training: bool) -> list[str]:
        code = "\n".join(body)
        lines = ["from functools import partial", ""] if training else []
        lines.append("import jax")
        if "jnp." in code or training:
            lines.append("import jax.numpy as jnp")
        lines += ["from jax import lax"] if training else []
        return [*lines, "", OUTSIDE] if BEYOND in code else lines

    # ---------------------------------------------------------------------------------------- statements

    def _name(self, variable: Var) -> str:
        place = self.program.inputs.get(variable)
        return self.names[place] if place is not None else identifier(variable.name)

    def _body(self) -> list[str]:
        """Where sizes come from, and a statement for each value that is not put in where it is used."""
        found = statements(self.program)
        letters = sorted({letter for one in found for letter in letters_of(one.term)})
        self.letters = {letter: self.identifiers.fresh(identifier(letter)) for letter in letters}
        return [*self._sizes(), *(line for one in found for line in self._statement(one))]

    def _statement(self, statement: Statement) -> list[str]:
        line, value = statement.line, self.program.values[statement.line.target]
        name = self.identifiers.fresh(identifier(value.names[0]) if value.names else _word(line))
        comment = self._comment(line)
        before, found = self._fitted(statement.term, WIDTH - len(f"    {name} = "))
        self.names[line.target], self.texts[line.target] = name, Written(name, Level.ATOM)
        return [*comment, *before, f"    {name} = {found}"]

    def _fitted(self, term: Term, room: int) -> tuple[list[str], str]:
        """The term on one line; where it is too long, parts of it are worked out on lines of their own before."""
        writer = self._writer()
        before: list[str] = []
        while len(found := writer.of(term).text) > room:
            wide = [one for one in inside(term) if len(writer.of(one).text) <= WIDTH - LONGEST_NAME and not isinstance(one, SMALL)]
            if not wide:
                break
            part = max(wide, key=lambda one: len(writer.of(one).text))
            place, name = len(self.program.values) + self.parts, self.identifiers.fresh("part")
            self.parts += 1
            before.append(f"    {name} = {writer.of(part).text}")
            self.texts[place] = Written(name, Level.ATOM)
            term = put_in(term, {part: Place(place)})
        return before, found

    def _writer(self) -> Writer:
        first = next(iter(self.program.inputs.values()), None)
        return Writer(self.texts, self.letters, f"{self.names[first]}.dtype" if first is not None else "float")

    def _comment(self, line: Line) -> list[str]:
        node = self.program.values[line.target].node
        body = node.body if isinstance(node, Named) else node
        if unwritable(body):
            return []
        said = text(notation(body, self.conventions))
        said = f"{text(self.conventions.sym(node.name))} = {said}" if isinstance(node, Named) else said
        return [f"    # {' '.join(said.split())}"] if len(said) <= LONGEST_COMMENT else []

    # --------------------------------------------------------------------------------------------- sizes

    def _sizes(self) -> list[str]:
        """Each size letter from the first array that has it as an axis."""
        return [f"    {name} = {self._where(letter)}" for letter, name in self.letters.items() if self._where(letter)]

    def _where(self, letter: str) -> str:
        for variable, place in self.program.inputs.items():
            for axis, count in enumerate(variable.shape):
                if Poly.of(count) == Poly.letter(letter):
                    return f"{self.names[place]}.shape[{axis}]"
        return ""

    def _unbound(self) -> list[str]:
        """Size letters that no array tells: arguments."""
        return [name for letter, name in self.letters.items() if not self._where(letter)]


def letters_of(term: Term) -> set[str]:
    """The size letters that a term speaks of."""
    found = {letter for part in below(term) for letter in letters_of(part)}
    match term:
        case Number(value):
            found |= value.letters
        case Lengths(shape):
            found |= {letter for axis in shape for letter in Poly.of(axis).letters}
        case Picked(_, keys) | Scattered(_, keys):
            found |= {letter for key in keys if isinstance(key, Cut) for letter in key.count.letters}
        case _:
            pass
    return found


def _word(line: Line) -> str:
    """What a value without a name is called."""
    match line.op:
        case Apply(leaf):
            return leaf.name
        case Greatest() | Largest():
            return "largest"
        case _:
            return "part"


def _sentence(title: str) -> str:
    said = " ".join(title.replace("\\", "").replace('"', "").split()).rstrip(".")
    return f"{said}. " if said else ""


def _docstring(lines: Sequence[str]) -> str:
    first, *others = lines
    return f'"""{first}"""' if not others else "\n".join([f'"""{first}', *others, '"""'])


def _wrapped(said: str) -> list[str]:
    lines, line = [], ""
    for word in said.split(" "):
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = "   "
        line = f"{line} {word}" if line else word
    return [*lines, line]


def names_of(step: TrainingStep) -> Mapping[str, tuple[str, ...]]:
    """What ``values`` and ``data`` of an exported step are, by the names on the sheet, in order."""
    return {"values": tuple(one.name for one in step.kept), "data": tuple(one.name for one in step.data)}
