"""Terms of array code in the words of NumPy, and the few functions that NumPy has not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from byhand.compile.export.jax_plan import through
from byhand.compile.export.terms import Called, Key, Lengths, Number, Picked, Real, Scattered, Sign, Term

_ERF = '''
def erf(x):
    """The error function, entry by entry."""
    return np.vectorize(math.erf, otypes=[float])(x)
'''
_SIGMOID = '''
def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0, -x))
'''
_BEYOND = '''
def beyond(x, keys):
    """x[keys], with as many zeros around x as the keys reach beyond it."""
    keys, pads = widened(x.shape, keys)
    return np.pad(x, pads)[keys]
'''
_ADDED = '''
def added(shape, keys, x):
    """An array of this shape, with x added at these keys; what falls outside is lost."""
    keys, pads = widened(shape, keys)
    out = np.zeros([n + low + high for n, (low, high) in zip(shape, pads)], x.dtype)
    np.add.at(out, keys, x)
    return out[tuple(slice(low, low + n) for n, (low, _) in zip(shape, pads))]
'''
_WIDENED = '''
def widened(shape, keys):
    """How far indices reach beyond an array, and the indices into the padded one."""
    keys = list(keys) if isinstance(keys, tuple) else [keys]
    pads = [(0, 0)] * len(shape)
    for axis, key in enumerate(keys):
        if not isinstance(key, slice):
            low = max(0, -np.min(key))
            pads[axis] = low, max(0, np.max(key) + 1 - shape[axis])
            keys[axis] = key + low
    return tuple(keys), pads
'''
HELPERS: Mapping[str, tuple[str, ...]] = {
    "erf": (_ERF,),
    "sigmoid": (_SIGMOID,),
    "beyond": (_WIDENED, _BEYOND),
    "added": (_WIDENED, _ADDED),
}
"""For each function its source, after that of what it calls."""

_OTHER_NAMES: Mapping[str, str] = {"jax.nn.sigmoid": "sigmoid", "jax.scipy.special.erf": "erf", "jnp.abs": "np.abs"}


@dataclass(slots=True)
class Words:
    """``needed``: the source of functions that NumPy has not, in an order in which it can be run."""

    needed: dict[str, None] = field(default_factory=dict[str, None])

    def of(self, term: Term) -> Term:
        """The term as NumPy has it."""
        term = through(term, self.of)
        match term:
            case Called("jnp.where", (Sign(">") as test, Number(), Number())):
                return Called("np.asarray", (test,), (("dtype", Real()),))
            case Called("jax.nn.one_hot", (places, count), settings):
                return Picked(Called("np.eye", (count,), settings), (places,))
            case Called(name, args, settings):
                return Called(self._name(name), args, settings)
            case Picked(inner, keys, True):
                return Called(self._name("beyond"), (inner, _listed(keys)))
            case Scattered(Called(_, (Lengths() as shape,)), keys, inner):
                return Called(self._name("added"), (shape, _listed(keys), inner))
            case _:
                return term

    def _name(self, name: str) -> str:
        name = _OTHER_NAMES.get(name, name)
        self.needed |= dict.fromkeys(HELPERS.get(name, ()))
        return name.replace("jnp.", "np.")


def _listed(keys: tuple[Key, ...]) -> Term:
    """Keys as an argument: a tuple."""
    return Picked(Called("np.s_", ()), keys)
