"""How a derivative of any rank is written: entry by entry, as a matrix where there is one, and the message it makes."""

from __future__ import annotations

from byhand.derive import indexed
from byhand.lang.expr import Add, Contract, Expr, Map, Named, as_number, split_factor
from byhand.lang.names import Grad
from byhand.lang.sizes import ONE, Poly
from byhand.lang.spec import LETTERS
from byhand.sheets.chain_page import terms_tree
from byhand.sheets.lines import Writer
from byhand.sheets.solution import LocalOf
from byhand.show.conventions import Conventions
from byhand.show.document import Line, Lines
from byhand.show.notation import index_entries, notation
from byhand.show.pieces import is_minus, math_of, power, signed
from byhand.show.tree import Comprehension, Entry, Forms, Product, Quotient, Sigma, Sum, Sym, Tree, rebuilt
from byhand.show.unicode import text


def jacobian_lines(writer: Writer, item: LocalOf) -> tuple[Line, tuple[Lines, ...]]:
    """The main line of ∂y/∂x, and its other forms."""
    local = item.local
    letters = _letters(writer, item.entries)
    value = item.state.numbers.get(item.entries.name)
    whole = Entry(Sym(item.entries.name), letters)
    main = Line((whole, writer.primed(entry_tree(local.entries, letters, writer.conventions))))
    others: list[Lines] = []
    matrix = writer.primed(matrix_tree(local.matrix, writer.conventions))
    if len(item.entries.shape) <= 2 and not _in_indices(matrix):
        others.append(Lines("As a matrix", (writer.chain((Sym(item.entries.name), matrix), value),)))
    elif value is not None:
        others.append(Lines("The numbers", (writer.chain((Sym(item.entries.name),), value),)))
    incoming, above, below = (text(writer.name(one.name)) for one in (local.incoming, local.y, local.x))
    caption = f"The message: an incoming gradient {incoming} at {above} becomes, at {below}"
    others.append(Lines(caption, (Line((writer.formula(local.message),)),)))
    by_entries = _message_by_entries(writer, item, letters)
    return main, (*others, *([Lines("The message entry by entry", by_entries)] if by_entries else ()))


def _message_by_entries(writer: Writer, item: LocalOf, letters: tuple[str, ...]) -> tuple[Line, ...]:
    """The message as the sum that defines it: Σ_i g_i ∂y_i/∂x_j = …"""
    local = item.local
    front, back = letters[: len(local.y.shape)], letters[len(local.y.shape) :]
    summand = Product("scale", Entry(Sym(str(local.incoming.name)), front), Entry(Sym(item.entries.name), letters))
    return (Line((Sigma(front, summand), writer.primed(index_entries(local.message, back, writer.conventions)))),) if back else ()


def entry_tree(expr: Expr, letters: tuple[str, ...], conventions: Conventions) -> Tree:
    """One entry of an array at these letters; what all terms with and without a δ share stands in front of them."""
    sizes = dict(zip(letters, expr.shape))
    taken = conventions.names | {str(axis) for axis in expr.shape} | {*letters}
    try:
        term = indexed.entry(expr, "".join(letters), indexed.Names(sizes, [letter for letter in LETTERS if letter not in taken]))
    except IndexError:  # no letters are left for the sums inside
        return index_entries(expr, letters, conventions)
    return terms_tree((indexed.readable(term),), conventions, sizes)


def matrix_tree(expr: Expr, conventions: Conventions) -> Tree:
    """A matrix as products and sums of matrices, where nothing is stretched that does not say so: I − 1/n 𝟏𝟏ᵀ, I − 𝟏pᵀ."""
    amount, rest = split_factor(expr)
    if amount != ONE and as_number(expr) is None:
        return signed(amount, matrix_tree(rest, conventions))
    match expr:
        case Add(terms):
            return Sum(tuple(_signed_term(term, conventions) for term in terms))
        case Contract(how, (left, right)) if how.inputs == ("ij", "jk") and how.output == "ik":
            return Product("matmul", matrix_tree(left, conventions), matrix_tree(right, conventions))
        case Contract(how, (front, Add() as inner)) if not how.inputs[0] and how.inputs[1] == how.output:
            return _scaled_by(front, matrix_tree(inner, conventions), conventions)
        case _:
            return math_of(notation(expr, conventions))


def _signed_term(term: Expr, conventions: Conventions) -> tuple[bool, Tree]:
    amount = as_number(term) or split_factor(term)[0]
    return is_minus(amount), matrix_tree(-term if is_minus(amount) else term, conventions)


def _scaled_by(front: Expr, inner: Tree, conventions: Conventions) -> Tree:
    """A number times a matrix, as a fraction where it divides."""
    if isinstance(front, Map) and front.leaf.exponent is not None and front.leaf.exponent < 0:
        return Quotient(inner, power(math_of(notation(front.args[0], conventions)), Poly.of(-front.leaf.exponent)))
    return Product("scale", math_of(notation(front, conventions)), inner)


def entry_line(writer: Writer, gradient: Named) -> tuple[Lines, ...]:
    """The gradient of a scalar entry by entry, where it has entries and that says something new."""
    if not gradient.shape or not isinstance(gradient.name, Grad):
        return ()
    letters = _letters(writer, gradient)
    entry = writer.primed(index_entries(gradient.body, letters, writer.conventions))
    return (Lines("Entry by entry", (Line((Entry(writer.name(gradient.name), letters), entry)),)),)


def _letters(writer: Writer, node: Named) -> tuple[str, ...]:
    """Index letters for all axes that mean nothing else here."""
    taken = writer.conventions.names | {str(axis) for axis in node.shape}
    return tuple([letter for letter in LETTERS if letter not in taken][: len(node.shape)])


def _in_indices(tree: Tree) -> bool:
    """Whether a formula could not be written without indices."""
    found = False

    def look(part: Tree) -> Tree:
        nonlocal found
        found = found or isinstance(part, Comprehension)
        return rebuilt(part.math if isinstance(part, Forms) else part, look)

    look(tree)
    return found
