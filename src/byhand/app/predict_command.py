"""``byhand predict``: what a saved network says of samples, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from byhand.train.network import Network


def predicted(path: Path, data: str, probabilities: bool) -> str:
    """A row for each sample: its class, the probabilities of the classes, or numbers; ``ByhandError`` where network and data do not fit."""
    net = Network.load(path)
    found = net.predict_proba(data) if probabilities else net.predict(data)
    rows = found.reshape(len(found), -1).tolist()
    name = net.trained.expected.target_name or "prediction"
    many = [f"{name} {k}" for k in range(1, len(rows[0]) + 1)] if rows and len(rows[0]) > 1 else [name]
    head = [str(label) for label in net.classes or ()] if probabilities else many
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return page.getvalue()
