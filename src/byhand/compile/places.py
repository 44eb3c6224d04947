"""Which values of a program may stand in the same place, one after another: a linear scan over their lifetimes.

Poletto and Sarkar, Linear scan register allocation, 1999, with arrays of one shape in the place of registers.
"""

from __future__ import annotations

from byhand.compile.program import Line, Program, Ref
from byhand.lang.sizes import Shape


def places(program: Program) -> tuple[int, ...]:
    """For each value the number of the array that holds it; values share one only if they have the same shape and never live together.

    Inputs have arrays of their own, which only the result that updates them writes to; so have results. An elementwise line may
    write over an operand that it reads for the last time.
    """
    place: dict[int, int] = {value: number for number, value in enumerate(program.inputs.values())}
    updated = _in_place(program)
    free: dict[Shape, list[int]] = {}
    made = len(place)
    for number, line in enumerate(program.lines):
        dying = [ref for ref in dict.fromkeys(line.refs) if _dies(program, ref.value, number)]
        if line.target in updated:
            place[line.target] = place[updated[line.target]]
            taken: int | None = None
        else:
            heir = next((ref for ref in dying if _fits(program, line, ref)), None)
            waiting = free.get(program.values[line.target].shape)
            if heir is not None and line.target not in program.results:
                taken = place[heir.value]
            elif waiting and line.target not in program.results:
                taken = waiting.pop()
            else:
                taken, made = made, made + 1
            place[line.target] = taken
        for value in {ref.value for ref in dying}:
            if place[value] != taken:
                free.setdefault(program.values[value].shape, []).append(place[value])
        if line.target not in program.last_use and line.target not in updated:
            free.setdefault(program.values[line.target].shape, []).append(place[line.target])
    return tuple(place[value] for value in range(len(program.values)))


def _in_place(program: Program) -> dict[int, int]:
    """The results that are written where the input they renew stands: nothing reads that input any more, but the line itself, entry by entry."""
    found: dict[int, int] = {}
    made_in = {line.target: number for number, line in enumerate(program.lines)}
    for result, old in program.updates:
        number = made_in.get(result)
        if number is None:
            continue
        line, last = program.lines[number], program.last_use.get(old, -1)
        if last < number or (last == number and line.elementwise and all(ref.word == line.word for ref in line.refs if ref.value == old)):
            found[result] = old
    return found


def _dies(program: Program, value: int, number: int) -> bool:
    return program.last_use[value] == number and value not in program.inputs.values() and value not in program.constants


def _fits(program: Program, line: Line, ref: Ref) -> bool:
    same = program.values[ref.value].shape == program.values[line.target].shape
    return same and line.elementwise and all(other.word == line.word for other in line.refs if other.value == ref.value)
