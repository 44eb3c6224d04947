"""Slips in a loss and in the gradient next to it: a sign lost, a factor 2 or 1/2, the logarithm to another base, the sum for the mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from byhand.check.slips.general.pieces import divided, only_term_changed, product_of, reciprocal_of, tried, variables
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Add, Call, Contract, Expr, Map, add, is_negative, num, scale, split_factor, times
from byhand.lang.leaf import LOG, Leaf
from byhand.lang.leaves import log
from byhand.lang.sizes import Poly, Size, volume
from byhand.lang.walk import postorder, substitute


def _is_loss(site: Site) -> bool:
    return site.quantity.kind == "defined" and not site.step.shape


def opened(node: Expr) -> Expr:
    """A formula with the definition in place of every rule."""
    while calls := [inner for inner in postorder(node) if isinstance(inner, Call)]:
        node = substitute(node, {calls[-1]: calls[-1].body})
    return node


def _has(node: Expr, test: Leaf | int) -> bool:
    return any(isinstance(inner, Map) and (inner.leaf is test or inner.leaf.exponent == test) for inner in postorder(node))


def sign_of_loss(site: Site) -> Iterator[Wrong]:
    if _is_loss(site) and _has(opened(site.step), LOG):
        negative = [term for term in site.terms if is_negative(term)]
        for term in negative:
            yield f"the minus sign in {site.name} is lost", only_term_changed(site.step, term, scale(-1, term))
        if not negative:
            yield f"the minus sign of {site.name} is lost", scale(-1, site.step)


def base_of_logarithm(site: Site) -> Iterator[Wrong]:
    """log₂ or log₁₀ for ln."""
    if site.is_gradient:
        return
    step = opened(site.step) if _is_loss(site) else site.step
    logs = [node for node in postorder(step) if isinstance(node, Map) and node.leaf is LOG and variables(node)]
    for base in (2, 10) if logs else ():
        table = {node: node / log(num(base)) for node in logs}
        yield f"the logarithm in {site.name} is taken to the base {base}", tried(substitute, step, table)


def half(site: Site) -> Iterator[Wrong]:
    """½ in front of squares dropped or added."""
    if not _is_loss(site):
        return
    squares = [term for term in site.terms if _has(opened(term), 2) or _is_dotted_with_itself(term)]
    for changed in dict.fromkeys([tuple(squares), *((term,) for term in squares)]):
        dropped = bool(changed) and all(value.denominator % 2 == 0 for term in changed for _, value in split_factor(term)[0].terms)
        which = "" if len(squares) == 1 else " in front of all squares" if len(changed) > 1 else f" of {site.text(changed[0])}" if changed else ""
        if dropped:
            yield f"the factor 1/2{which} in {site.name} is dropped", _terms_scaled(site, changed, 2)
            yield f"the factor 1/2{which} in {site.name} is taken twice", _terms_scaled(site, changed, Fraction(1, 2))
        elif changed:
            where = which.replace(" of ", " in front of ", 1) or " in front of the squares"
            yield f"a factor 1/2 is put{where} in {site.name}", _terms_scaled(site, changed, Fraction(1, 2))
            yield f"a factor 2 is put{where} in {site.name}", _terms_scaled(site, changed, 2)


def _is_dotted_with_itself(term: Expr) -> bool:
    """rᵀr, which is a sum of squares."""
    rest = split_factor(term)[1]
    return isinstance(rest, Contract) and not rest.shape and len(rest.args) == 2 and rest.args[0] is rest.args[1]


def _terms_scaled(site: Site, changed: Sequence[Expr], factor: int | Fraction) -> Expr:
    return add([scale(factor, term) if term in changed else term for term in site.terms])


def sizes_in(node: Expr, site: Site) -> list[Size]:
    """The sizes that a mean in a formula may go over: of samples first, then of the axes that are summed, then of whole arrays."""
    sums = [inner for inner in postorder(node) if isinstance(inner, Contract) and not inner.shape and inner.spec.summed]
    shapes = [arg.shape for arg in sums[-1].args if arg.shape] if sums else [inner.shape for inner in postorder(node) if inner.shape]
    axes = dict.fromkeys(axis for shape in reversed(shapes) for axis in shape)
    wholes = dict.fromkeys(volume(shape) for shape in reversed(shapes) if len(shape) > 1)
    found = [size for size in site.whole.batches if size in axes]
    return [size for size in dict.fromkeys([*found, *axes, *wholes]) if size != 1][:5]


def sum_for_mean(site: Site) -> Iterator[Wrong]:
    """The factor 1/m left out, or put in, or another number of samples in it."""
    if site.quantity.kind != "defined":
        return
    for term in site.terms:
        inside = opened(term)
        number = split_factor(inside)[0]
        if not any(node.shape for node in postorder(inside)) or site.step.shape:
            continue
        sizes = sizes_in(inside, site)
        for size in sizes:
            if divided(number, size):
                yield f"the sum is taken for the mean: 1/{size} is missing in {site.name}", only_term_changed(site.step, term, scale(Poly.of(size), term))
                for other in sizes:
                    if other != size and (back := Poly.of(other).inverse()) is not None:
                        about = f"the mean in {site.name} is over {other}, not over {size}"
                        yield about, only_term_changed(site.step, term, scale(Poly.of(size) * back, term))
            elif (back := Poly.of(size).inverse()) is not None:
                yield f"the mean is taken for the sum: {site.name} is divided by {size}", only_term_changed(site.step, term, scale(back, term))


# -------------------------------------------------------------------------------- the gradient next to it


def sign_of_error(site: Site) -> Iterator[Wrong]:
    if site.is_gradient and site.near_loss and site.first and site.step is not num(1):
        between = ": target minus output" if isinstance(split_factor(site.step)[1], Add) else ""
        yield f"the output error {site.name} has the wrong sign{between}", scale(-1, site.step)


def true_class_only(site: Site) -> Iterator[Wrong]:
    if site.is_gradient and site.near_loss and site.first and _above(site, LOG):
        for target in site.whole.vars.values():
            about_classes = target.facts & {"one_hot", "one_hot_columns"} and target.shape == site.step.shape
            if about_classes and site.whole.depends(site.name, target.name):
                yield f"only the true class in {target.name} receives a gradient in {site.name}", times(site.step, target)


def sign_inside(site: Site) -> Iterator[Wrong]:
    """The sign of one of the fractions of a derivative of logarithms."""
    if site.is_gradient and site.near_loss and len(site.terms) > 1 and all(_is_fraction(term) for term in site.terms):
        for term in site.terms:
            yield f"the sign of {site.text(term)} in {site.name} is wrong", only_term_changed(site.step, term, scale(-1, term))


def _is_fraction(term: Expr) -> bool:
    return any(reciprocal_of(factor.node) is not None for factor in product_of(term).factors)


def factor_two(site: Site) -> Iterator[Wrong]:
    """The factor 2 of the square."""
    if not (site.first and site.is_gradient and site.near_loss and _above(site, 2)):
        return
    number = product_of(site.step).number
    even = bool(number.terms) and all(value.numerator % 2 == 0 for _, value in number.terms)
    there = f"the factor 2 of the square is missing in {site.name}"
    none = f"{site.name} keeps a factor 2 of the square, which 1/2 in the loss cancels"
    yield there if even else f"a factor 1/2 is put into {site.name}", scale(Fraction(1, 2), site.step)
    yield f"{site.name} has the factor 2 of the square twice" if even else none, scale(2, site.step)


def _above(site: Site, leaf: Leaf | int) -> bool:
    """Whether a function is applied between a quantity and the loss."""
    assert site.wrt is not None
    names = [site.wrt.name, *(one.h.name for one in site.activations)]
    users = [user for name in names for user in site.whole.forward_users(name)]
    users += [above for user in users for above in site.whole.forward_users(user.name)]
    return any(_has(opened(user.steps[0]), leaf) for user in users)


SLIPS = (
    GeneralSlip("S07", "the minus sign of a loss is lost", 1, sign_of_loss),
    GeneralSlip("S09", "the factor 1/2 of squares is dropped or added", 1, half),
    GeneralSlip("S10", "the sum is taken for the mean, or the mean for the sum", 2, sum_for_mean),
    GeneralSlip("S08", "the logarithm is taken to another base", 2, base_of_logarithm),
    GeneralSlip("S20", "a sign inside the derivative of a cross-entropy is wrong", 1, sign_inside),
    GeneralSlip("S14", "the output error has the wrong sign", 1, sign_of_error),
    GeneralSlip("S21", "the factor 2 of the square is kept or dropped", 2, factor_two),
    GeneralSlip("S18", "only the true class receives a gradient", 3, true_class_only),
)
