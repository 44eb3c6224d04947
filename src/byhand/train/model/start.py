"""The first values of the parameters: the sheet's own, or drawn by an initialiser.

Numbers come from Philox, a generator that makes any part of its sequence at once (Salmon et al. 2011), with a key made of the
seed and the parameter's name: the same seed gives the same numbers whatever the order of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from hashlib import sha256

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, num
from byhand.lang.initialiser import FAN_IN, FAN_OUT, GAIN, Initialiser
from byhand.lang.sizes import Poly, Shape
from byhand.rules.initialisers import BIAS, BY_NAME, INITIALISERS, SCALE, WEIGHT, WEIGHT_BEFORE_GAIN
from byhand.run.arrays import Array, Dims
from byhand.run.evaluate import evaluate
from byhand.train.model.fans import Part, parts_of
from byhand.train.model.model import Model


def initialiser_named(name: str) -> Initialiser:
    """The initialiser that goes by this name; ``ByhandError`` lists what there is."""
    found = BY_NAME.get(name.strip().lower().replace("-", "_").replace(" ", "_"))
    if found is None:
        close = get_close_matches(name, BY_NAME, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ByhandError(f"there is no initialiser {name[:40]!r}; there are {', '.join(one.name for one in INITIALISERS)}.{hint}")
    return found


def initial_values(model: Model, sizes: Mapping[str, int], seed: int = 0, dtype: DTypeLike = np.float64, initialiser: str | None = None) -> dict[str, Array]:
    """The first values of every parameter, C-contiguous, of this dtype: the sheet's numbers where it gives them, unless an initialiser is asked for.

    ``initialiser`` is for weights; what is only added begins with zeros, what multiplies entry by entry with ones, or with what its rule has when
    it is left out. By default weights are He's before an activation that states a gain (relu and its kin), and Xavier's elsewhere.
    ``sizes`` has a number for every size letter of the parameters (``bound_sizes`` finds them). Raises ``ByhandError`` for an unknown initialiser.
    """
    wanted = initialiser_named(initialiser) if initialiser is not None else None
    own = model.initial if wanted is None else {}
    parts = parts_of([one for one in model.parameters if one.name not in own], model.loss, model.samples_of)
    found = {one.name: _drawn(part, one, sizes, seed, wanted) for one, part in parts.items()} | dict(own)
    return {one.name: np.array(found[one.name], dtype=dtype, order="C") for one in model.parameters}


def _drawn(part: Part, parameter: Var, sizes: Mapping[str, int], seed: int, wanted: Initialiser | None) -> Array:
    dims = _dims(parameter.shape, sizes)
    if part.kind != "weight" and part.default is not None:
        return np.full(dims, float(part.default))
    return draw(chosen(part, wanted), part, dims, _generator(seed, parameter.name))


def chosen(part: Part, wanted: Initialiser | None) -> Initialiser:
    """The initialiser for a parameter that plays this part."""
    if part.kind != "weight":
        return BIAS if part.kind == "bias" else SCALE
    return wanted or (WEIGHT if part.gain is None else WEIGHT_BEFORE_GAIN)


def _dims(shape: Shape, sizes: Mapping[str, int]) -> Dims:
    return tuple(int(Poly.of(axis).at(sizes)) for axis in shape)


def _generator(seed: int, name: str) -> np.random.Generator:
    key = int.from_bytes(sha256(f"{seed}\0{name}".encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))


def spread_of(one: Initialiser, part: Part, dims: Dims) -> float:
    """The number that the initialiser's formula comes to for a parameter."""
    fans: dict[str, Expr] = {FAN_IN: num(part.fan_in(dims)), FAN_OUT: num(part.fan_out(dims)), GAIN: num(part.gain or 1)}
    (value,) = evaluate([one.spread(fans)], {}).roots
    return float(value)


def draw(one: Initialiser, part: Part, dims: Dims, generator: np.random.Generator) -> Array:
    """Numbers for a parameter of these sizes."""
    spread = spread_of(one, part, dims)
    match one.distribution:
        case "constant":
            return np.full(dims, spread)
        case "uniform":
            return generator.uniform(-spread, spread, dims)
        case "normal":
            return generator.standard_normal(dims) * np.sqrt(spread)
        case "orthogonal":
            return _orthogonal(part, dims, generator) * spread


def _orthogonal(part: Part, dims: Dims, generator: np.random.Generator) -> Array:
    """The outputs against the inputs: a matrix whose rows or columns, whichever are fewer, are orthonormal, evenly distributed (Mezzadri 2007)."""
    rows, columns = [dims[k] for k in part.outputs], [dims[k] for k in (*part.inputs, *part.places)]
    count, width = int(np.prod(rows)), int(np.prod(columns))
    q, r = np.linalg.qr(generator.standard_normal((max(count, width), min(count, width))))
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    whole = (q if count >= width else q.T).reshape((*rows, *columns))
    return np.moveaxis(whole, range(len(dims)), (*part.outputs, *part.inputs, *part.places))
