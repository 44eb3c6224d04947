"""Steps on a GPU: PyTorch with its gradients by hand."""

from __future__ import annotations

import numpy as np
import torch
from gpu_session import Session, order_of
from workloads import RATE, Workload


def has_gpu() -> bool:
    return torch.cuda.is_available()


def by_hand(workload: Workload, products: str) -> Session:
    torch.backends.cuda.matmul.allow_tf32 = products != "highest"
    x, t = (torch.from_numpy(one).cuda() for one in workload.data(np.float32))
    order = torch.from_numpy(order_of(workload)).cuda()
    values = [torch.from_numpy(one).cuda() for one in workload.weights(np.float32)]

    def step(rows: torch.Tensor) -> None:
        a = [x[rows]]
        for k in range(workload.layers):
            z = torch.addmm(values[2 * k + 1], a[-1], values[2 * k])
            a.append(z if k == workload.layers - 1 else torch.relu(z))
        d = (torch.softmax(a[-1], 1) - t[rows]).mul_(1 / workload.batch)
        for k in reversed(range(workload.layers)):
            below = torch.mm(d, values[2 * k].T).mul_(a[k] > 0) if k else d
            values[2 * k].addmm_(a[k].T, d, alpha=-RATE)
            values[2 * k + 1].sub_(d.sum(0), alpha=RATE)
            d = below

    def advance() -> None:
        with torch.no_grad():
            for rows in order:
                step(rows)
        torch.cuda.synchronize()

    return Session("PyTorch, by hand", advance, lambda: values[0].cpu().numpy())
