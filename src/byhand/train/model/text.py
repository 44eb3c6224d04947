"""A sheet for a network of layers, written from their sizes as a person would write it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from byhand.lang.errors import ByhandError
from byhand.lang.rule import Rule
from byhand.read.functions import function
from byhand.rules import BY_NAME

MOST_LAYERS = 400
PLAIN = ("identity", "linear", "none", "")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def network_text(sizes: Sequence[int], activation: str = "relu", task: str = "classification", loss: str | None = None, l2: float = 0) -> str:
    """The Markdown of a sheet for a network with layers of these sizes: inputs first, then hidden layers, then outputs.

    ``task`` is ``classification`` (one output decides between two classes, several outputs are the scores of so many) or ``regression``.
    ``activation`` and ``loss`` are names that sheets know; ``l2`` is the strength of a penalty on the squares of all weights. Raises ``ByhandError`` for
    sizes that are none, an unknown task, activation or loss.
    """
    _check(sizes, activation, task, l2)
    scores = "z" if sizes[-1] == 1 else f"Z{len(sizes) - 1}" if len(sizes) > 2 else "Z"
    rule = _loss(loss, task, sizes[-1])
    target = "y" if sizes[-1] == 1 else "Y"
    parameters, shapes, formulas = _layers(sizes, activation, scores)
    fact = " one_hot" if rule.prediction is not None and rule.prediction.labels == "one_hot" else ""
    fact = " signs" if rule.prediction is not None and rule.prediction.labels == "signs" else fact
    goal = f"{target} : (N,{'' if sizes[-1] == 1 else f' {sizes[-1]}'}){fact}"
    penalty = _penalty(parameters, l2)
    lines = [f"X : (N, {sizes[0]})", goal, *shapes, *penalty[:1], "", *formulas, f"L = {rule.name}({scores}, {target}){''.join(penalty[1:])}"]
    asked = ", ".join(f"dL/d{name}" for name in parameters)
    words = _words(sizes, activation, task)
    return f"---\ntitle: {words[0]}\n---\n{words[1]}\n\n```byhand\n" + "\n".join(lines) + f"\n```\n\nThe gradients.\n\n```byhand\n{asked}\n```\n"


def _check(sizes: Sequence[int], activation: str, task: str, l2: float) -> None:
    if len(sizes) < 2 or any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in sizes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ByhandError(f"a network needs the sizes of at least two layers, whole numbers from 1, as in [64, 32, 10]; {list(sizes)} are none.")
    if len(sizes) > MOST_LAYERS:
        raise ByhandError(f"a network with {len(sizes)} layers is refused; the limit is {MOST_LAYERS}.")
    if task not in ("classification", "regression"):
        raise ByhandError(f"the task of a network is classification or regression, not {task[:40]!r}.")
    if activation not in PLAIN and function(activation) is None:
        raise ByhandError(f"there is no activation {activation[:40]!r}; relu, tanh, sigmoid, leaky_relu, elu, gelu, silu, softplus and identity are some.")
    if not 0 <= l2 < float("inf"):
        raise ByhandError(f"the strength of a penalty is a number that is not negative, not {l2}.")


def _loss(loss: str | None, task: str, outputs: int) -> Rule:
    """The loss's rule: what compares scores with targets."""
    usual = "mse" if task == "regression" else "bce_with_logits" if outputs == 1 else "cross_entropy"
    rule = BY_NAME.get(loss or usual)
    if rule is None or rule.prediction is None:
        known = ", ".join(name for name, one in BY_NAME.items() if one.prediction is not None)
        raise ByhandError(f"there is no loss {(loss or usual)[:40]!r} that compares scores with a target; there are {known}.")
    if (rule.prediction.labels is None) != (task == "regression") and rule.prediction.labels is not None:
        raise ByhandError(f"{rule.name} compares scores with classes, and the task is {task}.")
    return rule


def _layers(sizes: Sequence[int], activation: str, scores: str) -> tuple[list[str], list[str], list[str]]:
    """The parameters, their declarations, and the formulas of every layer."""
    parameters: list[str] = []
    shapes: list[str] = []
    formulas: list[str] = []
    before, last = "X", len(sizes) - 1
    for k, (width, next_) in enumerate(pairwise(sizes), 1):
        number = str(k) if last > 1 else ""
        one = k == last and next_ == 1
        weight, bias = (f"w{number}" if one else f"W{number}"), f"b{number}"
        parameters += [weight, bias]
        shapes.append(f"{weight} : ({width},{'' if one else f' {next_}'}), {bias} : {'()' if one else f'({next_},)'}")
        formulas.append(f"{scores if k == last else f'Z{k}'} = {before} @ {weight} + {bias}")
        if k < last:
            before = f"Z{k}" if activation in PLAIN else f"H{k}"
            formulas += [] if activation in PLAIN else [f"H{k} = {activation}(Z{k})"]
    return parameters, shapes, formulas


def _penalty(parameters: list[str], l2: float) -> list[str]:
    """The strength on a line of its own, and the penalty behind the loss; biases are left out."""
    if not l2:
        return []
    weights = [name for name in parameters if name[0] in "wW"]
    total = " + ".join(f"sum({name}**2)" for name in weights)
    return [f"lam = {_decimal(l2)}", f" + lam * {total}" if len(weights) == 1 else f" + lam * ({total})"]


def _decimal(number: float) -> str:
    text = f"{number:.17f}".rstrip("0")
    return repr(float(number)) if "e" not in repr(float(number)) else text


def _words(sizes: Sequence[int], activation: str, task: str) -> tuple[str, str]:
    hidden = len(sizes) - 2
    count = _COUNTS[hidden] if hidden < len(_COUNTS) else str(hidden)
    what = "A classifier" if task == "classification" else "A regression"
    layers = "without hidden layers" if not hidden else f"with {count} hidden layer{'s' if hidden > 1 else ''}"
    units = ", ".join(map(str, sizes[1:-1]))
    inside = f" through {'hidden layers' if hidden > 1 else 'a hidden layer'} of {units} units with {activation}" if hidden else ""
    many = "one output" if sizes[-1] == 1 else f"{sizes[-1]} outputs"
    return f"{what} {layers}", f"From {sizes[0]} inputs{inside} to {many}. A row of X is a sample, and there are N of them."
