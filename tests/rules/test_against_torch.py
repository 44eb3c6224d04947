"""Values and gradients of every rule at every example against PyTorch, on random data and on kinks and ties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from byhand.derive.sweep import derive
from byhand.rules import BY_NAME
from byhand.run.evaluate import evaluate
from support.rule_cases import CASES, Case, Floats, data_for, sizes_for

torch = pytest.importorskip("torch")
F = torch.nn.functional


def _scalar(value: Any) -> float:
    """PyTorch takes some operands as plain numbers only."""
    return value if isinstance(value, float) else value.item()


def _needs_gradient(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def _huber(x: Any, delta: Any) -> Any:
    if _needs_gradient(delta):
        return torch.where(x.abs() <= delta, x**2 / 2, delta * (x.abs() - delta / 2))
    return F.huber_loss(x, torch.zeros_like(x), reduction="none", delta=delta)


def _elu(x: Any, alpha: Any) -> Any:
    return torch.where(x > 0, x, alpha * torch.expm1(x)) if _needs_gradient(alpha) else F.elu(x, alpha)


def _leaky(x: Any, alpha: Any) -> Any:
    return torch.where(x > 0, x, alpha * x) if _needs_gradient(alpha) else F.leaky_relu(x, alpha)


def _masked(x: Any, mask: Any) -> Any:
    return F.softmax(x.masked_fill(mask == 0, -torch.inf), dim=-1)


def _cross_entropy(z: Any, t: Any, smoothing: Any, reduction: str) -> Any:
    if _needs_gradient(smoothing):
        t = (1 - smoothing) * t + smoothing / t.shape[-1]
        smoothing = 0.0
    return F.cross_entropy(z, t, label_smoothing=smoothing, reduction=reduction)


def _bce(p: Any, y: Any, reduction: str) -> Any:
    losses = -(y * p.log() + (1 - y) * (1 - p).log())
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}[reduction](losses)


def _hinge(f: Any, y: Any, reduction: str) -> Any:
    losses = F.relu(1 - y * f)
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}[reduction](losses)


def _standardise(x: Any, eps: Any, axis: Any) -> Any:
    return (x - x.mean(axis, keepdim=True)) / (x.var(axis, keepdim=True, unbiased=False) + eps).sqrt()


def _layer_norm(x: Any, gamma: Any, beta: Any, eps: Any) -> Any:
    if all(isinstance(part, float) or part.ndim == 1 for part in (gamma, beta)) and not _needs_gradient(eps):
        weight, bias = (part if _needs_gradient(part) else torch.full(x.shape[-1:], part, dtype=x.dtype) for part in (gamma, beta))
        return F.layer_norm(x, x.shape[-1:], weight, bias, eps)
    return _standardise(x, eps, -1) * gamma + beta


def _rms_norm(x: Any, gamma: Any, eps: Any) -> Any:
    if not _needs_gradient(eps):
        return F.rms_norm(x, x.shape[-1:], gamma if _needs_gradient(gamma) else None, eps)
    return x / ((x**2).mean(-1, keepdim=True) + eps).sqrt() * gamma


def _batch_norm(x: Any, gamma: Any, beta: Any, eps: Any) -> Any:
    if x.ndim == 1:
        return _batch_norm(x[:, None], gamma[None], beta[None], eps)[:, 0]
    if not _needs_gradient(eps):
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)
    return _standardise(x, eps, 0) * gamma + beta


def _convolution(axes: int) -> Callable[..., Any]:
    convolve = {1: F.conv1d, 2: F.conv2d}[axes]

    def reference(x: Any, w: Any, b: Any, stride: Any, padding: Any) -> Any:
        bias = b.reshape(-1) if _needs_gradient(b) else None
        if w.ndim == axes:
            return convolve(x[None, None], w[None, None], bias, stride, padding)[0, 0]
        return convolve(x, w, bias, stride, padding)

    return reference


def _pooled(pool: Callable[..., Any]) -> Callable[..., Any]:
    def reference(x: Any, size: Any, stride: Any, padding: Any = 0) -> Any:
        return pool(x[None], size, stride, padding)[0] if x.ndim == 2 else pool(x, size, stride, padding)

    return reference


def _unpooled(g: Any, x: Any, size: Any, stride: Any) -> Any:
    """What autograd sends back through a maximum over windows; it does not depend on x but in its masks."""
    image = x.detach().clone().requires_grad_()
    pooled = _pooled(F.max_pool2d)(image, size, stride)
    return torch.autograd.grad(pooled, image, g, create_graph=True)[0] + 0 * x


def _gelu(x: Any, approximate: str) -> Any:
    return F.gelu(x, approximate=approximate)


REFERENCES: Mapping[str, Callable[..., Any]] = {
    "leaky_relu": _leaky,
    "prelu": lambda x, a: F.prelu(x, a.reshape(-1)) if x.ndim == 2 else torch.where(x > 0, x, a * x),
    "elu": _elu,
    "gelu": _gelu,
    "silu": F.silu,
    "softplus": F.softplus,
    "log_sigmoid": F.logsigmoid,
    "huber": _huber,
    "clip": lambda x, lo, hi: torch.where(x < lo, lo, torch.where(x > hi, hi, x)),
    "maximum": lambda a, b: torch.where(a > b, a, b),
    "minimum": lambda a, b: torch.where(a < b, a, b),
    "softmax": lambda x, axis: F.softmax(x, dim=axis),
    "log_softmax": lambda x, axis: F.log_softmax(x, dim=axis),
    "logsumexp": lambda x, axis: torch.logsumexp(x, dim=axis),
    "masked_softmax": _masked,
    "causal_softmax": lambda x: _masked(x, torch.ones_like(x).tril()),
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _bce,
    "bce_with_logits": lambda z, y, reduction: F.binary_cross_entropy_with_logits(z, y, reduction=reduction),
    "squared_error": lambda y, t, reduction: F.mse_loss(y, t, reduction=reduction),
    "mse": lambda y, t, reduction: F.mse_loss(y, t.expand_as(y), reduction=reduction),
    "hinge": _hinge,
    "kl_divergence": lambda p, q, reduction: F.kl_div(q.log(), p, reduction=reduction),
    "cosine_similarity": lambda a, b: F.cosine_similarity(a, b, dim=-1),
    "label_smoothing": lambda y, eps: (1 - eps) * y + eps / y.shape[-1],
    "l1_penalty": lambda w: w.abs().sum(),
    "l2_penalty": lambda w: (w**2).sum(),
    "standardise": _standardise,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "batch_norm": _batch_norm,
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "max_pool2d": _pooled(F.max_pool2d),
    "max_unpool2d": _unpooled,
    "avg_pool2d": _pooled(F.avg_pool2d),
    "attention": lambda q, k, v, causal: F.scaled_dot_product_attention(q, k, v, is_causal=bool(causal)),
    "embedding": lambda w, rows: F.embedding(torch.tensor(rows), w),
}
ON_KINKS = ("leaky_relu", "prelu", "elu", "huber", "clip", "maximum", "minimum", "max_pool2d", "hinge", "l1_penalty", "softplus", "softmax", "logsumexp")


def expected(case: Case, data: Mapping[str, Floats]) -> dict[str, Floats]:
    """The value, under the name ``value``, and the gradient of the sum of G ⊙ y for every operand, all by PyTorch."""
    names = case.declared
    tensors = {name: torch.tensor(data[name], dtype=torch.float64, requires_grad=not fixed(case, name)) for name in names}
    args = [tensors.get(argument.name, argument.default and float(argument.default)) for argument in case.rule.arguments]
    value = REFERENCES[case.rule.name](*args, **case.options)
    value.backward(torch.tensor(data["G"]))
    return {"value": value.detach().numpy()} | {name: tensors[name].grad.numpy() for name in names if not fixed(case, name)}


def fixed(case: Case, name: str) -> bool:
    """Operands that carry no gradient: a choice rather than a number."""
    return name == "mask" or "signs" in case.declared[name].facts


def compare(case: Case, data: dict[str, Floats]) -> None:
    if case.rule.name == "clip":  # its bounds have an order
        data["lo"], data["hi"] = np.minimum(data["lo"], 0), np.maximum(data["hi"], 1)
    sizes = sizes_for([*case.declared.values(), case.incoming])
    found = evaluate([case.node], data, sizes, exact=False).roots[0]
    wanted = expected(case, data)
    np.testing.assert_allclose(found, wanted["value"], rtol=1e-9, atol=1e-12)
    operands = [arg for name, arg in case.declared.items() if not fixed(case, name)]
    for together in [operands, *([operand] for operand in operands)]:
        gradients = derive(case.node, together, seed=case.incoming).gradients
        for operand in together:
            (gradient,) = evaluate([gradients[operand.name]], data, sizes, exact=False).roots
            np.testing.assert_allclose(gradient, wanted[operand.name], rtol=1e-9, atol=1e-11, err_msg=f"{case}: gradient of {operand.name}")


def test_every_rule_has_a_reference() -> None:
    assert set(REFERENCES) == set(BY_NAME)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients(case: Case) -> None:
    compare(case, data_for([*case.declared.values(), case.incoming], seed=7))


@pytest.mark.parametrize("case", [case for case in CASES if case.rule.name in ON_KINKS], ids=str)
def test_on_kinks_and_ties(case: Case) -> None:
    """Few distinct whole numbers: many zeros, ties, and numbers exactly on a bound."""
    data = data_for([*case.declared.values(), case.incoming], seed=11)
    for name, operand in case.declared.items():
        data[name] = np.abs(np.rint(data[name])) + 1 if "positive" in operand.facts else np.rint(data[name])
    compare(case, data)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "causal_softmax", "softplus", "log_sigmoid", "elu", "silu", "gelu"])
def test_far_from_zero(name: str) -> None:
    """Numbers whose exponentials are beyond floats, or vanish in them."""
    case = next(case for case in CASES if case.rule.name == name and len(case.node.args[0].shape) == 2)
    data = data_for([*case.declared.values(), case.incoming], seed=13)
    data["x"] = data["x"] * 500
    compare(case, data)
