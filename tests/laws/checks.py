"""The two oracles for gradients: exact forward mode in residues, and JAX in float64, many networks at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

import jax
import numpy as np

from byhand.derive import Derivation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Map, Named, Pick, Var, named, var
from byhand.lang.walk import children, postorder, rebuild
from byhand.run.algebra import Measure, walk
from byhand.run.arrays import Dims
from byhand.run.evaluate import evaluate
from byhand.run.floats import Floats
from byhand.run.order import definition, in_order
from byhand.run.residues import P, Redraw
from byhand.run.sampling import Sample, field_evaluate, sample
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain
from support import jax_oracle
from support.dual import along, directions, forward
from support.rule_cases import TURNING, numbers

Zeros: TypeAlias = Mapping[Var, Sequence[Dims]]
ATTEMPTS = 8
"""How many samples are tried: some divide by zero, and half of all numbers have no root."""
TOGETHER = 40
"""How many networks JAX compiles at once, which takes far less time than one by one."""


def shown(*formulas: Named) -> str:
    return "\n".join(f"{one.name} = {plain(notation(one.body, Conventions()))}" for one in formulas)


def perturbed(loss: Named) -> tuple[Expr, dict[str, Var]]:
    """The loss with a variable added to every intermediate: at 0 its derivatives are the intermediates' gradients."""
    added: dict[str, Var] = {}
    done: dict[Expr, Expr] = {}
    for node in postorder(loss):
        fresh = rebuild(node, tuple(done[part] for part in children(node)))
        if isinstance(node, Named) and node is not loss:
            extra = added[str(node.name)] = var(f"extra_{node.name}", node.shape)
            fresh = named(f"moved_{node.name}", fresh + extra)
        done[node] = fresh
    return done[loss], added


def zeros_for(variables: Sequence[Var], sizes: Mapping[str, int], seed: int) -> Zeros:
    """Entries to put to zero, so that values sit exactly on kinks: all, some or none of a variable's."""
    random = Random(seed)
    found: dict[Var, list[Dims]] = {}
    for node in variables:
        share = 0.0 if node.facts else random.choice((0.0, 0.5, 0.5, 1.0))
        found[node] = [entry for entry in np.ndindex(jax_oracle.dims(node.shape, sizes)) if random.random() < share]
    return found


# ------------------------------------------------------------------------------------------------- residues


def check_in_the_field(loss: Named, variables: Sequence[Var], derivation: Derivation, sizes: Mapping[str, int], zeros: Zeros, attempts: int = ATTEMPTS) -> str:
    """Every gradient against exact forward mode; how that went in a word."""
    moved, added = perturbed(derivation.loss)
    of_variables = {node: derivation.gradients[node.name] for node in variables if node.name in derivation.gradients}
    of_intermediates = {extra: derivation.gradients[name] for name, extra in added.items() if name in derivation.gradients}
    outcome = "undefined"
    for seed in range(attempts):
        try:
            at = _with_nothing_added(sample(variables, sizes, seed, zeros=zeros), added.values(), sizes)
            if all(_same_slopes(root, gradients, at, seed) for root, gradients in ((loss, of_variables), (moved, of_intermediates))):
                return "exact"
        except Redraw:
            continue
        outcome = "left to floats"
        assert at.trials[0].guessed or turns(loss), shown(*derivation.forward, *derivation.gradients.values())
    return outcome


def _with_nothing_added(at: Sample, added: Any, sizes: Mapping[str, int]) -> Sample:
    nothing = {extra: np.zeros((2, 1, *jax_oracle.dims(extra.shape, sizes)), dtype=object) for extra in added}
    return Sample({**at.data, **nothing}, at.sizes, at.trials)


def _same_slopes(root: Expr, gradients: Mapping[Var, Named], at: Sample, seed: int) -> bool:
    if not gradients:
        return True
    slopes = directions(gradients, at, seed)
    found = field_evaluate(list(gradients.values()), at)
    total = sum(along(gradient, slopes[node]) for gradient, node in zip(found, gradients)) % P
    return bool(np.array_equal(total, forward(root, at, slopes)))


