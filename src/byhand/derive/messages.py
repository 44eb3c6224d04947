"""The message each kind of node sends back to its operands: the vector-Jacobian products.

For Y = f(X, …) and an incoming gradient G of Y's shape, the message to X is Σ G·∂Y/∂X, of X's shape. For a
contraction it is the contraction with the words of X and Y exchanged, G standing where X stood: that alone gives
X̄ = Z̄Wᵀ and W̄ = XᵀZ̄ in the order textbooks print. (Laue, Mitterreiter, Giesen 2018, "Computing higher order
derivatives of matrix and tensor expressions".)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from byhand.lang.build import index
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, contract
from byhand.lang.index import Gather, Reshape, Window
from byhand.lang.spec import Spec


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to one operand, with the rule that gives it and the reason."""

    to: Expr
    message: Expr
    rule: str
    because: str


def operands(node: Expr, active: frozenset[Expr] | set[Expr]) -> tuple[Expr, ...]:
    """The operands that messages go to; a rule without messages for them is entered through its body."""
    match node:
        case Var() | Num() | Named() | Pick():
            return ()
        case Add(terms):
            return terms
        case Contract(_, args) | Map(_, args):
            return args
        case Index(_, _, arg) | Inverse(arg):
            return (arg,)
        case Call(_, args, _, body):
            return args if _states_messages(node, active) else (body,)
        case _:
            assert_never(node)


def _states_messages(node: Call, active: frozenset[Expr] | set[Expr]) -> bool:
    return all(argument.name in node.rule.messages for argument, arg in zip(node.rule.arguments, node.args) if arg in active)


def messages(node: Expr, g: Expr, y: Expr, active: frozenset[Expr] | set[Expr]) -> list[Sent]:
    """What ``node``, whose value is known as ``y``, sends to its operands when ``g`` comes in."""
    match node:
        case Var() | Num() | Named() | Pick():
            return []
        case Add(terms):
            return [Sent(term, g, "sum", "each term of a sum receives the incoming gradient unchanged") for term in terms]
        case Contract():
            return [_through_contraction(node, k, g) for k, arg in enumerate(node.args) if arg in active]
        case Map(leaf, args):
            slopes = leaf.derivative(*args, y)
            return [Sent(arg, g * slope, leaf_name(node), leaf.because) for arg, slope in zip(args, slopes)]
        case Index():
            return [_through_index(node, g)]
        case Inverse():
            return [_through_inverse(node, g, y)]
        case Call(rule, args, options, body):
            if not _states_messages(node, active):
                return [Sent(body, g, rule.name, f"the definition of {rule.name}: {rule.formula or rule.summary}")]
            settings = dict(options)
            return [
                Sent(arg, stated.formula(g, y, *args, **settings), rule.name, stated.because)
                for argument, arg in zip(rule.arguments, args)
                if arg in active and (stated := rule.messages[argument.name])
            ]
        case _:
            assert_never(node)


def leaf_name(node: Map) -> str:
    """What people call this elementwise function."""
    exponent = node.leaf.exponent
    return node.leaf.name if exponent is None else _POWERS.get(exponent, "power")


_POWERS = {Fraction(2): "square", Fraction(-1): "reciprocal", Fraction(1, 2): "square root"}


# --------------------------------------------------------------------------------------------- contractions


def _through_contraction(node: Contract, position: int, g: Expr) -> Sent:
    how, arg = node.spec, node.args[position]
    word = how.inputs[position]
    sizes = dict(zip(word, arg.shape))
    if len(node.args) == 1:
        message = contract(Spec((how.output,), word), g, sizes=sizes)
    elif position == 0:
        message = contract(Spec((how.output, how.inputs[1]), word), g, node.args[1], sizes=sizes)
    else:
        message = contract(Spec((how.inputs[0], how.output), word), node.args[0], g, sizes=sizes)
    return Sent(arg, message, *_contraction_words(node, position))


