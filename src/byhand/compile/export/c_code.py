"""A program as one C11 file without dependencies: the instructions of its tape as calls of the kernels, with all sizes put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from byhand.compile.export.c_data import Data, main_of
from byhand.compile.export.c_frame import COMMON, initialised
from byhand.compile.export.c_headers import kernels
from byhand.compile.export.c_lines import lines_of
from byhand.compile.export.c_text import WIDTH, Places, is_taken, looped, quoted, said
from byhand.compile.export.jax_code import batch_letter
from byhand.compile.export.said import formula_of
from byhand.compile.program import Program
from byhand.compile.step import TrainingStep
from byhand.compile.tape.build import tape_of
from byhand.compile.tape.tape import Tape, Unsupported
from byhand.lang.errors import NotYetError
from byhand.run.arrays import Array
from byhand.show.conventions import Conventions
from byhand.show.identifiers import Identifiers, identifier


def c_code(
    what: Program | TrainingStep,
    sizes: Mapping[str, int],
    *,
    title: str = "",
    batch: str | None = None,
    dtype: str = "float32",
    initial: Mapping[str, Array] | None = None,
    conventions: Conventions | None = None,
) -> str:
    """A C file with ``step`` and ``epoch`` for a step of training, with ``run`` for any other program.

    ``sizes`` gives a number to every size letter, that of a batch (``batch``) among them; ``initial`` are first values of parameters.
    ``dtype`` is the type unless the compiler is told ``-DBH_BITS=64`` or ``32``. Raises ``NotYetError`` for what has no tape, such as
    systems of equations, ``ByhandError`` for a size letter without a number.
    """
    step = what if isinstance(what, TrainingStep) else None
    program = what.program if isinstance(what, TrainingStep) else what
    letter = batch if batch is not None else batch_letter(step) if step is not None else ""
    data = [] if step is None else [one for one in (Data.of(one, letter, sizes) for one in step.data) if one is not None]
    try:
        tape = tape_of(program, sizes, {one.variable.name: one.axis for one in data})
    except Unsupported as trouble:
        raise NotYetError(f"cannot write this as C: {str(trouble).rstrip('.')}; byhand compile --to numpy can.") from None
    own = conventions or Conventions(gradients="partial", names=frozenset(one.name for one in program.inputs))
    return _File(program, tape, step, data, own, dict(sizes), {name: np.asarray(array) for name, array in (initial or {}).items()}).text(title, dtype)


@dataclass(slots=True)
class _File:
    program: Program
    tape: Tape
    step: TrainingStep | None
    data: Sequence[Data]
    conventions: Conventions
    sizes: Mapping[str, int]
    initial: Mapping[str, Array]
    identifiers: Identifiers = field(default_factory=Identifiers)
    names: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for variable in self.program.inputs:
            wanted = identifier(variable.name)
            self.identifiers.taken |= {wanted} if is_taken(wanted) else set()
            self.names[variable.name] = self.identifiers.fresh(wanted)

    def text(self, title: str, dtype: str) -> str:
        """The whole file."""
        body = self._body()
        parts = [
            self._head(title, dtype),
            kernels(),
            self._layout(),
            COMMON.replace("WITH_PRODUCTS", "1" if "multiply" in body else "0"),
            body,
            *(self._training() if self.step is not None else self._running()),
        ]
        return "\n\n".join(part.strip("\n") for part in parts) + "\n"

    # -------------------------------------------------------------------------------------------- top

    def _head(self, title: str, dtype: str) -> str:
        heading = said(title)
        return f"""/* {heading + ". " if heading else ""}Gradients worked out by hand, as formulas; here they run.

   Build:   cc -std=c11 -O3 -march=native -shared -fPIC step.c -o step.so -lm{" (a library)" if self.step else ""}
{"            cc -std=c11 -O3 -march=native -DWITH_MAIN step.c -o step -lm        (a program that trains on a CSV file)" if self._has_main() else ""}
   -DBH_BITS=64 computes with double, -DBH_BITS=32 with float. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef BH_BITS
#define BH_BITS {64 if dtype == "float64" else 32}
#endif
#define BH_SUFFIX byhand
""".replace("\n\n   -D", "\n   -D")

    def _layout(self) -> str:
        """Sizes, where quantities stand, and the memory."""
        named = [(f"size_{letter}", count) for letter, count in sorted(self.sizes.items()) if letter.isidentifier() and letter.isascii()]
        known = [f"    {name}{'_' if is_taken(name) else ''} = {count}," for name, count in named]
        lines = ["/* ---- sizes and places ---- */", ""]
        if known:
            lines += ["enum { /* sizes: what is below was written for these */", *known, "};", ""]
        lines += ["enum { /* where each quantity begins in the arena */"]
        lines += [f"    at_{self.names[name]} = {held.offset}," for name, held in self.tape.inputs.items() if held.base == 0]
        if self.step is not None:
            lines.append(f"    at_loss = {self.tape.results[0].offset},")
        lines += [f"    ARENA = {self.tape.length}", "};", "", "struct net {", "    _Alignas(64) REAL arena[ARENA];"]
        lines += [f"    REAL batch_{self.names[one.variable.name]}[{prod(one.dims)}];" for one in self._used()]
        return "\n".join([*lines, "    REAL work[WORK];", "};"]).replace(
            "enum { /* where", "#ifdef BH_WORK\n#define WORK BH_WORK\n#else\n#define WORK 1\n#endif\n\nenum { /* where"
        )

    def _used(self) -> list[Data]:
        return [one for one in self.data if one.variable.name in self.tape.inputs]

    def _places(self) -> Places:
        names = {held.offset: f"at_{self.names[name]}" for name, held in self.tape.inputs.items() if held.base == 0}
        bases = {held.base: self.names[name] for name, held in self.tape.inputs.items() if held.base}
        return Places(("a", *(bases.get(k, f"batch_{k}") for k in range(1, len(self.tape.batches) + 1))), names)

    # ------------------------------------------------------------------------------------------- lines

    def _body(self) -> str:
        """The instructions, each under the formulas of what it works out."""
        places, told = self._places(), set[int]()
        used = set(places.bases[1:])
        arguments = ["REAL *a", *(f"const REAL *{base}" for base in places.bases[1:]), "REAL *work"]
        lines = [f"static void lines({', '.join(arguments)})", "{"]
        makes = [*self.tape.makes, *((),) * len(self.tape.instructions)]
        for one, made in zip(self.tape.instructions, makes):
            lines += [f"    {comment}" for comment in self._comments(made, told)]
            lines += [f"    {line}" for line in _fitted(lines_of(one, places))]
        code = "\n".join(lines)
        for name in ("a", "work", *used):
            if not _mentions(code.partition("{")[2], name):
                code += f"\n    (void){name};"
        return code + "\n}"

    def _comments(self, made: Sequence[int], told: set[int]) -> list[str]:
        values = [value for value in sorted(made) if value < len(self.program.values) and value not in told]
        told |= set(made)
        named = [value for value in values if self.program.values[value].names]
        found = [formula_of(self.program.values[value], self.conventions) for value in named or values[-1:]]
        return [f"/* {said(text)} */" for text in found if text]

    # ---------------------------------------------------------------------------------------- functions

    def _running(self) -> list[str]:
        lines = ["void run(struct net *net)", "{", "    lines(net->arena, net->work);", "}"]
        results = [f"    case {number}: return net->arena + {held.offset};" for number, held in enumerate(self.tape.results)]
        found = [
            "/* The results, in order. */",
            "REAL *result(struct net *net, int number)",
            "{",
            "    switch (number) {",
            *results,
            "    default: return NULL;",
            "    }",
            "}",
        ]
        return [self._init(), self._quantity(), "\n".join(lines), "\n".join(found)]

    def _init(self) -> str:
        return initialised(self.tape, self.step, self.names, self.initial)

    def _quantity(self) -> str:
        lines = [
            "/* Where a quantity stands, by its name on the sheet; NULL for one that is not kept. */",
            "REAL *quantity(struct net *net, const char *name)",
            "{",
        ]
        for name, held in self.tape.inputs.items():
            if held.base == 0:
                lines += [f'    if (strcmp(name, "{quoted(name)}") == 0)', f"        return net->arena + at_{self.names[name]};"]
        return "\n".join([*lines, "    return NULL;", "}"])

    def _training(self) -> list[str]:
        assert self.step is not None
        pointers = [f"const REAL *{self.names[one.variable.name]}" for one in self._used()]
        held = self.tape.inputs
        numbers = [
            f"    net->arena[at_{self.names[one.name]}] = (REAL){word};"
            for one, word in ((self.step.rate, "rate"), (self.step.count, "count"))
            if one.name in held
        ]
        ignored = [f"    (void){word};" for one, word in ((self.step.rate, "rate"), (self.step.count, "count")) if one.name not in held]
        passed = ", ".join(["net->arena", *self._ordered(), "net->work"])
        step = [
            "/* One step on one batch, with this learning rate, as the count-th step from 1; the loss before it. */",
            f"static double one_step({', '.join(['struct net *net', *pointers, 'double rate', 'double count'])})",
            "{",
            *numbers,
            *ignored,
            f"    lines({passed});",
            "    return (double)net->arena[at_loss];",
            "}",
            "",
            "/* The same for others to call; epoch calls the one above, for another library may have a step, too: glibc does. */",
            f"double step({', '.join(['struct net *net', *pointers, 'double rate', 'double count'])})",
            "{",
            f"    return one_step({', '.join(['net', *(pointer.partition('*')[2] for pointer in pointers), 'rate', 'count'])});",
            "}",
        ]
        return [
            self._init(),
            self._quantity(),
            "\n".join(step),
            self._epoch(pointers),
            *([self._main()] if self._has_main() else []),
        ]

    def _main(self) -> str:
        return main_of([(self.names[one.variable.name], one) for one in self._used()])

    def _ordered(self) -> list[str]:
        """The data in the order of their bases."""
        return [self.names[name] for name, held in sorted(self.tape.inputs.items(), key=lambda one: one[1].base) if held.base]

    def _epoch(self, pointers: Sequence[str]) -> str:
        used = self._used()
        names = [self.names[one.variable.name] for one in used]
        batch = used[0].dims[used[0].axis] if used else 1
        lines = [
            "/* A step for each row of order, which has the numbers of its samples, of so many that there are; the loss of each step. */",
            f"void epoch({', '.join(['struct net *net', *pointers])},",
            "           int64_t samples, const int64_t *order, const double *rates, int64_t steps, int64_t first, double *losses)",
            "{",
            "    (void)samples;",
            f"    for (int64_t k = 0; k < steps; k++, order += {batch}) {{",
        ]
        for one, name in zip(used, names):
            outer, inner = prod(one.dims[: one.axis]), prod(one.dims[one.axis + 1 :])
            to, source = ("r", "order[r]") if outer == 1 else (f"(o * {batch} + r)", "(o * samples + order[r])")
            copy = f"memcpy(net->batch_{name} + {to} * {inner}, {name} + {source} * {inner}, {inner} * sizeof(REAL));"
            lines += looped(["o", "r"], (outer, batch), [copy], "        ") if outer > 1 else looped(["r"], (batch,), [copy], "        ")
        args = ", ".join(["net", *(f"net->batch_{name}" for name in names), "rates[k]", "(double)(first + k)"])
        return "\n".join([*lines, f"        losses[k] = one_step({args});", "    }", "}"])

    def _has_main(self) -> bool:
        used = self._used()
        return bool(used) and all(one.axis == 0 for one in used)


def _mentions(code: str, name: str) -> bool:
    return any(f"{before}{name}{after}" in code for before in " (-" for after in " [,;)")


def _fitted(lines: Sequence[str]) -> list[str]:
    """Long statements broken after a comma."""
    found: list[str] = []
    for line in lines:
        while len(line) > WIDTH and ", " in line[40:WIDTH]:
            cut = line.rindex(", ", 40, WIDTH)
            found.append(line[: cut + 1])
            line = " " * (len(line) - len(line.lstrip()) + 8) + line[cut + 2 :]
        found.append(line)
    return found
