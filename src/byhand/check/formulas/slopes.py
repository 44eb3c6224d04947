"""The derivative of an elementwise function by its own argument: σ′(z), relu′(h)."""

from __future__ import annotations

import re

from byhand.derive import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Contract, Expr, Index, Inverse, Named, Pick, Var, filled, named, var
from byhand.lang.functions import total
from byhand.lang.walk import children, postorder, spelled_out, substitute
from byhand.read.elaborator import Elaborator
from byhand.read.scope import Scope
from byhand.read.syntax import Applied, At, Name
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain

_HERE = At(1, 1)
_ARGUMENT = "u"
_CALL = re.compile(r"\w+\([^()]*\)")


def slope(name: str, at: Expr, text: str, scope: Scope) -> tuple[str, Expr]:
    """The derivative of the function at an argument, and how NumPy spells it with the argument's own spelling."""
    argument = var(_ARGUMENT, at.shape)
    value = Elaborator(Scope(names={_ARGUMENT: argument}, sizes=scope.sizes)).value(Applied(Name(name, _HERE), (Name(_ARGUMENT, _HERE),), (), _HERE)).expr
    if not is_elementwise(value):
        raise ByhandError(f"{name} does not work on each entry by itself, so that {name}′ has no meaning here; a local derivative is written dp/dz.")
    return slope_of(value, argument, at, text)


def slope_of(value: Expr, argument: Var, at: Expr, text: str) -> tuple[str, Expr]:
    """The same for a value that is made elementwise of a variable."""
    gradient = derive(named("s", total(named("y", value))), [argument]).gradients.get(argument.name)
    body = filled(0, argument.shape) if gradient is None else spelled_out([gradient.body], lambda _: False)[gradient.body]
    letter = var(_ARGUMENT, argument.shape)
    shown = plain(notation(substitute(body, {argument: letter}), Conventions()))
    bracketed = text if text.replace("_", "").replace("'", "").isalnum() else f"({text})"
    spelled = _in_place(shown, bracketed)
    return spelled if _CALL.fullmatch(spelled) else f"({spelled})", substitute(body, {argument: at})


def _in_place(shown: str, text: str) -> str:
    """The spelling with the argument put in; as the sole argument of a function it needs no brackets of its own."""
    bare = text[1:-1] if text.startswith("(") else text
    out, k = "", 0
    while k < len(shown):
        alone = shown[k] == _ARGUMENT and not (k and (shown[k - 1].isalnum() or shown[k - 1] == "_")) and not (k + 1 < len(shown) and shown[k + 1].isalnum())
        enclosed = alone and k > 0 and shown[k - 1] == "(" and shown[k + 1 : k + 2] == ")"
        out += (bare if enclosed else text) if alone else shown[k]
        k += 1
    return out


def is_elementwise(value: Expr) -> bool:
    """Whether every entry of the value is made of the same entry of the argument."""
    for node in postorder(value, below=lambda one: (one.body,) if isinstance(one, (Call, Named)) else children(one)):
        match node:
            case Contract(how) if how.summed or any(word not in ("", how.output) for word in how.inputs):
                return False
            case Index() | Inverse() | Pick():
                return False
            case _:
                pass
    return True
