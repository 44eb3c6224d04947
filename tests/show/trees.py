"""Random notation trees, for properties that every formula must have on a page."""

from __future__ import annotations

from hypothesis import strategies as st

from byhand.lang.names import Grad
from byhand.lang.sizes import Poly
from byhand.show.document import Line
from byhand.show.tree import (
    Array,
    Comprehension,
    Entry,
    Filled,
    Function,
    Identity,
    Inverted,
    Listing,
    Numeral,
    Power,
    Product,
    Quotient,
    Sigma,
    Subscript,
    Sum,
    Sym,
    Transposed,
    Tree,
)

cells = st.sampled_from(["0", "1", "-3", "0.265388", "-0.0867871", "1.2e-17", "-1.66667e12", "123456", "inf", "nan"])


def _matrix(height: int, width: int) -> st.SearchStrategy[Tree]:
    return st.lists(st.tuples(*[cells] * width), min_size=height, max_size=height).map(lambda rows: Array(tuple(rows)))


arrays = st.tuples(st.integers(1, 5), st.integers(1, 9)).flatmap(lambda shape: _matrix(*shape))
columns = st.lists(cells, min_size=1, max_size=6).map(lambda column: Array(tuple((cell,) for cell in column), "column"))
leaves: st.SearchStrategy[Tree] = st.one_of(
    arrays,
    columns,
    cells.map(lambda cell: Array(((cell,),), "scalar")),
    st.sampled_from(["x", "W1", "eps", "h_out", "a_rather_long_name_of_a_quantity"]).map(Sym),
    st.sampled_from([Sym(Grad("L", "W1")), Sym(Grad("L", "z"), "delta"), Filled(1, (Poly.letter("n"),)), Identity(3), Numeral(Poly.of(2))]),
)


def _larger(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    kinds = st.sampled_from(["matmul", "hadamard", "scale"])
    return st.one_of(
        st.lists(st.tuples(st.booleans(), parts), min_size=1, max_size=4).map(lambda terms: Sum(tuple(terms))),
        st.builds(Product, kinds, parts, parts),
        st.builds(Quotient, parts, parts),
        parts.map(Transposed),
        parts.map(Inverted),
        parts.map(lambda base: Power(base, Numeral(Poly.of(2)))),
        st.lists(parts, min_size=1, max_size=3).map(lambda args: Function("softmax", tuple(args), (("axis", "0"),))),
        parts.map(lambda arg: Function("abs", (arg,))),
        parts.map(lambda arg: Function("sqrt", (arg,))),
        parts.map(lambda body: Sigma(("i", "j"), body)),
        parts.map(lambda base: Entry(base, ("i", ":"))),
        parts.map(lambda body: Comprehension(body, ("i", "j"))),
        parts.map(lambda base: Subscript(base, "1:3, :")),
        st.lists(parts, min_size=1, max_size=3).map(lambda items: Listing(tuple(items))),
    )


trees: st.SearchStrategy[Tree] = st.recursive(leaves, _larger, max_leaves=8)
lines = st.builds(Line, st.lists(trees, min_size=1, max_size=4).map(tuple), st.booleans())
