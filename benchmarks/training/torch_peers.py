"""PyTorch: eager, compiled, and with its gradients by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from session import Make
from workloads import RATE, Array, Workload

Tensor = torch.Tensor


def _forward(workload: Workload, values: list[Tensor], x: Tensor) -> list[Tensor]:
    """x and the output of every layer."""
    found = [x]
    for k in range(workload.layers):
        z = torch.addmm(values[2 * k + 1], found[-1], values[2 * k])
        last = k == workload.layers - 1 and not workload.squared
        found.append(z if last else torch.relu(z) if workload.activation == "relu" else torch.tanh(z))
    return found


def _loss(workload: Workload, output: Tensor, t: Tensor) -> Tensor:
    if workload.squared:
        return 0.5 * ((output - t) ** 2).sum() / len(t)
    return torch.nn.functional.cross_entropy(output, t)


@dataclass(slots=True)
class Session:
    workload: Workload
    batches: list[tuple[Tensor, Tensor]]
    values: list[Tensor]
    step: Callable[[list[Tensor], Tensor, Tensor], None]

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            for x, t in self.batches:
                self.step(self.values, x, t)

    def weights(self) -> list[Array]:
        return [one.detach().numpy() for one in self.values]


def _prepared(workload: Workload, dtype: Any, threads: int, gradients: bool) -> tuple[list[tuple[Tensor, Tensor]], list[Tensor]]:
    torch.set_num_threads(threads)
    X, T = (torch.from_numpy(one) for one in workload.data(dtype))
    values = [torch.from_numpy(one).requires_grad_(gradients) for one in workload.weights(dtype)]
    return list(zip(X.split(workload.batch), T.split(workload.batch))), values


def eager(workload: Workload, dtype: Any, threads: int) -> Session:
    batches, values = _prepared(workload, dtype, threads, gradients=True)
    optimiser = torch.optim.SGD(values, lr=RATE)

    def step(values: list[Tensor], x: Tensor, t: Tensor) -> None:
        optimiser.zero_grad()
        _loss(workload, _forward(workload, values, x)[-1], t).backward()
        optimiser.step()

    return Session(workload, batches, values, step)


def compiled(workload: Workload, dtype: Any, threads: int) -> Session:
    """The whole step, gradients and update included, as one compiled function."""
    batches, values = _prepared(workload, dtype, threads, gradients=False)

    @torch.compile
    def step(values: list[Tensor], x: Tensor, t: Tensor) -> None:
        found = torch.func.grad(lambda w: _loss(workload, _forward(workload, w, x)[-1], t))(values)
        for value, gradient in zip(values, found):
            value.sub_(gradient, alpha=RATE)

    return Session(workload, batches, values, step)


def by_hand(workload: Workload, dtype: Any, threads: int) -> Session:
    batches, values = _prepared(workload, dtype, threads, gradients=False)

    def step(values: list[Tensor], x: Tensor, t: Tensor) -> None:
        with torch.no_grad():
            a = _forward(workload, values, x)
            d = ((a[-1] - t) if workload.squared else torch.softmax(a[-1], 1) - t).mul_(1 / len(t))
            if workload.squared:
                d *= _slope(workload, a[-1])
            for k in reversed(range(workload.layers)):
                below = torch.mm(d, values[2 * k].T).mul_(_slope(workload, a[k])) if k else d
                values[2 * k].addmm_(a[k].T, d, alpha=-RATE)
                values[2 * k + 1].sub_(d.sum(0), alpha=RATE)
                d = below

    return Session(workload, batches, values, step)


def _slope(workload: Workload, a: Tensor) -> Tensor:
    """f′ from the value of f."""
    return (a > 0).to(a.dtype) if workload.activation == "relu" else 1 - a * a


SYSTEMS: dict[str, Make] = {"PyTorch eager": eager, "torch.compile": compiled, "PyTorch, gradients by hand": by_hand}
