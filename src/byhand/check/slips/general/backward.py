"""Slips with weights: transposed, not transposed on the way back, updated too early, the input confused, ⊙ for a product of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

from byhand.check.slips.general.pieces import is_product, is_scalar_multiple, product_of, tried
from byhand.check.slips.general.roles import Layer
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.build import inverse
from byhand.lang.expr import Contract, Expr, Var, contract, matmul, times, transpose
from byhand.lang.spec import Spec


def _matrices(site: Site) -> Iterator[tuple[Contract, int, Var]]:
    """The weights in products, with their place."""
    for product in site.products:
        for k, arg in enumerate(product.args):
            if isinstance(arg, Var) and len(arg.shape) == 2:
                yield product, k, arg


def _with_operand(site: Site, product: Contract, position: int, fresh: Expr | None) -> Expr | None:
    if fresh is None:
        return None
    args = tuple(fresh if k == position else arg for k, arg in enumerate(product.args))
    made = tried(partial(contract, sizes=dict(zip(product.spec.output, product.shape))), product.spec, *args)
    return site.instead((product, made)) if made is not None and made.shape == product.shape else None


def transposed_forward(site: Site) -> Iterator[Wrong]:
    if site.is_gradient:
        return
    for product, k, weight in _matrices(site):
        yield f"{weight.name} is {_not(product, k)}transposed (rows and columns confused)", _with_operand(site, product, k, transpose(weight))
        left, right = product.args
        yield f"the factors {site.text(left)} and {site.text(right)} are multiplied in the other order", _swapped(site, product)


def _swapped(site: Site, product: Contract) -> Expr | None:
    left, right = product.args
    made = tried(matmul, right, left)
    return site.instead((product, made)) if made is not None and made.shape == product.shape else None


def not_transposed(site: Site) -> Iterator[Wrong]:
    for product, k, weight in _back(site):
        yield f"{weight.name} is {_not(product, k)}transposed on the way back to {site.name}", _with_operand(site, product, k, transpose(weight))


def _turned(how: Spec, position: int) -> bool:
    """Whether the operand stands transposed in the product as people write it: the index that is summed comes last on the left, first on the right."""
    word = how.inputs[position]
    return word[0 if position == 0 else 1] in how.summed


def _not(product: Contract, position: int) -> str:
    return "not " if _turned(product.spec, position) else ""


def inverted(site: Site) -> Iterator[Wrong]:
    for product, k, weight in _back(site):
        made = tried(inverse, weight)
        if made is not None:
            right = "its transpose" if _turned(product.spec, k) else f"{weight.name} itself"
            inverse_, turned = (transpose(made), made) if _turned(product.spec, k) else (made, transpose(made))
            yield f"the inverse of {weight.name} is used on the way back, not {right}", _with_operand(site, product, k, inverse_)
            yield f"the inverse of {weight.name} is used on the way back, and transposed", _with_operand(site, product, k, turned)


def _back(site: Site) -> Iterator[tuple[Contract, int, Var]]:
    """Weights through which a gradient comes back."""
    if site.is_gradient:
        for product, k, weight in _matrices(site):
            if site.whole.is_parameter(weight.name) or (site.wrt is not None and not site.whole.is_parameter(site.wrt.name)):
                found = site.operands(product)
                if found is not None and found[1] == k:
                    yield product, k, weight


def updated_too_early(site: Site) -> Iterator[Wrong]:
    """The updated weights on the way back."""
    if site.is_gradient:
        found = {node: [one for one in site.whole.later(node) if site.whole.may_use(one.name, site.name)] for node in site.variables}
        parameters = {node: later for node, later in found.items() if later and site.whole.is_parameter(node.name)}
        for k in range(max(map(len, parameters.values()), default=0)):
            table: dict[Var, Expr] = {node: later[min(k, len(later) - 1)] for node, later in parameters.items()}
            yield from site.each("{new}, already updated, is used for {old} in " + site.name, table)


def old_values(site: Site) -> Iterator[Wrong]:
    """Values from before the step."""
    older = {node: old for node in site.variables if (old := site.whole.earlier(node)) is not None}
    if site.quantity.kind == "updated":
        return
    if older:
        names = ", ".join(old.name for old in older.values())
        yield f"{names}, from before the step, {'is' if len(older) == 1 else 'are'} used", site.renamed(older)
    for node, old in older.items() if len(older) > 1 else ():
        yield f"{old.name}, from before the step, is used for {node.name}", site.renamed({node: old})


def another_edge(site: Site) -> Iterator[Wrong]:
    """Where every weight has a name of its own: that of another edge between the same two layers, as when the two indices are swapped."""
    if site.quantity.kind != "updated":
        for node in site.variables:
            if not node.shape:
                for other in site.whole.beside(node)[:6]:
                    yield f"{other.name} is used for {node.name} in {site.name}", site.renamed({node: other})


def another_edge_forward(site: Site) -> Iterator[Wrong]:
    return iter(()) if site.is_gradient else another_edge(site)


def another_edge_back(site: Site) -> Iterator[Wrong]:
    return another_edge(site) if site.is_gradient else iter(())


# ------------------------------------------------------------------------------------- gradients of weights


def _weight_layers(site: Site) -> list[Layer]:
    return [layer for layer in site.whole.layers if layer.weight is site.wrt]


def not_its_input(site: Site) -> Iterator[Wrong]:
    """What a layer makes, or the input before its activation, where the layer's input belongs."""
    for layer in _weight_layers(site):
        if layer.input not in site.nodes:
            continue
        for other in _confused(site, layer):
            if other.shape == layer.input.shape and other is not layer.input and site.whole.may_use(other.name, site.name):
                yield f"{other.name} is used for {site.text(layer.input)}, the input of the layer of {layer.weight.name}", _input_changed(site, layer, other)