def turns(loss: Expr) -> bool:
    """Whether a rule in it is true by the order of numbers, which residues do not have."""
    return any(isinstance(node, Call) and node.rule.name in TURNING for node in postorder(loss, below=jax_oracle.with_definitions))


# ------------------------------------------------------------------------------------------------------ JAX


@dataclass(frozen=True)
class Task:
    """A function of variables, what byhand says its derivative for each of them is, and the data."""

    root: Expr
    claimed: Mapping[Var, Expr]
    data: Mapping[Var, Any]
    sizes: Mapping[str, int]
    about: str


def gradient_task(loss: Named, variables: Sequence[Var], derivation: Derivation, sizes: Mapping[str, int], zeros: Zeros, seed: int) -> Task:
    """All gradients of the loss as it was drawn, those of its named intermediates too, at random numbers."""
    rng = np.random.default_rng(seed)
    data = {node: numbers(node, sizes, rng) for node in variables}
    for node, entries in zeros.items():
        for entry in entries:
            data[node][entry] = 0.0
    moved, added = perturbed(loss)
    nothing = {extra: np.zeros(jax_oracle.dims(extra.shape, sizes)) for extra in added.values()}
    names = {node.name: node for node in variables} | added
    claimed = {node: derivation.gradients[name] for name, node in names.items() if name in derivation.gradients}
    return Task(moved, claimed, {**data, **nothing}, sizes, shown(*derivation.forward, *derivation.gradients.values()))


def check_with_jax(tasks: Sequence[Task], differentiate: Callable[..., Any] = jax.grad) -> Counter[str]:
    """Every claimed derivative against JAX's; how often it could be compared."""
    seen: Counter[str] = Counter()
    tasks = [task for task in tasks if task.claimed]
    for start in range(0, len(tasks), TOGETHER):
        some = tasks[start : start + TOGETHER]
        compiled = jax.jit(lambda points, some=some: [_derivatives(task, point, differentiate) for task, point in zip(some, points)])
        for task, derivatives in zip(some, compiled([[task.data[node] for node in task.claimed] for task in some])):
            seen[_compared(task, [np.asarray(one) for one in derivatives])] += 1
    return seen


def _derivatives(task: Task, point: Sequence[Any], differentiate: Callable[..., Any]) -> Any:
    return differentiate(lambda at: jax_oracle.value(task.root, {**task.data, **dict(zip(task.claimed, at))}, task.sizes))(point)


def _compared(task: Task, derivatives: Sequence[Any]) -> str:
    if not all(np.isfinite(one).all() for one in derivatives):
        return "not finite"
    try:
        data = {node.name: np.asarray(value) for node, value in task.data.items()}
        found = evaluate(list(task.claimed.values()), data, task.sizes, exact=False).roots
    except ByhandError:
        return "undefined"
    for node, one, other in zip(task.claimed, derivatives, found):
        scale = max(1.0, float(np.abs(one).max(initial=0)))
        if not np.allclose(np.asarray(other, dtype=float), one, rtol=1e-8, atol=1e-9 * scale):
            assert _rounded_off_a_kink(task), f"{node.name}: {other} here, {one} by JAX, in\n{task.about}"
            return "rounded off a kink"
    return "compared"


def _rounded_off_a_kink(task: Task) -> bool:
    """Whether something that is zero, or tied, in exact arithmetic is not quite so in floats: then rounding decides the branch."""
    order = in_order([task.root], definition)
    data = {node: np.asarray(value, dtype=float) for node, value in task.data.items()}
    values = walk(order, Floats(data, 0), Measure(task.sizes), definition)
    return any(_nearly_zero(gap).any() for node in order for gap in _gaps(node, values))


def _gaps(node: Expr, values: Mapping[Expr, Any]) -> list[Any]:
    if isinstance(node, Map) and node.leaf.kinked:
        return [values[node.args[0]]]
    if isinstance(node, Pick):
        return [np.diff(np.sort(values[node.arg], axis=-1))]
    return []


def _nearly_zero(gap: Any) -> Any:
    return (gap != 0) & (np.abs(gap) < 1e-9)