def _contraction_words(node: Contract, position: int) -> tuple[str, str]:
    """The name of a contraction, and why its message is what it is."""
    how = node.spec
    if len(how.inputs) == 1:
        return _one_operand_words(how)
    how = _without_single_axes(node)
    left, right = how.inputs
    if not left and not right and not isinstance(node.args[0], Num):
        return "product", "the derivative of a product of two numbers by one of them is the other"
    if not left or not right:
        front = isinstance(node.args[0], Num) or bool(how.inputs[position])
        return "scalar multiple", "a factor in front stays in front" if front else "the scalar multiplies every entry, so it collects the sum of all products"
    if not how.summed and left == right == how.output:
        return "Hadamard product", "each entry is multiplied by the other factor's entry, and so is its gradient"
    if not how.summed and how.output in how.inputs and len(set(how.output)) == len(how.output):
        shared = how.inputs[position] != how.output
        reasons = ("each entry is multiplied by the factor of its row or column", "a factor shared by a row or column collects the gradients of all its uses")
        return "Hadamard product", reasons[shared]
    if not how.summed and not set(left) & set(right):
        return "outer product", "entry i,j is the product of one entry of each factor; the sum runs over the other index"
    if len(how.summed) == 1 and how.summed in left and how.summed in right and max(len(left), len(right)) <= 2 and set(left) & set(right) == {how.summed}:
        if not how.output:
            return "dot product", "the derivative of aᵀb for one vector is the other"
        message = ("Z = A B sends Ā = Z̄ Bᵀ to its left factor", "Z = A B sends B̄ = Aᵀ Z̄ to its right factor")[position]
        word = how.inputs[position]
        turned = len(word) == 2 and word[position] == how.summed
        return "matrix product", message + ("; the factor stands there transposed, so its gradient is transposed back" if turned else "")
    return "contraction", f"in {how} the gradient takes the place of the operand; the sum runs over all other letters"


def _without_single_axes(node: Contract) -> Spec:
    """The contraction without the axes of size 1 that one operand has for broadcasting's sake."""
    how = node.spec
    sizes = {c: axis for word, arg in zip(how.inputs, node.args) for c, axis in zip(word, arg.shape)}
    left, right = ("".join(c for c in word if c not in how.summed or c in other or sizes[c] != 1) for word, other in (how.inputs, how.inputs[::-1]))
    return Spec((left, right), how.output)


def _one_operand_words(how: Spec) -> tuple[str, str]:
    (word,) = how.inputs
    if how.broadcast and not how.summed:
        return "broadcast", "an entry that is used in several places receives the sum of their gradients"
    if how.summed and how.broadcast:
        return "sum, broadcast back", "every entry reaches each place where the sum is used"
    if how.summed:
        return "sum", "every entry is counted once in its sum, so it receives the gradient of that sum"
    if len(set(word)) < len(word) or len(set(how.output)) < len(how.output):
        return "diagonal", "only the entries on the diagonal take part"
    return "transpose", "the gradient of a transpose is the transposed gradient"


# --------------------------------------------------------------------------------------------- other nodes


def _through_index(node: Index, g: Expr) -> Sent:
    back = index(node.by, g, node.arg.shape, scatter=not isinstance(node.by, Reshape) and not node.scatter)
    match node.by:
        case Reshape():
            words = "reshape", "the entries stay in order, only the shape changes back"
        case Gather():
            words = "gather", "each row that was picked receives the gradients of all the places it was picked for"
        case Window():
            words = "indexing", "each entry receives the gradients of all the places it was read for; entries never read receive 0"
        case _:
            assert_never(node.by)
    return Sent(node.arg, back, *words)


def _through_inverse(node: Inverse, g: Expr, y: Expr) -> Sent:
    batch = "abcdefg"[: len(node.shape) - 2]
    left = contract(Spec((f"{batch}ji", f"{batch}jk"), f"{batch}ik"), y, g)
    message = contract(Spec((f"{batch}ij", f"{batch}kj"), f"{batch}ik"), left, y)
    return Sent(node.arg, -message, "inverse", "dA⁻¹ = −A⁻¹ dA A⁻¹, hence Ā = −A⁻ᵀ Ȳ A⁻ᵀ")
