"""Which axis of which parameter is cut into parts for the devices along ``model``: read off the contractions of the forward formulas.

Where the features of a layer go into another layer, the first one is cut along its outputs and the second one along its inputs:
between the two each device has its own features and nothing is exchanged, and one sum over devices follows (Shoeybi et al. 2019,
Megatron-LM). The formulas are those of the whole arrays; the cuts say only where the parts lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from byhand.compile.program import ELEMENTWISE, Line, Multiply, Program, Ref
from byhand.compile.step import TrainingStep
from byhand.run.arrays import Dims

Cuts = Mapping[str, int]
"""By the name of a parameter the axis that is cut; a parameter that is not there is whole on every device."""
LEAST_WIDTH = 32
"""A layer with fewer features than this a device is not cut: its products are too small for the exchange to pay."""


def cuts_of(step: TrainingStep, dims: Sequence[Dims], parts: int, least: int = LEAST_WIDTH) -> dict[str, int]:
    """The cuts of a step's parameters and states for so many devices; ``dims`` has the lengths of the program's values.

    Only axes that ``parts`` divides are cut, into parts of at least ``least``. Pairs of layers are taken from the input on; of a network
    without such a pair the widest layer is cut along its outputs.
    """
    if parts == 1:
        return {}
    walk = _Walk(step.program, dims, parts, least, {step.program.inputs[one]: one.name for one in step.parameters if one in step.program.inputs})
    for line in step.program.lines:
        walk.see(line)
    cuts = walk.cuts or walk.widest()
    return cuts | {state.variable.name: cuts[state.parameter.name] for state in step.states if state.parameter.name in cuts}


@dataclass(frozen=True, slots=True)
class _Cut:
    """A value that would be cut along ``axis`` if the parameters of ``cuts`` were."""

    axis: int
    cuts: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Walk:
    """``names``: which values are parameters; ``tried``: values that would be cut if a layer below them were."""

    program: Program
    dims: Sequence[Dims]
    parts: int
    least: int
    names: Mapping[int, str]
    tried: dict[int, _Cut] = field(default_factory=dict[int, _Cut])
    cuts: dict[str, int] = field(default_factory=dict[str, int])
    wide: list[tuple[int, dict[str, int]]] = field(default_factory=list[tuple[int, dict[str, int]]])

    def see(self, line: Line) -> None:
        """What a line makes of the cuts of its operands."""
        if isinstance(line.op, Multiply) and line.summed and len(line.refs) == 2:
            self._product(line)
        elif isinstance(line.op, (Multiply, *ELEMENTWISE)) and line.elementwise:
            self._entrywise(line)

    def _product(self, line: Line) -> None:
        """A layer: the second of a pair if what goes in would be cut along the features that it sums over, else maybe the first of one."""
        for layer, other in (line.refs, line.refs[::-1]):
            name = self.names.get(layer.value)
            if name is None or other.value in self.names or name in self.cuts:
                continue
            before = self.tried.get(other.value)
            if before is not None and other.word[before.axis] in layer.word and other.word[before.axis] in line.summed:
                self.cuts |= dict(before.cuts) | {name: layer.word.index(other.word[before.axis])}
            else:
                self._begin(line, layer, name)
            return

    def _begin(self, line: Line, layer: Ref, name: str) -> None:
        """Try to cut a layer along its outputs."""
        own = [k for k, letter in enumerate(layer.word) if letter in line.word and self._fits(self.dims[layer.value][k])]
        if len(layer.word) < 2 or not own:
            return
        axis = max(own, key=lambda k: self.dims[layer.value][k])
        self.tried[line.target] = _Cut(line.word.index(layer.word[axis]), ((name, axis),))
        self.wide.append((self.dims[layer.value][axis], {name: axis}))

    def _fits(self, length: int) -> bool:
        return length % self.parts == 0 and length >= self.parts * self.least

    def _entrywise(self, line: Line) -> None:
        """Entries are made of entries: the cut stays, and what else is added along that axis, such as a bias, is cut as well."""
        before = next((self.tried[ref.value] for ref in line.refs if ref.value in self.tried), None)
        if before is None:
            return
        source = next(ref for ref in line.refs if ref.value in self.tried)
        letter = source.word[before.axis]
        if letter not in line.word:
            return
        with_it = tuple((self.names[ref.value], ref.word.index(letter)) for ref in line.refs if ref.value in self.names and letter in ref.word)
        if any(self.dims[ref.value][ref.word.index(letter)] != self.dims[source.value][before.axis] for ref in line.refs if letter in ref.word):
            return
        self.tried[line.target] = _Cut(line.word.index(letter), (*before.cuts, *with_it))
        for _, cuts in self.wide:
            if dict(before.cuts).keys() & cuts.keys():
                cuts |= dict(with_it)

    def widest(self) -> dict[str, int]:
        """The cut of the widest layer alone."""
        return dict(max(self.wide, key=lambda one: one[0])[1]) if self.wide else {}
