"""Slips with the factor 1/m in gradients, and with the gradient of a bias."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.slips.general.losses import opened, sizes_in
from byhand.check.slips.general.pieces import divided, product_of, terms_of, tried, variables
from byhand.check.slips.general.roles import loss_of
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Contract, Expr, Var, add, broadcast, num, scale, times
from byhand.lang.functions import mean, total
from byhand.lang.sizes import Poly, Size


def _of_parameter(site: Site) -> bool:
    return site.is_gradient and site.wrt is not None and site.whole.is_parameter(site.wrt.name)


def _is_bias(site: Site) -> bool:
    return site.is_gradient and site.wrt is not None and site.wrt.name in site.whole.biases


def _averaged(site: Site) -> bool:
    """Whether the loss is a mean over the samples: some gradient of the same loss has the factor 1/m in front."""
    same = [q for q in site.whole.quantities.values() if q.kind == "gradient" and loss_of(q) == loss_of(site.quantity)]
    return any(_in_front(step, site) for quantity in same for step in quantity.steps)


def _in_front(step: Expr, site: Site) -> bool:
    numbers = [product_of(step).number, *(product_of(term).number for term in terms_of(step))]
    return any(divided(number, size) for number in numbers for size in site.whole.batches)


def share_missing(site: Site) -> Iterator[Wrong]:
    """1/m forgotten."""
    if not site.is_gradient or site.step is num(1) or not site.first:
        return
    numbers = [product_of(site.step).number, *(product_of(term).number for term in site.terms)]
    for size in sizes_in(site.step, site):
        if any(divided(number, size) for number in numbers) or (site.near_loss and _cancelled(site, numbers, size)):
            yield f"the factor 1/{size} is missing in {site.name}", _data_scaled(site, Poly.of(size))
    for size in site.whole.batches if _of_parameter(site) and _averaged(site) else ():
        yield f"the factor 1/{size} is missing in {site.name}", _data_scaled(site, Poly.of(size))


def _cancelled(site: Site, numbers: list[Poly], size: Size) -> bool:
    """Whether 1/m of the loss stands in a number where it has cancelled against the 2 of a square: 2/8 is 1/4."""
    losses = [site.whole.quantities[name] for name in site.whole.losses if name in site.whole.quantities]
    above = [product_of(term).number for loss in losses for term in terms_of(opened(loss.steps[0]))]
    whole = any(value is not None and value.denominator == 1 for value in ((number * size).constant for number in numbers))
    return whole and any(divided(number, size) for number in above)


def _data_scaled(site: Site, factor: Poly) -> Expr:
    """The step with a factor on all but the terms of a penalty."""
    decay = {term for term in site.terms if _of_parameter(site) and not site.whole.is_gradient(term) and site.wrt in variables(term)}
    return add([term if term in decay and len(decay) < len(site.terms) else scale(factor, term) for term in site.terms])


def share_twice(site: Site) -> Iterator[Wrong]:
    if not _is_bias(site):
        yield from _divided(site)


def bias_averaged(site: Site) -> Iterator[Wrong]:
    if _is_bias(site):
        yield from _divided(site)


def _divided(site: Site) -> Iterator[Wrong]:
    for size in site.whole.batches if site.first and (_of_parameter(site) or (site.is_gradient and site.near_loss and site.step is not num(1))) else ():
        back = Poly.of(size).inverse()
        if back is not None:
            twice = f"1/{size} is taken twice in {site.name}" if _averaged(site) else f"{site.name} is divided by {size}, though the loss is a sum"
            yield twice, _data_scaled(site, back)


# ------------------------------------------------------------------------------------------------------ biases


def _delta(site: Site) -> Expr | None:
    """The gradient that a bias's own gradient is summed from."""
    if not _is_bias(site) or len(site.terms) != 1:
        return None
    for node in site.nodes:
        if isinstance(node, Contract) and len(node.args) == 1 and node.spec.summed:
            return node.args[0]
    return site.step if isinstance(site.step, Var) else None


def bias_not_summed(site: Site) -> Iterator[Wrong]:
    """Not summed over the batch, one sum over all units, or over the wrong axis; some of these have another shape than the bias."""
    delta = _delta(site)
    if delta is None or site.wrt is None or not delta.shape:
        return
    words = site.text(delta)
    if delta.shape != site.step.shape:
        yield f"{words} is not summed over the samples for {site.name}", delta
    if site.step.shape:
        yield f"one sum over all entries of {words} stands for {site.name}", tried(broadcast, total(delta), site.step.shape)
        yield f"one sum over all entries of {words} stands for {site.name}, a single number", total(delta)
    for axis in range(len(delta.shape)) if len(delta.shape) > 1 else ():
        over = total(delta, axis=axis)
        yield f"{words} is summed over the wrong axis for {site.name}", over if over.shape == site.step.shape else None
        yield f"{words} is summed over the wrong axis for {site.name}", total(delta, axis=axis, keepdims=len(site.step.shape) > 1)


def bias_mean(site: Site) -> Iterator[Wrong]:
    delta = _delta(site)
    if delta is not None and len(delta.shape) == 1 and delta.shape != site.step.shape:
        yield f"the mean of {site.text(delta)} stands for its sum in {site.name}", mean(delta)


def times_bias(site: Site) -> Iterator[Wrong]:
    if _is_bias(site) and site.wrt is not None:
        yield f"{site.name} is multiplied by {site.wrt.name} itself", tried(times, site.step, site.wrt)


def times_input(site: Site) -> Iterator[Wrong]:
    """The gradient of the weights for that of the bias."""
    delta = _delta(site)
    if delta is None or site.wrt is None:
        return
    outputs = {q.name for q in site.whole.forward_users(site.wrt.name)}
    for layer in site.whole.layers:
        if layer.output.name not in outputs:
            continue
        multiplied = f"{site.text(delta)} is multiplied by {site.text(layer.input)}, the input of the layer,"
        gradient = site.whole.gradient(layer.weight, site.quantity)
        if gradient is not None and site.whole.may_use(gradient.name, site.name):
            yield f"{multiplied} for {site.name}, as it is for {gradient.name}", gradient
        if layer.input.shape == delta.shape:
            product = times(delta, layer.input)
            yield f"{multiplied} entry by entry for {site.name}", product if product.shape == site.step.shape else site.instead((delta, product))


def ones(site: Site) -> Iterator[Wrong]:
    """The derivative of z by b taken for that of the loss."""
    if _is_bias(site):
        yield f"{site.name} is taken to be 1, the derivative of the pre-activation", tried(broadcast, num(1), site.step.shape)


SLIPS = (
    GeneralSlip("S22", "the factor 1/m is missing in a gradient", 2, share_missing),
    GeneralSlip("S23", "the factor 1/m is taken twice", 3, share_twice),
    GeneralSlip("S24", "the gradient of a bias is averaged once more", 2, bias_averaged),
    GeneralSlip("S24", "the mean stands for the sum in the gradient of a bias", 3, bias_mean),
    GeneralSlip("S25", "the gradient of a bias is not summed over the samples, or over the wrong axis", 1, bias_not_summed),
    GeneralSlip("S26", "the gradient of a bias is multiplied by the bias", 3, times_bias),
    GeneralSlip("S27", "the gradient of a bias is multiplied by the input", 2, times_input),
    GeneralSlip("G04", "the gradient of a bias is taken to be one", 6, ones),
)
