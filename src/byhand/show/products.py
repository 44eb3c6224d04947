"""Products of two factors in matrix notation: elementwise, outer, and over one shared axis."""

from __future__ import annotations

from byhand.show.pieces import Factor, Sizes, Work, diagonal, forms, joined, transposed, upright
from byhand.show.stretch import aligned, dot, lines_up, matrix_vector, outer, rearranged, squeezed
from byhand.show.tree import Product, Subscript, Tree


def elementwise(work: Work, left: Factor, right: Factor, out: str, sizes: Sizes) -> Tree:
    """A product without sums; ``out`` has just the letters of the factors."""
    first, second = (f if lines_up(f.word, out, sizes) else squeezed(f, out, sizes) for f in (left, right))
    if len(out) == 2 and first.word + second.word in (out, out[::-1]):
        column, row = (first, second) if first.word == out[0] else (second, first)
        return outer(work, upright(column), upright(row))
    sides = [Factor(aligned(f, out, sizes), out, f.expr, f.below) for f in (first, second)]
    plain = joined("hadamard", *sides)
    math = _on_matrix(_unstretched(first, out), _unstretched(second, out), out) if len(out) == 2 else None
    return forms(plain, math or plain)


def _on_matrix(left: Factor, right: Factor, out: str) -> Tree | None:
    """In mathematics a vector scales rows or columns as a diagonal matrix."""
    for vector, matrix in ((left, right), (right, left)):
        if len(vector.word) == 1 and vector.word in out and set(matrix.word) == set(out):
            scale, body = diagonal(upright(vector)), rearranged(upright(matrix), matrix.word, out)
            return Product("matmul", scale, body) if vector.word == out[0] else Product("matmul", body, scale)
    return None


def _unstretched(factor: Factor, out: str) -> Factor:
    """v for v[:, None]."""
    tree = factor.tree
    if isinstance(tree, Subscript) and tree.at == ":, None" and len(factor.word) == 2:
        return Factor(tree.base, out[0], factor.expr, factor.below)
    return factor


def matrix_product(work: Work, left: Factor, right: Factor, out: str) -> Tree | None:
    """A product of matrices or vectors over the one axis they share."""
    shared = [c for c in left.word if c in right.word]
    free = [c for c in left.word + right.word if c not in shared]
    if len(shared) != 1 or shared[0] in out or sorted(free) != sorted(out) or max(len(left.word), len(right.word)) > 2:
        return None
    first, second = upright(left), upright(right)
    if len(left.word) == 2 and left.word[0] == shared[0]:
        first = transposed(first)
    if len(right.word) == 2 and right.word[1] == shared[0]:
        second = transposed(second)
    match len(left.word), len(right.word):
        case 1, 1:
            return dot(work, first, second)
        case 2, 1:
            return matrix_vector(work, first, second, on_the_left=False)
        case 1, 2:
            return matrix_vector(work, transposed(second), first, on_the_left=True)
        case _:
            product = Product("matmul", first, second)
            return product if "".join(free) == out else transposed(product)


def stacked_product(words: tuple[str, ...], trees: tuple[Tree, ...], out: str) -> Tree | None:
    """NumPy's ``@`` on stacks of matrices, if this contraction is one."""
    if len(words) != 2 or len(words[0]) < 2 or not words[1]:
        return None
    (left, right), (first, second) = words, trees
    if len(right) == 1:
        return Product("matmul", first, second) if right == left[-1] and out == left[:-1] else None
    shared, row = left[-1], left[-2]
    if right[-2] != shared:
        right, second = right[:-2] + right[:-3:-1], rearranged(second, right, right[:-2] + right[:-3:-1])
    column, batches = right[-1], (left[:-2], right[:-2])
    longest = max(batches, key=len)
    fits = out == longest + row + column and all(longest.endswith(batch) for batch in batches)
    distinct = len({row, shared, column}) == 3 and not {row, shared, column} & set(longest)
    return Product("matmul", first, second) if right[-2] == shared and fits and distinct else None
