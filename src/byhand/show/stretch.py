"""Broadcasting: what NumPy stretches by itself, and how the rest is written out."""

from __future__ import annotations

from byhand.lang.sizes import Shape
from byhand.show.pieces import Factor, Sizes, Work, forms, math_of, new_axes, ones, plain_of, transposed
from byhand.show.plain import plain_shape
from byhand.show.tree import Forms, Function, Product, Setting, Subscript, Transposed, Tree


def rearranged(tree: Tree, word: str, target: str) -> Tree:
    """The axes ``word`` of a tree in the order ``target``, which has the same letters."""
    if word == target:
        return tree
    if len(word) == 2 or word == target[::-1]:
        return transposed(tree)
    order = tuple(word.index(c) for c in target)
    return Function("transpose", (tree, Setting(str(order))))


def lines_up(word: str, out: str, sizes: Sizes) -> bool:
    """Whether NumPy stretches axes ``word`` to ``out`` by itself."""
    if len(word) > len(out):
        return False
    pairs = zip(word, out[len(out) - len(word) :])
    return all(mine == full or (mine not in out and sizes[mine] == 1) for mine, full in pairs)


def aligned(factor: Factor, out: str, sizes: Sizes) -> Tree:
    """The factor so that NumPy stretches it to ``out``: axes in order, new ones where they are missing."""
    if lines_up(factor.word, out, sizes):
        return factor.tree
    target = "".join(c for c in out if c in factor.word)
    tree = rearranged(factor.tree, factor.word, target)
    if out.endswith(target) or not target:
        return tree
    start = min(map(out.index, target))
    return new_axes(tree, ", ".join(":" if c in target else "None" for c in out[start:]))


def squeezed(factor: Factor, others: str, sizes: Sizes) -> Factor:
    """The factor without axes of size 1 that nothing else has."""
    idle = [c for c in factor.word if c not in others and factor.word.count(c) == 1 and sizes[c] == 1]
    if not idle:
        return factor
    at = ", ".join("0" if c in idle else ":" for c in factor.word)
    tree = _unstretched(factor.tree, at) or Subscript(factor.tree, at)
    return Factor(tree, "".join(c for c in factor.word if c not in idle), factor.expr, factor.below)


def _unstretched(tree: Tree, at: str) -> Tree | None:
    """v for v[:, None][:, 0]."""
    if isinstance(tree, Subscript) and tree.at == at.replace("0", "None"):
        return tree.base
    return None


def outer(work: Work, left: Tree, right: Tree) -> Tree:
    """Of two vectors."""
    first, second = (math_of(left), turned(right)) if work.conventions.vectors == "columns" else (turned(left), math_of(right))
    return forms(Function("outer", (left, right)), Product("matmul", first, second))


def dot(work: Work, left: Tree, right: Tree) -> Tree:
    first, second = (turned(left), math_of(right)) if work.conventions.vectors == "columns" else (math_of(left), turned(right))
    return forms(Product("matmul", plain_of(left), plain_of(right)), Product("matmul", first, second))


def turned(vector: Tree) -> Tree:
    """A vector lying the other way: xᵀ, and aᵀ W rather than (Wᵀ a)ᵀ where it was written as a @ W."""
    match vector:
        case Forms(Product("matmul", left, right), Product("matmul", first, second)) if math_of(first) != math_of(left):
            backwards = math_of(second) == math_of(left)
            if backwards:
                return Product("matmul", turned(left), math_of(right))
            return Product("matmul", math_of(left), turned(right)) if math_of(first) == math_of(right) else Transposed(math_of(vector))
        case _:
            return Transposed(math_of(vector))


def matrix_vector(work: Work, matrix: Tree, vector: Tree, on_the_left: bool) -> Tree:
    """``matrix`` @ ``vector``, or with the vector on the left; in mathematics on the side where vectors stand."""
    plain = Product("matmul", vector, transposed(matrix)) if on_the_left else Product("matmul", matrix, vector)
    if work.conventions.vectors == "columns":
        return forms(plain, Product("matmul", matrix, vector))
    return forms(plain, _row_product(vector, math_of(matrix)))


def _row_product(vector: Tree, matrix: Tree) -> Tree:
    """x Bᵀ Aᵀ for a row x and A B."""
    if isinstance(matrix, Product) and matrix.kind == "matmul" and transposed(matrix) != matrix:
        return Product("matmul", _row_product(vector, math_of(matrix.right)), transposed(math_of(matrix.left)))
    return Product("matmul", vector, transposed(matrix))


def written_out(work: Work, factor: Factor, out: str, sizes: Sizes) -> Tree:
    """The factor stretched to ``out`` with nothing beside it to stretch it: a product with ones."""
    shape = tuple(sizes[c] for c in out)
    missing = [c for c in out if c not in factor.word]
    if all(sizes[c] == 1 for c in missing):
        return _with_new_axes(factor, out, shape)
    if not factor.word:
        return Product("scale", factor.tree, ones(shape))
    if len(out) == 2 and len(factor.word) == 1:
        vector, beside = factor.tree, ones((sizes[missing[0]],))
        return outer(work, vector, beside) if out[0] == factor.word else outer(work, beside, vector)
    return Product("hadamard", aligned(factor, out, sizes), ones(shape))


def _with_new_axes(factor: Factor, out: str, shape: Shape) -> Tree:
    """Axes of size 1 where letters are missing."""
    if not factor.word:
        return Function("reshape", (factor.tree, Setting(plain_shape(shape))))
    tree = rearranged(factor.tree, factor.word, "".join(c for c in out if c in factor.word))
    return new_axes(tree, ", ".join(":" if c in factor.word else "None" for c in out))


def total(tree: Tree, rank: int, axes: tuple[int, ...], keepdims: bool = False) -> Tree:
    """NumPy's sum over some axes."""
    options = [("axis", str(axes[0] if len(axes) == 1 else axes))] if len(axes) < rank or keepdims else []
    return Function("sum", (tree,), tuple(options + ([("keepdims", "True")] if keepdims else [])))
