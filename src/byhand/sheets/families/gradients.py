"""The gradients of families as they are shown: for each family the cases of its recursion, each with its steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from byhand.derive import Derivation, Step
from byhand.derive.simplify import cost, simplify, with_facts
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, as_number, filled, intern, named
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder, substitute
from byhand.sheets.families.claims import Families
from byhand.sheets.families.indices import Index, Region, Split, member
from byhand.sheets.families.model import Model
from byhand.sheets.families.recursion import Back, backs, gradient, opaque_node, through
from byhand.sheets.families.terms import covers


@dataclass(frozen=True, slots=True)
class Part:
    """A gradient in one part of its indices: the formula, and for each equation that it comes from the derivation of its message."""

    name: str
    index: Index
    region: Region
    model: Model
    gradient: Named
    messages: tuple[tuple[Back, Derivation | None], ...]
    inserted: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that was done for it."""
        sent = [derivation.steps_of(self.gradient.name) for _, derivation in self.messages if derivation is not None]
        return (*(step for steps in sent for step in steps), *self.inserted)


@dataclass(slots=True)
class Gradients:
    """The gradients of one loss, found as they are asked for. ``order``: those that are shown, from the loss downwards."""

    families: Families
    loss: str
    parts: dict[tuple[str, int], list[Part]] = field(default_factory=dict[tuple[str, int], list[Part]])
    order: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def need(self, name: str, count: int) -> None:
        """The recursion of a gradient with so many indices, and of all that it is made of."""
        if (name, count) in self.parts:
            return
        self.parts[name, count] = []
        found = list(self._cases(name, count))
        for part in found:
            for back, _ in part.messages:
                self.need(back.equation.name, len(back.equation.index))
        found = [replace(part, **self._with_insertions(part)) for part in found]
        self.parts[name, count] = found
        if not all(as_number(part.gradient.body) is not None for part in found):
            self.order.append((name, count))

    def letters(self, name: str, count: int) -> tuple[str, ...]:
        """The index letters that the sheet uses for a name."""
        equations = [one for one in self.families.system.of(name) if len(one.index) == count]
        if not equations:
            if self.families.system.is_known(name):
                wanted = self.families.system.families.get(name, 0)
                raise ByhandError(f"{name} takes {wanted} {'index' if wanted == 1 else 'indices'} in square brackets; {count or 'none'} stands here.")
            raise ByhandError(f"{name} is not defined on this sheet.")
        longest = max(equations, key=lambda one: len(one.over))
        spare = iter(k for k in "lkijtpqr" if k not in longest.letters and k not in self.families.system.depths)
        return tuple(next(iter(own.letters)) if own.letters and own.letters <= {*longest.letters} else next(spare) for own in longest.index)

    def region(self, name: str, letters: tuple[str, ...]) -> Region:
        system = self.families.system
        points = self.families.points(letters)
        return Region((*system.depths, *letters), tuple(p for p in points if covers(system, name, tuple(p[k] for k in letters), p)))

    def model(self, region: Region) -> Model:
        """Everything stands under its name."""
        return Model(self.families.system, region, lambda name, index: True, self.incoming, self.families.instances, self.families.prover.vectors)

    def incoming(self, model: Model, loss: str, name: str, index: Index) -> Expr:
        """A gradient by its name; by its value where that is a plain number."""
        node = opaque_node(model, name, index)
        if name == loss and not index:
            return filled(1, node.shape)
        if name not in self.families.prover.moving and self._feeds_sums(name, len(index)):
            found = gradient(model, loss, name, index, lambda name, index: False)
            if as_number(found.body) is not None:
                return found.body
        return named(Grad(loss, member(name, index)), intern(Var, f"∂{member(name, index)}", node.shape, frozenset()))

    def _feeds_sums(self, name: str, count: int) -> bool:
        return any(one.term == name and count == len(one.over) + len(one.inner) for one in self.families.system.equations)

    def _cases(self, name: str, count: int) -> Iterator[Part]:
        letters = self.letters(name, count)
        waiting = [self.region(name, letters)]
        while waiting:
            region = waiting.pop()
            env = {letter: region.fixed(letter, self.families.system.depths) or Poly.letter(letter) for letter in letters}
            try:
                yield self._part(name, tuple(env[letter] for letter in letters), region)
            except Split as split:
                waiting += [part for part in (region.part(split.holds), region.part(lambda point, holds=split.holds: not holds(point))) if part.points]

    def _part(self, name: str, index: Index, region: Region) -> Part:
        model = self.model(region)
        node = opaque_node(model, name, index)
        found = gradient(model, self.loss, name, index, lambda name, index: False)
        messages: list[tuple[Back, Derivation | None]] = []
        for back in backs(model, name, index):
            inner = model
            for bound in back.free:
                inner = inner.inside(inner.region.over(bound))
            coming = inner.gradients(inner, self.loss, back.equation.name, back.index)
            messages.append((back, through(inner, self.loss, back, node, coming).derivation))
        return Part(name, index, region, model, found, tuple(messages))

    def _with_insertions(self, part: Part) -> dict[str, object]:
        """The formula with gradients of single quantities put in where that makes it shorter: p − t."""
        body, steps = part.gradient.body, list[Step]()
        for node in [one for one in postorder(body, enter_named=False) if isinstance(one, Named) and isinstance(one.name, Grad)]:
            known = self._body(node)
            if known is None:
                continue
            shorter = with_facts(simplify(substitute(body, {node: known})))
            if cost(shorter) < cost(body):
                title = part.gradient.name
                steps.append(Step(title, "insert", "put in, then cancel and collect", body, shorter, through=named(node.name, known)))
                body = shorter
        return {"gradient": named(part.gradient.name, body), "inserted": tuple(steps)}

    def _body(self, node: Named) -> Expr | None:
        """The formula of a gradient that has one case only."""
        assert isinstance(node.name, Grad)
        name, _, foot = node.name.wrt.partition("[")
        parts = self.parts.get((name, foot.count(",") + 1 if foot else 0), [])
        if len(parts) != 1:
            return None
        if not foot or str(parts[0].gradient.name) == str(node.name):
            return parts[0].gradient.body
        return None


def words(region: Region, letters: tuple[str, ...], depths: tuple[str, ...]) -> str:
    """Where the letters run: l = 1, …, L − 2 and i = 1, …, m. Nothing for letters with one value."""
    said: list[str] = []
    for letter in letters:
        if region.fixed(letter, depths) is not None:
            continue
        ends = region.ends(letter, depths)
        said.append(f"{letter} = {sign(ends[0])}, …, {sign(ends[1])}" if ends is not None else letter)
    return " and ".join(said)


def sign(index: Poly) -> str:
    return str(index).replace("-", "−")
