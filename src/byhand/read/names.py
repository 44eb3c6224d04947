"""What a name stands for: a quantity, a size, a gradient, a constant; and which letters of a subscript are indices."""

from __future__ import annotations

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, eye, filled, num
from byhand.lang.leaves import euler, pi
from byhand.lang.names import Name
from byhand.lang.sizes import Poly, Size, size
from byhand.read.alphabet import ONES, ZEROS
from byhand.read.arguments import written
from byhand.read.functions import FUNCTIONS, TASKS, function
from byhand.read.limits import check_entries
from byhand.read.parse import parse_formula
from byhand.read.products import juxtaposed
from byhand.read.static import Reader, number_of
from byhand.read.syntax import Indexed
from byhand.read.syntax import Name as NameTree
from byhand.read.value import ATOM, UNIT, Value


def find(reader: Reader, name: str) -> Value | None:
    """What a name means, if anything: a quantity, a size, a gradient, a constant, several names run together."""
    return _single(reader, name) or _run_together(reader, name)


def _single(reader: Reader, name: str) -> Value | None:
    known = reader.scope.find(name) or reader.scope.barred(name) or _of_family(reader, name)
    if known is not None:
        return quantity(*known)
    letter = reader.scope.size(name)
    if letter is not None:
        return Value(num(Poly.of(letter)), str(letter), ATOM if isinstance(letter, int) or (len(letter.terms) == 1 and letter.terms[0][1] == 1) else 1)
    return _constant(reader, name) or gradient_name(reader, name) or _sized(reader, name)


def _of_family(reader: Reader, name: str) -> tuple[Name, Expr] | None:
    """z_l and z_{l−1} as mathematics writes z[l] and z[l-1], where such layers are known."""
    stem, _, foot = name.partition("_")
    return reader.scope.find(f"{stem}[{foot.strip('{}').replace('−', '-').replace(' ', '')}]") if foot else None


def _constant(reader: Reader, name: str) -> Value | None:
    match name:
        case "pi" | "π":
            return Value(pi(), "pi")
        case "e":
            return Value(euler(), "e")
        case "I":
            return Value(num(1), UNIT, unit=True)
        case _:
            return None


def gradient_name(reader: Reader, name: str) -> Value | None:
    """δ_z and delta_z: the gradient of z."""
    head, _, wrt = name.partition("_")
    if head not in ("δ", "delta") or not wrt:
        return None
    found = reader.scope.derivative("", wrt)
    return None if found is None else quantity(*found)


def _sized(reader: Reader, name: str) -> Value | None:
    """𝟏_n and I_n."""
    head, _, foot = name.partition("_")
    if head not in (ONES, ZEROS, "I") or not foot:
        return None
    return sized_constant(reader, head, foot)


def sized_constant(reader: Reader, head: str, foot: str) -> Value | None:
    sizes = tuple(_size(reader, part) for part in foot.replace("x", "×").split("×")) if "×" in foot else (_size(reader, foot),)
    known = tuple(one for one in sizes if one is not None)
    if len(known) != len(sizes):
        return None
    check_entries(max((one for one in known if isinstance(one, int)), default=0))
    text = written(known[0] if len(known) == 1 else known)
    if head == "I":
        return Value(eye(known[0]), f"eye({text})") if len(known) == 1 else None
    return Value(filled(int(head == ONES), known), f"{'ones' if head == ONES else 'zeros'}({text})")


def _size(reader: Reader, text: str) -> Size | None:
    try:
        found = number_of(reader, parse_formula(text))
    except ByhandError:
        return None
    return None if found is None else size(found)


def taken_apart(reader: Reader, name: str) -> tuple[str, ...]:
    """The names that one is made of, where it is none itself: Xw is X and w."""
    return _pieces(reader, name) if reader.scope.loose and _single(reader, name) is None else ()


def _pieces(reader: Reader, name: str) -> tuple[str, ...]:
    if not reader.scope.loose or len(name) > 12 or not name.isalpha():
        return ()
    ways = [way for way in _splits(name) if len(way) > 1 and all(reader.scope.find(part) or reader.scope.size(part) for part in way)]
    return ways[0] if len(ways) == 1 else ()


def _run_together(reader: Reader, name: str) -> Value | None:
    """Xw for X w, if that is the only way to take it apart into names that exist."""
    pieces = _pieces(reader, name)
    if not pieces:
        return None
    first, *rest = (find(reader, part) for part in pieces)
    found = first
    for part in rest:
        found = juxtaposed(found, part, reader.scope.vectors) if found is not None and part is not None else None
    return found


def member(reader: Reader, tree: Indexed) -> Value | None:
    """z[2] or z[l-1] as the name of a layer, if the sheet has layers of that name."""
    indices = [number_of(reader, item) for item in tree.items]
    if not isinstance(tree.base, NameTree) or None in indices:
        return None
    found = reader.scope.find(f"{tree.base.name}[{','.join(map(str, indices)).replace(' ', '')}]")
    return None if found is None else quantity(*found)


def unknown(reader: Reader, name: str) -> str:
    if name.lower() in ("nan", "inf", "infinity", "∞"):
        return f"{name} is not a number that byhand computes with: every entry must be finite."
    said = reader.scope.explain(name)
    if said:
        return said
    stem, _, foot = name.rpartition("_")
    indexed = reader.scope.find(stem) if stem else None
    if indexed is not None and indexed[1].shape and 0 < len(foot) <= len(indexed[1].shape) and foot.isalpha():
        return f"{name} is no name here, and as an entry of {stem} it needs a sum Σ_{foot} or brackets [ ]_{{{foot}}} around it."
    if reader.scope.size(name) is not None:
        return f"{name} is a size here, and no quantity."
    if name in ("d", "∂"):
        return f"{name} is no name here; a derivative is written dL/dW."
    if name in TASKS and function(name) is None:
        return f"{name} is a task and needs its arguments in brackets, as in {name}(…)."
    if function(name) is not None:
        return f"{name} is a function and needs its arguments in brackets, as in {name}(x)."
    return f"the name {name[:60]} is not known here.{reader.scope.nearest(name, tuple(FUNCTIONS))}"


def quantity(name: Name, expr: Expr) -> Value:
    return Value(expr, str(name))


def _splits(name: str) -> list[tuple[str, ...]]:
    """All ways to cut a short word into pieces of one or two letters."""
    ways: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(name) + 1):
        ways.append([(*way, name[start:end]) for start in range(max(0, end - 2), end) for way in ways[start]])
    return ways[-1]
