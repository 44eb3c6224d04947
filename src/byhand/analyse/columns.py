"""Second derivatives by a matrix W that treat all its columns alike, or all its rows: one small matrix says everything."""

from __future__ import annotations

from byhand.derive.simplify import simplify
from byhand.lang.expr import Add, Contract, Expr, add, contract, scale, split_factor
from byhand.lang.sizes import Poly, Size
from byhand.lang.spec import LETTERS, Spec, spec


def separated(block: Expr) -> tuple[int, Expr] | None:
    """Which axis of W a matrix A acts on, and A: ∂²f/∂W_{ij}∂W_{kl} is A_{ik} δ_{jl} (axis 0), or δ_{ik} A_{jl} (axis 1).

    Read off the formula, in which every term carries the δ; ``None`` where it is neither. The eigenvalues of the whole are then
    those of A, each once for every column (row).
    """
    rows, columns = block.shape[:2]
    for axis, trace, count in ((0, "ijkj->ik", columns), (1, "ijil->jl", rows)):
        share = Poly.of(count).inverse()
        if share is not None and _is_delta(block, 1 - axis, 3 - axis):
            return axis, simplify(scale(share, _fused(spec(trace), block)))
    return None


def _is_delta(node: Expr, p: int, q: int) -> bool:
    """Whether every term is δ along the axes p and q times something that has neither."""
    _, rest = split_factor(node)
    match rest:
        case Add(terms):
            return all(_is_delta(term, p, q) for term in terms)
        case Contract(how, args):
            a, b = how.output[p], how.output[q]
            if a == b:
                return how.output.count(a) == 2 and not any(a in word for word in how.inputs)
            holding = [k for k, word in enumerate(how.inputs) if a in word or b in word]
            word = how.inputs[holding[0]] if len(holding) == 1 else ""
            once = how.output.count(a) == how.output.count(b) == word.count(a) == word.count(b) == 1
            return once and _is_delta(args[holding[0]], word.index(a), word.index(b))
        case _:
            return False


def _fused(how: Spec, node: Expr) -> Expr:
    """A contraction of one array, carried out inside the products that the array is made of."""
    factor, rest = split_factor(node)
    if isinstance(rest, Add):
        return scale(factor, add([_fused(how, term) for term in rest.terms]))
    if not isinstance(rest, Contract):
        return contract(how, node)
    names, sizes = _joined(how.inputs[0], rest)
    words = ["".join(names[f"<{c}"] for c in word) for word in rest.spec.inputs]
    output = "".join(names[f">{c}"] for c in how.output)
    for letter in dict.fromkeys(names[f">{c}"] for c in how.inputs[0]):
        if letter not in output and not any(letter in word for word in words):
            factor = factor * sizes[letter]
    args = list(rest.args)
    for k, word in enumerate(words):
        others = output + "".join(words[:k] + words[k + 1 :])
        kept = "".join(dict.fromkeys(c for c in word if c in others))
        if len(words) == 2 and len(kept) < len(word):
            args[k], words[k] = _fused(Spec((word,), kept), args[k]), kept
    return scale(factor, contract(Spec(tuple(words), output), *args, sizes={c: sizes[c] for c in output if c in sizes}))


def _joined(word: str, inner: Contract) -> tuple[dict[str, str], dict[str, Size]]:
    """One letter for all that the outer word (``>c``) and the inner specification (``<c``) call the same axis, and its size."""
    same: dict[str, str] = {}
    for outer, own in zip(word, inner.spec.output):
        first, second = same.setdefault(f">{outer}", f">{outer}"), same.setdefault(f"<{own}", f"<{own}")
        same = {name: first if root == second else root for name, root in same.items()}
    same |= {f"<{c}": f"<{c}" for c in inner.spec.summed}
    letters = dict(zip(dict.fromkeys(same.values()), LETTERS))
    names = {name: letters[root] for name, root in same.items()}
    return names, {names[f"<{c}"]: size for c, size in zip(inner.spec.output, inner.shape)}
