"""byhand: all gradients in one sweep, simplified, each step named."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from worker import serve, visible

from byhand.derive import Derivation, derive
from byhand.lang.expr import Expr, Named, Var, var
from byhand.lang.functions import total
from byhand.lang.leaves import exp, log, relu
from byhand.lang.walk import children, postorder
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain


def network(depth: int, prefix: str) -> tuple[Expr, list[Var]]:
    """The loss and its parameters; the last layer has one output and no relu."""
    x, y = var(f"{prefix}x", ("N", "d0")), var(f"{prefix}y", ("N",), ["signs"])
    z: Expr = x
    parameters: list[Var] = []
    for layer in range(1, depth):
        W, b = var(f"{prefix}W{layer}", (f"d{layer}", f"d{layer - 1}")), var(f"{prefix}b{layer}", (f"d{layer}",))
        parameters += [W, b]
        z = relu(z @ W.T + b)
    w, b = var(f"{prefix}w{depth}", (f"d{depth - 1}",)), var(f"{prefix}b{depth}")
    return total(log(1 + exp(-y * (z @ w + b)))), [*parameters, w, b]


def derived(problem: tuple[Expr, list[Var]]) -> Derivation:
    return derive(*problem)


def sizes(derivation: Derivation) -> dict[str, int]:
    """Nodes counted once; nodes of all lines as shown, names being leaves; nodes with all names put in; characters."""
    gradients = list(derivation.gradients.values())
    lines = [*derivation.forward, *gradients]
    conventions = Conventions()
    return {
        "nodes": len(postorder(*gradients)),
        "shown": sum(_tree_size([line.body], lambda node: () if isinstance(node, Named) else children(node)) for line in lines),
        "inlined": _tree_size(gradients, children),
        "characters": sum(visible(f"{line.name} = {plain(notation(line.body, conventions))}") for line in lines),
        "steps": len(derivation.steps),
    }


def _tree_size(roots: Iterable[Expr], below: Callable[[Expr], tuple[Expr, ...]]) -> int:
    """The number of nodes when a shared one counts wherever it stands."""
    roots = list(roots)
    size: dict[Expr, int] = {}
    for node in postorder(*roots, below=below):
        size[node] = 1 + sum(size[part] for part in below(node))
    return sum(size[root] for root in roots)


if __name__ == "__main__":
    serve(network, derived, sizes)
