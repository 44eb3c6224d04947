"""Neural networks worked out by hand, by machine.

    byhand.sheet("exercise.md").solve()          a worked solution
    byhand.check("exercise.md", "hand-in.json")  marks for what somebody wrote
    byhand.var, .name, .formula, .functions      expressions
    byhand.code("exercise.md", to="c")           the formulas as code that trains
    byhand.derive(loss, [W, b])                  their gradients, as formulas with steps
    byhand.at(expr, W=…, b=…)                    numbers
    byhand.Network("digits.md").fit("digits")    a network, trained
    byhand.step, .minimise, .rates, .symmetries, .compare, .draw    the tasks of sheets

What needs NumPy is imported when one of these names is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from byhand.app.api import (
        ByhandError,
        Derived,
        Solved,
        at,
        check,
        compare,
        derive,
        draw,
        formula,
        minimise,
        name,
        rates,
        sheet,
        step,
        symmetries,
        var,
    )
    from byhand.app.checked import Checked
    from byhand.app.compile_command import code
    from byhand.app.functions import functions
    from byhand.app.version import VERSION as __version__
    from byhand.train.network import Network

__all__ = [
    "ByhandError",
    "Checked",
    "Derived",
    "Network",
    "Solved",
    "__version__",
    "at",
    "check",
    "code",
    "compare",
    "derive",
    "draw",
    "formula",
    "functions",
    "minimise",
    "name",
    "rates",
    "sheet",
    "step",
    "symmetries",
    "var",
]

_ELSEWHERE = {
    "Checked": ("byhand.app.checked", "Checked"),
    "code": ("byhand.app.compile_command", "code"),
    "Network": ("byhand.train.network", "Network"),
    "functions": ("byhand.app.functions", "functions"),
    "__version__": ("byhand.app.version", "VERSION"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'byhand' has no attribute {name!r}")
    module, attribute = _ELSEWHERE.get(name, ("byhand.app.api", name))
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return __all__


class _Byhand(ModuleType):
    """``byhand.derive`` is the function; the package of that name is reached by import alone."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in __all__ and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Byhand
