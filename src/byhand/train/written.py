"""What is trained and how it went, for people: the formulas that run, the epochs, the learning curve, the confusion matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module

from byhand.compile.step import TrainingStep
from byhand.lang.expr import Named
from byhand.run.arrays import Array
from byhand.show.conventions import Conventions
from byhand.show.document import Block, Document, Line, Lines, Note, Section, Table
from byhand.show.notation import notation
from byhand.show.picture import Picture
from byhand.show.plot import Axes, Curve, plot
from byhand.train.data.table import Label
from byhand.train.model.model import Model
from byhand.train.notated import conventions_for, first_lines, quantities, score_name
from byhand.train.run.history import Epoch, History

MOST_ROWS = 12
MOST_CLASSES = 20


def lines_of(nodes: Sequence[Named], conventions: Conventions) -> tuple[Line, ...]:
    """name = formula."""
    return tuple(Line((conventions.sym(one.name), notation(one.body, conventions))) for one in nodes)


# ------------------------------------------------------------------------------------------------------ pages


def page_of(model: Model, history: History) -> str:
    """An HTML page of a network."""
    return str(import_module("byhand.show.html").render(document(model, None, history)))


def document(
    model: Model,
    step: TrainingStep | None,
    history: History,
    *,
    decided: Sequence[tuple[str, str]] = (),
    confusion: tuple[Array, Sequence[Label]] | None = None,
) -> Document:
    """A report: what was decided, the formulas, the course, and which classes were taken for which. ``step``: with the lines of its update."""
    said = tuple((label, what) for label, what in decided if label)
    sections = [Section(None, (*(Note(note) for note in model.remarks), *((Table("What was decided", ("", ""), said),) if said else ())))]
    sections.append(Section(None, tuple(_formulas(model, step))))
    if history:
        sections.append(Section(None, tuple(_course(model, history))))
    if confusion is not None and len(confusion[1]) <= MOST_CLASSES:
        sections.append(Section(None, (confusion_table(*confusion),)))
    return Document(model.title, tuple(sections))


def _formulas(model: Model, step: TrainingStep | None) -> Iterator[Block]:
    conventions = conventions_for(model)
    forward, back = quantities(model)
    yield Lines("Forward", lines_of(forward, conventions))
    yield Lines("Gradients", lines_of(back, conventions))
    if step is not None:
        yield Lines(f"The update of {step.parameters[0].name}; the others are alike", lines_of(first_lines(step), conventions))


def _course(model: Model, history: History) -> Iterator[Block]:
    score = score_name(model)
    head = ("epoch", "loss", *(("validation loss",) if history[-1].validation_loss is not None else ()), *((score,) if history[-1].score is not None else ()))
    yield Table("The course", head, tuple(_row(one) for one in some_of(history)))
    yield learning_curve(model, history)


def _row(epoch: Epoch) -> tuple[str, ...]:
    cells = [str(epoch.number), f"{epoch.loss:.4g}"]
    cells += [f"{epoch.validation_loss:.4g}"] if epoch.validation_loss is not None else []
    return tuple([*cells, f"{epoch.score:.4f}"] if epoch.score is not None else cells)


def some_of(history: History) -> list[Epoch]:
    """The first and the last epoch and some between, evenly."""
    count = len(history)
    wanted = sorted({round(k * (count - 1) / max(1, min(MOST_ROWS, count) - 1)) for k in range(min(MOST_ROWS, count))})
    return [history[k] for k in wanted]


def learning_curve(model: Model, history: History) -> Picture:
    """The losses over the epochs, on a logarithmic axis where they span more than a factor of ten."""
    losses = [(float(one.number), one.loss) for one in history]
    held = [(float(one.number), one.validation_loss) for one in history if one.validation_loss is not None]
    curves = [Curve(tuple(losses), "training", "accent", dots=len(losses) == 1)]
    curves += [Curve(tuple(held), "validation", "good", dashed=True, dots=len(held) == 1)] if held else []
    values = [y for curve in curves for _, y in curve.points]
    log = min(values) > 0 and max(values) > 10 * min(values)
    axes = Axes("epoch", f"{model.loss.name}", (0.0, float(max(len(history), 2))), log_y=log)
    last = history[-1]
    alt = f"The loss fell from {history[0].loss:.3g} in epoch 1 to {last.loss:.3g} in epoch {last.number}"
    alt += f"; on the samples held back to {last.validation_loss:.3g}." if last.validation_loss is not None else "."
    return plot(curves, axes, alt=alt, caption="Learning curve")


def confusion_table(counts: Array, classes: Sequence[Label]) -> Table:
    """Rows are the classes that samples are of, columns what the network says."""
    names = [str(one) for one in classes]
    rows = tuple((name, *(str(int(one)) if one else "·" for one in row)) for name, row in zip(names, counts))
    return Table("Confusion matrix: rows are the classes, columns what the network says", ("", *names), rows)
