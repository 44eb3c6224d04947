"""A chain of local derivatives on the page: one line of index notation for each step, and the result as matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from byhand.derive.indexed import Factor as Entries
from byhand.derive.indexed import Term, Terms
from byhand.derive.simplify import cost
from byhand.derive.steps import Derivation
from byhand.lang.expr import Named
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly, Size
from byhand.sheets.chain import Chain, Link, chain_of
from byhand.sheets.lines import Writer
from byhand.show.conventions import Conventions
from byhand.show.document import Line, Lines, StepLine, Worked
from byhand.show.index_form import multiplied
from byhand.show.notation import index_entries
from byhand.show.pieces import Factor, is_minus, power, scaled
from byhand.show.tree import Entry, Kronecker, Sigma, Sum, Sym, Tree
from byhand.show.unicode import text

MOST_SIGNS_WHOLE = 40
"""A gradient is written in full where it has no more names, numbers and functions than this."""


def terms_tree(terms: Terms, conventions: Conventions, sizes: Mapping[str, Size]) -> Tree:
    """A sum of terms in index notation."""
    trees = [(is_minus(term.number), _magnitude(term, conventions, "".join(sizes))) for term in terms]
    return trees[0][1] if len(trees) == 1 and not trees[0][0] else Sum(tuple(trees))


def _magnitude(term: Term, conventions: Conventions, avoid: str) -> Tree:
    """A term without its sign."""
    parts = [_factor(factor, conventions, avoid) for factor in term.factors]
    parts += [Factor(_sum(bracket, conventions, avoid), "") for bracket in term.brackets]
    parts += [Factor(Kronecker(*pair), "") for pair in term.deltas]
    body = multiplied(parts)
    number = -term.number if is_minus(term.number) else term.number
    return scaled(number, Sigma(tuple(term.bound), body) if term.bound else body)


def _sum(bracket: Terms, conventions: Conventions, avoid: str) -> Tree:
    signs = [(is_minus(term.number), _magnitude(term, conventions, avoid)) for term in bracket]
    return signs[0][1] if len(signs) == 1 and not signs[0][0] else Sum(tuple(signs))


def _factor(factor: Entries, conventions: Conventions, avoid: str) -> Factor:
    tree = index_entries(factor.expr, tuple(factor.at), conventions, avoid)
    if factor.power < 0:
        return Factor(power(tree, Poly.of(-factor.power)), "", factor.expr, below=True)
    return Factor(power(tree, Poly.of(factor.power)), "", factor.expr)


# ----------------------------------------------------------------------------------------------------- page


def chain_blocks(writer: Writer, derivation: Derivation, gradient: Named) -> Iterator[Worked]:
    """The chain behind a gradient, where it has links to show."""
    chain = chain_of(derivation, gradient, writer.conventions.names)
    if chain is not None:
        yield chain_block(writer, chain)


def chain_block(writer: Writer, chain: Chain) -> Worked:
    """The chain as a worked quantity: the entry of the gradient, each line equal to the one before, and the result as matrices."""
    name = writer.primed(Entry(Sym(chain.gradient.name), tuple(chain.at))) if chain.at else writer.primed(Sym(chain.gradient.name))
    lines = [writer.primed(terms_tree(step.terms, writer.conventions, chain.sizes)) for step in chain.steps]
    first = StepLine("chain rule", f"along {_ways(writer, chain)}, over all entries on the way", Line((name, writer.primed(_symbols(chain)))))
    steps = [StepLine(step.rule, step.because, Line((name, line))) for step, line in zip(chain.steps, lines)]
    more: tuple[Lines, ...] = ()
    if cost(chain.whole) <= MOST_SIGNS_WHOLE:
        more = (Lines("All entries at once", (Line((writer.primed(Sym(chain.gradient.name)), writer.formula(chain.whole))),)),)
    return Worked(f"{chain.gradient.name} link by link", Entry(Sym(chain.gradient.name), tuple(chain.at)), Line((name, lines[-1])), (first, *steps), more)


def _ways(writer: Writer, chain: Chain) -> str:
    """l ← p ← s ← W"""
    ways = [[path[0].y, *(link.x for link in path)] for path in chain.paths]
    return " and ".join(" ← ".join(text(writer.name(node.name)) for node in way) for way in ways)


def _symbols(chain: Chain) -> Tree:
    """Σ_k (∂l/∂p)_k (∂p/∂s)_{km} …: the chain rule before anything is put in, a sum over the paths."""
    return _added([_path(path) for path in chain.paths])


def _path(path: tuple[Link, ...]) -> Tree:
    bound = dict.fromkeys("".join(link.letters for link in path[:-1]))
    body = multiplied([Factor(_derivative(link), "") for link in path])
    return Sigma(tuple(bound), body) if bound else body


def _derivative(link: Link) -> Tree:
    symbol = Sym(Grad(str(link.y.name), str(link.x.name)))
    return Entry(symbol, tuple(link.letters)) if link.letters else symbol


def _added(trees: list[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 else Sum(tuple((False, tree) for tree in trees))
