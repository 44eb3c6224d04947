"""The chain rule written out link by link in index notation: ∂l/∂w_ij = Σ_k ∂l/∂p_k ∂p_k/∂…, each local derivative put in, the sums simplified."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.derive import Derivation, local_derivative
from byhand.derive.collapse import cancelled, flat, multiplied_out, with_known_sums, without_deltas
from byhand.derive.facts import sums_to_one
from byhand.derive.indexed import Delta, Names, Term, Terms, entry, readable
from byhand.derive.simplify import cost, simplify, with_facts
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Index, Named, Var, describe, named, var
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly, Size
from byhand.lang.spec import LETTERS
from byhand.lang.walk import postorder, spelled_out, substitute

HARD_TO_READ = frozenset("lo")
"""Letters that look like 1 and 0 at the foot of a name."""
MOST_PATHS = 3
MOST_LINKS = 8
MOST_SIGNS = 60
"""Names, numbers and functions in one local derivative."""


@dataclass(frozen=True, slots=True)
class Link:
    """∂y/∂x of a quantity that stands in the formula of y, all else in it held fixed: its entries at these letters."""

    y: Named
    x: Named | Var
    letters: str
    entry: Term


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A line of the chain: the terms it has come to, and how. The first has none: it is the chain rule itself."""

    rule: str
    because: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Chain:
    """A gradient's entry ``at`` these letters, along every path from the loss; ``whole`` is the gradient in full."""

    gradient: Named
    at: str
    paths: tuple[tuple[Link, ...], ...]
    steps: tuple[ChainStep, ...]
    sizes: Mapping[str, Size]
    whole: Expr


def chain_of(derivation: Derivation, gradient: Named, taken: frozenset[str]) -> Chain | None:
    """The chain behind a gradient; ``None`` where there is no quantity on the way, or more ways and links than a person would write out."""
    loss = derivation.loss
    below = [node for node in postorder(loss) if isinstance(node, (Named, Var))]
    x = next((node for node in below if Grad(str(loss.name), str(node.name)) == gradient.name), None)
    paths = _paths(derivation, x) if x is not None else []
    if x is None or not 0 < len(paths) <= MOST_PATHS or max(map(len, paths)) < 3:
        return None
    letters = [letter for letter in LETTERS if letter not in taken | _size_letters(derivation) | HARD_TO_READ]
    try:
        names = Names({}, letters)
        at = "".join(names.fresh(axis) for axis in x.shape)
        found = tuple(_links(path, at, names, derivation) for path in paths)
    except (ByhandError, IndexError):  # a derivative that cannot be written entry by entry, or no letters left
        return None
    steps = tuple(_steps(found, names.sizes))
    whole = spelled_out([gradient.body], lambda name: not isinstance(name, Grad))[gradient.body]
    return Chain(gradient, at, found, steps, names.sizes, with_facts(simplify(whole)))


def _size_letters(derivation: Derivation) -> frozenset[str]:
    return frozenset(letter for node in postorder(derivation.loss) for axis in node.shape for letter in Poly.of(axis).letters)


# ----------------------------------------------------------------------------------------------------- paths


def _paths(derivation: Derivation, x: Named | Var) -> list[list[Named | Var]]:
    """The ways from the loss to x through named quantities, at most one more than are written out."""
    below = {node: [inner for inner in postorder(node.body, enter_named=False) if isinstance(inner, (Named, Var))] for node in derivation.forward}
    leads = {x}
    for node in derivation.forward:
        if any(inner in leads for inner in below[node]):
            leads.add(node)
    found: list[list[Named | Var]] = []
    waiting: list[list[Named | Var]] = [[derivation.loss]]
    while waiting and len(found) <= MOST_PATHS:
        path = waiting.pop()
        last = path[-1]
        if last is x:
            found.append(path)
        elif isinstance(last, Named) and len(path) <= MOST_LINKS + 1:
            waiting += [[*path, inner] for inner in reversed(below[last]) if inner in leads]
    return found if not waiting else []


def _links(path: Sequence[Named | Var], at: str, names: Names, derivation: Derivation) -> tuple[Link, ...]:
    """The local derivatives along a path, each index of a quantity on the way with a letter of its own."""
    words = ["", *("".join(names.fresh(axis) for axis in node.shape) for node in path[1:-1]), at]
    known = frozenset(node.name for node in postorder(derivation.loss) if isinstance(node, (Named, Var)))
    links: list[Link] = []
    for y, x, above, below in zip(path, path[1:], words, words[1:]):
        assert isinstance(y, Named)
        entries = direct(y, x, known.__contains__)
        if cost(entries) > MOST_SIGNS:
            raise ByhandError("too long")
        if any(isinstance(node, Index) and len(node.shape) > 2 for node in postorder(entries, enter_named=False)):
            raise ByhandError("no formula of entries")
        links.append(Link(y, x, above + below, readable(entry(entries, above + below, names))))
    return tuple(links)


def direct(y: Named, x: Named | Var, known: Callable[[object], bool]) -> Expr:
    """∂y/∂x through the formula of y alone, whatever else in it depends on x; its axes are those of y, then those of x."""
    alone = var(f"{x.name}°", x.shape, ("sums_to_one",) if x.shape and sums_to_one(x) else ())
    changed = named(y.name, substitute(y.body, {x: alone}))
    entries = local_derivative(changed, alone).entries
    back = substitute(entries, {alone: x, changed: y})
    return spelled_out([back], known)[back]


# ----------------------------------------------------------------------------------------------------- steps


def _steps(paths: Sequence[Sequence[Link]], sizes: dict[str, Size]) -> Iterator[ChainStep]:
    """From the local derivatives put in to the shortest form; a step that changes nothing is none."""
    terms = tuple(map(_put_in, paths))
    yield ChainStep("local derivatives", "each factor of the chain is put in", terms)
    collapsed = [without_deltas(term) for term in terms]
    fresh = tuple(flat(term) for term, _ in collapsed)
    gone = [pair for _, pairs in collapsed for pair in pairs]
    if gone:
        yield ChainStep("Kronecker delta", "; ".join(map(_leaves, gone)), tuple(term for term, _ in collapsed))
    short = tuple(cancelled(term, sizes) for term in fresh)
    if short != fresh:
        yield ChainStep("cancel", "factors side by side are multiplied, and cancel where they can", short)
    opened = tuple(multiplied_out(term, sizes) for term in short)
    if opened != short:
        yield ChainStep("sum term by term", _why_opened(short), opened)
    done = [with_known_sums(term) for term in opened]
    known = list(dict.fromkeys(expr for _, found in done for expr in found))
    if known:
        yield ChainStep("fact", f"the entries of {' and of '.join(map(describe, known))} sum to one", tuple(term for term, _ in done))


def _put_in(path: Sequence[Link]) -> Term:
    """The product of the local derivatives; sums inside one of them run over all of it."""
    letters = dict.fromkeys("".join(link.letters for link in path[:-1]))
    inside = "".join(link.entry.bound for link in path)
    return Term(brackets=tuple((replace(link.entry, bound=""),) for link in path), bound="".join(letters) + inside)


def _leaves(pair: Delta) -> str:
    return f"of the sum over {pair[0]} the δ leaves only the term {pair[0]} = {pair[1]}"


def _why_opened(terms: Terms) -> str:
    letters = ", ".join(dict.fromkeys("".join(term.bound for term in terms)))
    if any(len(bracket) > 1 for term in terms for bracket in term.brackets):
        return f"each δ leaves one term of its sum, and what does not depend on {letters} comes in front"
    return f"what does not depend on {letters} comes in front of the sum"
