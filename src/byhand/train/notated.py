"""The formulas of a model in the notation of its sheet."""

from __future__ import annotations

from byhand.compile.step import TrainingStep
from byhand.lang.expr import Named, Var
from byhand.lang.walk import postorder
from byhand.show.conventions import Conventions, detect
from byhand.show.notation import notation
from byhand.show.plain import plain
from byhand.train.model.model import Model


def conventions_for(model: Model) -> Conventions:
    """The notation of the model's sheet: rows or columns as its formulas have them, ∂L/∂W for what is given."""
    nodes = postorder(model.loss)
    given = frozenset(node.name for node in nodes if isinstance(node, Var))
    names = given | {str(node.name) for node in nodes if isinstance(node, Named)}
    return Conventions(vectors=detect([node.body for node in nodes if isinstance(node, Named)]), parameters=given, names=names, loss=str(model.loss.name))


def quantities(model: Model) -> tuple[list[Named], list[Named]]:
    """What is worked out forward, and the gradients in the order of the sweep."""
    return list(model.derivation.forward), [gradient for name, gradient in model.derivation.gradients.items() if name != model.loss.name]


def formulas_of(model: Model) -> dict[str, str]:
    """Every formula forward and back, as text that NumPy could run, by name."""
    conventions = conventions_for(model)
    forward, back = quantities(model)
    return {str(one.name): plain(notation(one.body, conventions)) for one in (*forward, *back)}


def first_lines(step: TrainingStep) -> list[Named]:
    """The lines that update the first parameter."""
    count = len(step.lines) // len(step.parameters)
    return list(step.lines[:count])


def score_name(model: Model) -> str:
    """What the score is called."""
    return "accuracy" if model.classes is not None else "R²"
