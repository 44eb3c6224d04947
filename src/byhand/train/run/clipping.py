"""Gradients that are too long are shortened: all of them together, to a norm of at most c, direction kept.

With n = √(Σ‖g‖²) over all parameters, each gradient becomes g · c / max(n, c), where max(n, c) = c + relu(n − c).
Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from byhand.derive import Derivation
from byhand.lang.expr import Named, Var, add, named, num
from byhand.lang.functions import total
from byhand.lang.leaves import relu, sqrt
from byhand.lang.names import Name
from byhand.train.model.names import free_name


def clipped(derivation: Derivation, parameters: Sequence[Var], longest: Fraction) -> Derivation:
    """The same derivation with every gradient shortened as its formula says."""
    gradients = {one.name: derivation.gradients[one.name] for one in parameters}
    taken = {str(name) for name in derivation.gradients} | {str(node.name) for node in derivation.forward} | {one.name for one in parameters}
    norm = named(free_name("norm", taken), sqrt(add([total(gradient**2) for gradient in gradients.values()])))
    limit = num(longest)
    share = named(free_name("share", taken), limit / (limit + relu(norm - limit)))
    short: dict[Name, Named] = {name: named(free_name(f"g_{name}", taken), share * gradient) for name, gradient in gradients.items()}
    return replace(derivation, gradients={**derivation.gradients, **short})