def _confused(site: Site, layer: Layer) -> Iterator[Var]:
    own = site.whole.activation_of(layer.input)
    if own is not None:
        yield own.z
    yield from (one.h for one in site.whole.activation_into(layer.output))
    yield layer.output
    if isinstance(layer.input, Var):
        yield from islice(site.whole.alike(layer.input, site.name), 4)


def _input_changed(site: Site, layer: Layer, other: Expr) -> Expr | None:
    for product in site.products:
        for k, arg in enumerate(product.args):
            if arg is layer.input:
                return _with_operand(site, product, k, other)
    return site.instead((layer.input, other))


def outer_transposed(site: Site) -> Iterator[Wrong]:
    shape = site.step.shape
    if site.is_gradient and len(shape) == 2 and shape[0] == shape[1] and site.wrt is not None and site.whole.is_parameter(site.wrt.name):
        for product in site.products:
            if product.shape == shape and not is_scalar_multiple(product):
                left, right = (site.text(arg) for arg in product.args)
                yield f"the product of {left} and {right} is transposed", site.instead((product, transpose(product)))


def input_left_out(site: Site) -> Iterator[Wrong]:
    """δ alone for δ xᵀ."""
    for layer in _weight_layers(site):
        delta = site.whole.gradient(layer.output, site.quantity)
        if delta is not None and delta.shape == site.step.shape:
            yield f"{delta.name} is not multiplied by {site.text(layer.input)}", delta if len(site.terms) == 1 else None


# -------------------------------------------------------------------------------------- ⊙ and the product


def elementwise_for_product(site: Site) -> Iterator[Wrong]:
    for product in site.products:
        if is_product(product):
            left, right = product.args
            for other in (right, transpose(right)) if len(right.shape) == 2 else (right,):
                made = tried(times, left, other)
                about = f"{site.text(left)} and {site.text(other)} are multiplied entry by entry, not as matrices"
                yield about, site.instead((product, made)) if made is not None and made.shape == product.shape else None


def product_for_elementwise(site: Site) -> Iterator[Wrong]:
    if site.is_gradient:
        for term in site.terms:
            factors = [factor.node for factor in product_of(term).factors if factor.node.shape == term.shape]
            if len(term.shape) == 2 and len(factors) >= 2:
                left, right = factors[0], product_of(term).of(product_of(term).factors[1:])
                made = tried(matmul, left, right)
                about = f"{site.text(left)} and {site.text(right)} are multiplied as matrices, not entry by entry"
                yield about, site.instead((term, made)) if made is not None and made.shape == term.shape else None


def precedence(site: Site) -> Iterator[Wrong]:
    """δ (Wᵀ ⊙ f') for (δ Wᵀ) ⊙ f'."""
    for one in site.activations:
        incoming = site.incoming(one)
        if incoming is None or one.slope is None or incoming not in site.nodes:
            continue
        for back in site.whole.quantities[incoming.name].steps[:1]:
            match back:
                case Contract(how, (left, right)) if is_product(back):
                    for k, weight in enumerate((left, right)):
                        if isinstance(weight, Var) and site.whole.is_parameter(weight.name) and len(weight.shape) == 2:
                            about = f"the derivative of {one.name} is multiplied onto {weight.name} before the product, not onto {incoming.name}"
                            yield about, _inside(how, (left, right), k, one.slope, site)
                case _:
                    pass


def _inside(how: Spec, args: tuple[Expr, Expr], position: int, slope: Expr, site: Site) -> Expr | None:
    turned = _turned(how, position)
    weight = transpose(args[position]) if turned else args[position]
    scaled = tried(times, weight, slope)
    if scaled is None or scaled.shape != weight.shape:
        return None
    fresh = transpose(scaled) if turned else scaled
    made = tried(contract, how, *(fresh if k == position else arg for k, arg in enumerate(args)))
    return made if made is not None and made.shape == site.step.shape else None


SLIPS = (
    GeneralSlip("S01", "a weight matrix is transposed forwards", 1, transposed_forward),
    GeneralSlip("S29", "a weight matrix is not transposed on the way back", 1, not_transposed),
    GeneralSlip("S01", "the weight of another edge is used forwards", 3, another_edge_forward),
    GeneralSlip("S29", "the weight of another edge is used on the way back", 3, another_edge_back),
    GeneralSlip("S30", "the updated weights are used on the way back", 1, updated_too_early),
    GeneralSlip("S30", "old values are used after the step", 2, old_values),
    GeneralSlip("S29", "the inverse of a weight matrix is used on the way back", 3, inverted),
    GeneralSlip("S43", "the outer product is transposed", 2, outer_transposed),
    GeneralSlip("S42", "the gradient of a weight does not use the layer's input", 2, not_its_input),
    GeneralSlip("S41", "the derivative is multiplied onto the weights before the product", 3, precedence),
    GeneralSlip("S41", "an entrywise product stands for a product of matrices", 3, elementwise_for_product),
    GeneralSlip("S41", "a product of matrices stands for an entrywise product", 3, product_for_elementwise),
    GeneralSlip("G02", "the input is left out of the gradient of a weight", 4, input_left_out),
)
