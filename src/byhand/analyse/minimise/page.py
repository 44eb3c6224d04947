"""The page of ``minimise``: the gradient set to zero and solved, the second derivative, what kind of point it is, and when the only one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from byhand.analyse.matrix.conditions import Spell
from byhand.analyse.minimise.equations import LONGEST, steps_of
from byhand.analyse.minimise.outcome import Minimum, Solved
from byhand.analyse.minimise.remarks import closing, remarks
from byhand.analyse.minimise.secondly import hessians, made_of
from byhand.analyse.minimise.wording import directions
from byhand.derive.simplify import cost
from byhand.lang.expr import Expr, Named, Var, named, var
from byhand.lang.names import Grad
from byhand.lang.walk import postorder, substitute
from byhand.run.claim import Verdict
from byhand.sheets.lines import Writer
from byhand.show.document import Block, Claim, Line, Lines, Note, Worked
from byhand.show.latex import latex
from byhand.show.tree import Function, Sym
from byhand.show.unicode import text


def blocks(of: Minimum, writer: Writer) -> Iterator[Block]:
    """Everything after the gradient, which stands above."""
    writer = _with_numbers(writer, of)
    taken = frozenset(str(node.name) for node in postorder(of.loss) if isinstance(node, (Var, Named)))
    names = directions(of.unknowns, taken)
    spell = speller(of, writer)
    if lines := tuple(_second(of, writer, names)):
        yield Lines(_caption(of), lines)
    for solved in reversed(of.solved):
        if cost(solved.star.body) <= LONGEST:
            yield _worked(of, solved, writer)
    if back := [one for one in of.solved if one.alone is not None and cost(one.star.body) <= LONGEST]:
        yield Lines("Put back", tuple(writer.quantity(one.star) for one in back))
    yield from _proved(of, writer)
    for note in remarks(of, names, spell):
        yield Note(note)
    if of.numbers is not None and of.numbers.values and (of.numbers.rank < of.numbers.count or not of.solved):
        caption = "The solution of least norm" if of.numbers.rank < of.numbers.count else "The solution"
        yield Lines(caption, tuple(writer.chain((writer.name(name),), value) for name, value in of.numbers.values.items()))
    if of.numbers is not None and of.numbers.least is not None:
        yield Lines(closing(of), (writer.chain((writer.name(of.loss.name),), of.numbers.least),))


def speller(of: Minimum, writer: Writer) -> Spell:
    """Formulas inside of sentences."""
    return lambda expr: text(writer.formula(folded(of, expr)))


def folded(of: Minimum, expr: Expr) -> Expr:
    """Where there is no closed form, values that the gradient's derivation named stand under their names."""
    return substitute(expr, {node.body: node for node in of.named}) if of.why is not None else expr


def _worked(of: Minimum, solved: Solved, writer: Writer) -> Worked:
    """One unknown from its own equation; if that still holds others, in terms of them."""
    anchor = f"minimise {of.loss.name} {solved.unknown.name}"
    if of.singular:
        steps = steps_of(of, solved, writer)[:-1]
        return Worked(anchor, writer.name(solved.unknown.name), steps[-1].line, steps)
    if solved.alone is None:
        return Worked(anchor, Sym(solved.star.name), writer.quantity(solved.star), steps_of(of, solved, writer))
    name = writer.name(solved.unknown.name)
    return Worked(anchor, name, Line((name, writer.formula(solved.alone))), steps_of(of, solved, writer))


def _with_numbers(writer: Writer, of: Minimum) -> Writer:
    """The numbers of the solution under its name, where its formula gives them."""
    if of.numbers is None or of.numbers.rank < of.numbers.count:
        return writer
    return replace(writer, state=replace(writer.state, numbers={**writer.state.numbers, **of.numbers.values}))


def _caption(of: Minimum) -> str:
    if any(len(x.shape) > 1 for x in of.unknowns):
        return "Differentiated once more: what the second derivative makes of a direction"
    return "Differentiated once more" if all(not x.shape for x in of.unknowns) else "Differentiated once more: the Hessian"


def _second(of: Minimum, writer: Writer, names: tuple[str, ...]) -> Iterator[Line]:
    second = of.second
    if of.why == "kinks":
        return
    plain = {block.name: block for block in hessians(second)}
    for i, x in enumerate(second.unknowns):
        for j, other in enumerate(second.unknowns[i:], i):
            name = Sym(Grad(f"d{of.loss.name}/d{x.name}", str(other.name)))
            if name.name in plain:
                yield Line((name, writer.formula(folded(of, plain[name.name].body))))
            elif not of.why:
                direction = var(names[j], other.shape)
                made = made_of(second, i, j, direction)
                if cost(made) <= LONGEST:
                    yield Line((Function(str(name.name), (writer.formula(direction),), symbol=(text(name), latex(name))), writer.formula(made)))


def _proved(of: Minimum, writer: Writer) -> Iterator[Block]:
    """∂L/∂w = 0 at w*, shown with the star put in for w."""
    stars: dict[Expr, Expr] = {one.unknown: named(one.star.name, var(str(one.star.name), one.unknown.shape)) for one in of.solved}
    for proof, gradient in zip(of.proofs, of.second.gradients):
        left = substitute(gradient, stars)
        if cost(left) <= LONGEST:
            yield Claim(writer.formula(left), writer.formula(proof.right), proof.verdict.verdict, _explained(proof.verdict))


def _explained(verdict: Verdict) -> str:
    if verdict.verdict == "holds":
        exact = "the gradient vanishes there, for all values and sizes for which the formula has a value: proved by exact random evaluation"
        return exact if verdict.certainty == "exact" else "the gradient vanishes there to many digits at random points"
    return verdict.reason or "the gradient was not shown to vanish there"
