"""Formulas of families as notation trees: sums and products over ranges in their places, names as the sheet writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from byhand.derive import Step
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.sheets.families.indices import Region, mostly
from byhand.sheets.families.model import Model
from byhand.sheets.families.seen import Atom
from byhand.show.conventions import Conventions
from byhand.show.document import Line, StepLine
from byhand.show.names import text_name
from byhand.show.notation import notation
from byhand.show.tree import Function, Ranged, Sym, Tree, rebuilt
from byhand.show.unicode import text

LONGEST_USED = 60


_NAMED = re.compile(r"[^\W\d_]+\[[^\[\]]+\]")


def spoken(words: str) -> str:
    """Words with members under the names that they have in formulas: a_{l+1} for a[l+1]."""
    return _NAMED.sub(lambda found: text_name(Sym(found[0])), words)


@dataclass(frozen=True, slots=True)
class Pen:
    """``step``: how the sheet calls the step function."""

    conventions: Conventions
    step: str = "step"

    def formula(self, expr: Expr, model: Model) -> Tree:
        """An expression, with what its sums and products stand for."""
        tree = notation(expr, self.conventions)
        atoms = {node.name: model.atoms[node] for node in postorder(expr, enter_named=False) if isinstance(node, Var) and node in model.atoms}
        return self._opened(tree, atoms, model)

    def name(self, name: Name) -> Tree:
        return self.conventions.sym(name)

    def _opened(self, tree: Tree, atoms: dict[str, Atom], model: Model) -> Tree:
        if isinstance(tree, Sym) and isinstance(tree.name, str) and tree.name in atoms:
            return self.ranged(atoms[tree.name], model)
        if isinstance(tree, Function) and tree.name == "step":
            tree = Function(self.step, tree.args, tree.options, tree.symbol)
        return rebuilt(tree, lambda part: self._opened(part, atoms, model))

    def ranged(self, atom: Atom, model: Model) -> Tree:
        bound = atom.bound
        region = model.region.over(bound) if bound.letter not in model.region.letters else model.region

        def written(region: Region) -> Tree:
            inner = model.inside(region)
            return self.formula(atom.term(inner, Poly.letter(bound.letter)), inner)

        body = mostly(region, written)
        return Ranged("sum" if atom.kind == "sum" else "prod", bound.letter, bound.low, bound.high, body)

    def steps(self, steps: tuple[Step, ...], model: Model, whole: bool = True) -> tuple[StepLine, ...]:
        """The steps of a derivation, each with its reason. ``whole``: what they lead to is all of the gradient, not one term of it."""
        alone = whole and sum(step.through is not None and step.rule != "insert" for step in steps) == 1
        return tuple(self.step_line(step, model, alone) for step in steps)

    def step_line(self, step: Step, model: Model, alone: bool) -> StepLine:
        formula = self.formula(step.after, model)
        message = step.through is not None and step.rule != "insert"
        links = (formula,) if message and not alone else (self.name(step.of), formula)
        inner = tuple(StepLine(one.rule, spoken(one.because), Line((self.formula(one.after, model),))) for one in step.inner)
        return StepLine(step.rule, spoken(step.because), Line(links), inner, self._used(step, model))

    def _used(self, step: Step, model: Model) -> Line | None:
        if not isinstance(step.through, Named):
            return None
        formula = self.formula(step.through.body, model)
        return Line((self.name(step.through.name), formula)) if len(text(formula)) <= LONGEST_USED else None
