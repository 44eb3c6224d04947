"""Networks of which it is known that permutations and sign flips are all their symmetries."""

from __future__ import annotations

from byhand.analyse.symmetries.activations import proved
from byhand.analyse.symmetries.grading import Structure
from byhand.lang.expr import Add, Contract, Expr, Var
from byhand.lang.leaves import tanh

ONE_LAYER = "Sussmann 1992"
"""H. J. Sussmann, Neural Networks 5 (1992) 589–593."""
SEVERAL_LAYERS = "Chen, Lu and Hecht-Nielsen 1993, Fefferman 1994"
"""A. M. Chen, H. Lu and R. Hecht-Nielsen, Neural Computation 5 (1993) 910–927; C. Fefferman, Revista Matemática Iberoamericana 10 (1994) 507–555."""


def is_tanh_network(structure: Structure, parameters: tuple[Var, ...]) -> bool:
    """Whether the function is a plain chain of layers W·a + b with tanh between them, and no weight used twice."""
    below = _below_tanh(structure, structure.function.root) or structure.function.root
    used: list[Var] = []
    while True:
        layer = _layer(structure, below)
        if layer is None:
            return False
        used += layer[0]
        inner = layer[1]
        if inner not in structure.function.moving:
            return len(set(used)) == len(used) and set(parameters) <= set(used)
        z = _below_tanh(structure, inner)
        if z is None:
            return False
        below = z


def _below_tanh(structure: Structure, node: Expr) -> Expr | None:
    """z, if the node is tanh(z), however it is written."""
    z = structure.argument(node)
    if z is None:
        return None
    known = structure.activations.of(node)
    return z if known.parity == "odd" and proved(known.value, tanh(known.argument)) else None


def _layer(structure: Structure, node: Expr) -> tuple[list[Var], Expr] | None:
    """The weights of W·a + b, and a."""
    weights: list[Var] = []
    inner: Expr | None = None
    for term in node.terms if isinstance(node, Add) else (node,):
        match term:
            case Var() | Contract(_, (Var(),)) if isinstance(bias := term if isinstance(term, Var) else term.args[0], Var):
                if isinstance(term, Contract) and term.spec.summed:
                    return None
                weights.append(bias)
            case Contract(how, (first, second)) if inner is None and len(how.summed) == 1:
                product = _weight_and_input(structure, first, second)
                if product is None:
                    return None
                weights.append(product[0])
                inner = product[1]
            case _:
                return None
    return None if inner is None else (weights, inner)


def _weight_and_input(structure: Structure, first: Expr, second: Expr) -> tuple[Var, Expr] | None:
    moving = structure.function.moving
    for weight, inner in ((first, second), (second, first)):
        if isinstance(weight, Var) and len(weight.shape) <= 2 and (weight in moving or inner in moving) and not (isinstance(inner, Var) and inner in moving):
            return weight, inner
    return None
