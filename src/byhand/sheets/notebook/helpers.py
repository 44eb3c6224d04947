"""What the formulas of a sheet call and NumPy does not have, as Python source: each definition needs NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping

_NUMPY = "exp log sin cos tanh sqrt abs sign sum max min mean outer diag trace einsum transpose reshape pad ones zeros eye argmax pi e"
DIRECT: Mapping[str, str] = {
    **{name: f"np.{name}" for name in _NUMPY.split()},
    "concat": "np.concatenate",
    "stack": "np.stack",
    "inv": "np.linalg.inv",
}
"""Functions of formulas that NumPy has too, by its own names."""

SIDE_BY_SIDE = frozenset({"concat", "stack"})
"""Those that take a list, whose parts may differ in shape."""

_WINDOWS = '''
def windows(x, size, stride, padding):
    """All windows of this size over the last axes: their positions become axes, then the places inside them."""
    lead = x.ndim - len(size)
    x = np.pad(x, [(0, 0)] * lead + [(p, p) for p in padding])
    found = np.lib.stride_tricks.sliding_window_view(x, size, axis=tuple(range(lead, x.ndim)))
    return found[(slice(None),) * lead + tuple(slice(None, None, s) for s in stride)]
'''
_UNWINDOWS = '''
def unwindows(g, shape, stride, padding):
    """The windows added back to where they were taken from."""
    lead = len(shape) - len(stride)
    out = np.zeros(shape[:lead] + tuple(n + 2 * p for n, p in zip(shape[lead:], padding)))
    count, size = g.shape[lead : lead + len(stride)], g.shape[lead + len(stride) :]
    for place in np.ndindex(*count):
        window = tuple(slice(i * s, i * s + n) for i, s, n in zip(place, stride, size))
        out[(..., *window)] += g[(slice(None),) * lead + place]
    return out[(..., *(slice(p, p + n) for p, n in zip(padding, shape[lead:])))]
'''
_PLACES = '''
def places(shape, axes):
    """Every place of an array of this shape, and where the entry there comes from."""
    for place in np.ndindex(*shape):
        yield place, tuple(offset + sum(place[axis] * stride for axis, stride in moves) for offset, *moves in axes)
'''
_REINDEX = '''
def reindex(x, shape, axes):
    """An array of this shape whose entries are entries of x, and 0 outside of x."""
    out = np.zeros(shape)
    for place, origin in places(shape, axes):
        if all(0 <= k < n for k, n in zip(origin, x.shape)):
            out[place] = x[origin]
    return out
'''
_UNREINDEX = '''
def unreindex(g, shape, axes):
    """The entries of g added back to where they came from, in an array of this shape."""
    out = np.zeros(shape)
    for place, origin in places(g.shape, axes):
        if all(0 <= k < n for k, n in zip(origin, shape)):
            out[origin] += g[place]
    return out
'''
_SCATTER = '''
def scatter(g, shape, rows):
    """The rows of g added to these rows of an array of zeros."""
    out = np.zeros(shape)
    np.add.at(out, np.array(rows, dtype=int), g)
    return out
'''
_LARGEST = '''
def largest(x):
    """1 at the first largest entry along the last axis, 0 elsewhere."""
    out = np.zeros_like(x)
    np.put_along_axis(out, np.argmax(x, axis=-1)[..., None], 1.0, axis=-1)
    return out
'''
_SIGMOID = '''
def sigmoid(x):
    """1 / (1 + exp(-x)), without an exponential that overflows."""
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, small) / (1.0 + small)
'''
_RELU = '''
def relu(x):
    """What is positive, and 0 for the rest."""
    return np.maximum(x, 0.0)
'''
_STEP = '''
def step(x):
    """1 where x > 0, and 0 elsewhere, also at 0."""
    return np.where(np.asarray(x) > 0, 1.0, 0.0)
'''
_ERF = '''
def erf(x):
    """The error function, entry by entry."""
    return np.vectorize(math.erf, otypes=[float])(x)
'''
_PSEUDO_INVERSE = '''
def pseudo_inverse(a):
    """The inverse of a on what it reaches: it leads to the solution of least norm where a has no inverse."""
    return np.linalg.pinv(a, rcond=1e-10)
'''

HELPERS: Mapping[str, tuple[str, ...]] = {
    "windows": (_WINDOWS,), "unwindows": (_UNWINDOWS,), "reindex": (_PLACES, _REINDEX), "unreindex": (_PLACES, _UNREINDEX), "scatter": (_SCATTER,),
    "largest": (_LARGEST,), "sigmoid": (_SIGMOID,), "relu": (_RELU,), "step": (_STEP,), "erf": (_ERF,), "pseudo_inverse": (_PSEUDO_INVERSE,),
}  # fmt: skip
"""The definitions that a function of formulas needs, itself last."""
