"""What an analysis of learning rates is about: the function, its unknowns, the method, and the numbers there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from byhand.analyse.hessian import Hessian, matrix
from byhand.analyse.rates.eigenvalues import Number
from byhand.analyse.rates.method import Method
from byhand.lang.expr import Call, Expr, Named, Var
from byhand.lang.sizes import Poly
from byhand.lang.walk import children, postorder, rebuild, size_letters
from byhand.run.arrays import Array
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate


@dataclass(frozen=True, slots=True)
class Setting:
    """``data`` and ``sizes`` are all numbers known but those of the unknowns, whose start is ``start``. ``spell`` writes formulas plainly;
    ``letter`` is what the Hessian is called.
    """

    second: Hessian
    method: Method
    data: Mapping[str, Value]
    sizes: Mapping[str, int]
    start: Mapping[str, Value]
    spell: Callable[[Expr], str]
    letter: str = "H"
    done: dict[Expr, Value] = field(default_factory=dict[Expr, Value])

    @property
    def unknowns(self) -> tuple[Var, ...]:
        return self.second.unknowns

    def has_numbers(self, *roots: Expr) -> bool:
        """Whether all that these formulas hold is known."""
        below = postorder(*roots)
        known = all(node.name in self.data for node in below if isinstance(node, Var))
        return known and all(size_letters(node) <= self.sizes.keys() for node in below)

    def value(self, node: Expr) -> Value:
        """The number of a formula without unknowns, exact where it can be."""
        if node not in self.done:
            self.done[node] = evaluate([node], self.data, self.sizes).roots[0]
        return self.done[node]

    def number(self, node: Expr | None) -> Number | None:
        """The value of a scalar that has one."""
        if node is None or not self.has_numbers(node):
            return None
        found = self.value(node).item()
        return found if isinstance(found, Fraction) else float(found)

    @property
    def count(self) -> int | None:
        """How many numbers the unknowns are, where their sizes are known."""
        shapes = [sized(x, self.sizes) for x in self.unknowns]
        return None if None in shapes else sum(prod(shape) for shape in shapes if shape is not None)

    def has_hessian(self) -> bool:
        """Whether the Hessian is known in numbers: free of the unknowns, and all else has some."""
        return self.count is not None and self.has_numbers(*(block for row in self.second.blocks for block in row))

    def hessian_in_numbers(self) -> Array:
        """The Hessian as one square matrix."""
        return matrix(self.second, self.value)

    def missing(self) -> list[str]:
        """The variables of f without numbers, the unknowns aside."""
        below = postorder(self.second.f)
        return [node.name for node in below if isinstance(node, Var) and node.name not in self.data and node not in self.unknowns]


def opened(root: Expr) -> Expr:
    """A formula with names and rules spelled out, down to sums and products of what is given."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root, below=_inside):
        parts = _inside(node)
        fresh = tuple(done[part] for part in parts)
        done[node] = fresh[0] if isinstance(node, (Named, Call)) else node if fresh == parts else rebuild(node, fresh)
    return done[root]


def _inside(node: Expr) -> tuple[Expr, ...]:
    return (node.body,) if isinstance(node, Call) else children(node)


def sized(node: Var, sizes: Mapping[str, int]) -> tuple[int, ...] | None:
    """The shape of a variable in numbers, where its sizes are known."""
    shape = [Poly.of(axis) for axis in node.shape]
    if any(axis.letters - sizes.keys() for axis in shape):
        return None
    return tuple(int(axis.at(sizes)) for axis in shape)


def all_in_order(values: Sequence[Value]) -> list[Number]:
    """The entries of several arrays, one after another."""
    return [entry for value in values for entry in value.ravel().tolist()]
