"""Arguments put to the parameters of a function: formulas as expressions, settings as what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from byhand.lang.expr import Expr
from byhand.read.functions import FUNCTIONS
from byhand.read.literal import data_of
from byhand.read.parse import parse_formula
from byhand.read.rearranging import classes, ints_shape
from byhand.read.signature import Formula, Function, Param, Required
from byhand.read.static import Reader, error, integers, nested_sizes, setting, shape_of, size_of
from byhand.read.syntax import Applied, Grouped, Listed, Name, Number, Text, Tree
from byhand.read.value import ATOM, Value


@dataclass(frozen=True, slots=True)
class Bound:
    """One argument as the function gets it, and as it reads; no text for a default."""

    value: Any
    text: str | None = None
    source: Value | None = None


def applied(reader: Reader, found: Function, name: str, tree: Applied, first: tuple[Value, ...] = ()) -> Value:
    """The value of ``name(args)``; ``first`` comes before the arguments, as what stands before the dot of a method does."""
    count = len(tree.args) + len(first)
    if found.other and count == 2 and not tree.options:
        return _larger(reader, found, name, tree, first)
    given = _matched(found, name, tree, first)
    bound: list[Bound] = []
    for param in found.params:
        bound.append(_bind(reader, param, given.get(param.name), bound))
    expr = found.build(*(one.value for one in bound))
    texts = [_text(param, one) for param, one in zip(found.params, bound) if one.text is not None]
    value = Value(expr, f"{found.name}({', '.join(texts)})", ATOM)
    source = next((one.source for one in bound if one.source is not None), None)
    return value.lying_as(source) if source is not None and source.expr.shape == expr.shape else value


def _text(param: Param, one: Bound) -> str:
    named = not isinstance(param.default, Required) and not param.rest
    return f"{param.name}={one.text}" if named else str(one.text)


def _larger(reader: Reader, found: Function, name: str, tree: Applied, first: tuple[Value, ...]) -> Value:
    """max and min of two things: entry by entry, unless the second is an axis."""
    values = [*first, *(reader.value(arg) for arg in tree.args if not isinstance(arg, Grouped))]
    if len(values) < 2 or (values[0].rank and tree.args and isinstance(tree.args[-1], Number)):
        ways = f"write {name}(…, axis=…) along an axis, {found.other}(…, …) entry by entry"
        raise error(f"{name} of an array and a number can be read in two ways: {ways}.", tree)
    return applied(reader, FUNCTIONS[found.other], found.other, Applied(tree.function, (), (), tree.at), tuple(values))


def _matched(found: Function, name: str, tree: Applied, first: tuple[Value, ...]) -> dict[str, Any]:
    """The given arguments by the name of their parameter, checked for number and names."""
    positional: list[Tree | Value] = [*first, *tree.args]
    rest = next((param for param in found.params if param.rest), None)
    given: dict[str, Any] = {}
    room = found.params[:-1] if rest else found.params
    if len(positional) > len(room) and not rest:
        raise error(f"{name} takes {found.takes()}; it was given {len(positional) + len(tree.options)}.", tree)
    given.update({param.name: one for param, one in zip(room, positional)})
    if rest and len(positional) > len(room):
        given[rest.name] = tuple(positional[len(room) :])
    for option, value in tree.options:
        _named_option(found, name, option, value, given)
    missing = [param.name for param in found.params if isinstance(param.default, Required) and param.name not in given]
    if missing:
        raise error(f"{name} takes {found.takes()}; {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.", tree)
    return given


def _named_option(found: Function, name: str, option: str, value: Tree, given: dict[str, Any]) -> None:
    names = [param.name for param in found.params]
    option = {"dim": "axis", "keepdim": "keepdims"}.get(option, option) if option not in names else option
    if option not in names:
        raise error(f"{name} has no option {option}; it takes {found.takes()}.", value)
    if option in given:
        raise error(f"{name} is given {option} twice.", value)
    given[option] = (value,) if found.params[names.index(option)].rest else value


def _bind(reader: Reader, param: Param, given: Any, before: list[Bound]) -> Bound:
    if given is None:
        return _default(reader, param)
    if isinstance(given, Value):
        return Bound(given.expr, given.text, given)
    if param.rest:
        return _bind_rest(reader, param, given)
    return _converted(reader, param, given, before)


def _default(reader: Reader, param: Param) -> Bound:
    if isinstance(param.default, Formula):
        return Bound(reader.value(parse_formula(param.default.text)).expr)
    return Bound(param.default)


def _bind_rest(reader: Reader, param: Param, given: tuple[Tree, ...]) -> Bound:
    """All further arguments: operands, or sizes with or without brackets of their own."""
    if param.kind == "expr":
        values = [reader.value(tree) for tree in given]
        return Bound(tuple(value.expr for value in values), ", ".join(value.text for value in values))
    tree = given[0] if len(given) == 1 and not isinstance(given[0], Number) else Grouped(given, given[0].at)
    return _converted(reader, Param(param.name, param.kind), tree, [])


def _converted(reader: Reader, param: Param, tree: Tree, before: list[Bound]) -> Bound:
    match param.kind:
        case "expr":
            value = reader.value(tree)
            return Bound(value.expr, value.text, value)
        case "classes":
            return _classes(reader, tree, before)
        case "parts":
            return _parts(reader, tree)
        case "axis":
            return _written(_axis(reader, tree))
        case "size":
            return _written(size_of(reader, tree))
        case "shape":
            return _written(shape_of(reader, tree))
        case "sizes":
            return _written(nested_sizes(reader, tree))
        case "rows":
            return _written(integers(reader, tree, param.name), brackets="[]")
        case "bool":
            return _flag(tree, param.name)
        case "spec":
            return _spec(tree)
        case _:
            return _written(setting(reader, param.kind, tree, param.name))


def _written(value: Any, brackets: str = "()") -> Bound:
    return Bound(value, written(value, brackets))


def written(value: Any, brackets: str = "()") -> str:
    """A setting as it is written: numbers, sizes, texts and tuples of them."""
    if isinstance(value, tuple):
        inner = ", ".join(written(one, brackets) for one in value)  # pyright: ignore[reportUnknownVariableType]
        comma = "," if len(value) == 1 and brackets == "()" else ""  # pyright: ignore[reportUnknownArgumentType]
        return f"{brackets[0]}{inner}{comma}{brackets[1]}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _axis(reader: Reader, tree: Tree) -> int | tuple[int, ...] | None:
    found = setting(reader, "int", tree, "axis")
    assert not isinstance(found, str)
    return found


def _flag(tree: Tree, name: str) -> Bound:
    if isinstance(tree, Name) and tree.name in ("True", "False", "true", "false"):
        return Bound(tree.name.lower() == "true", tree.name.capitalize())
    if isinstance(tree, Number) and tree.value in (0, 1):
        return Bound(bool(tree.value), str(bool(tree.value)))
    raise error(f"{name} is True or False.", tree)


def _spec(tree: Tree) -> Bound:
    if not isinstance(tree, Text):
        raise error('einsum takes its specification first, as a text such as "ij,jk->ik".', tree)
    return Bound(tree.text, f'"{tree.text}"')


def _parts(reader: Reader, tree: Tree) -> Bound:
    if not isinstance(tree, (Listed, Grouped)):
        raise error("the arrays to be joined stand in a list, as in concat([a, b]).", tree)
    values = [reader.value(item) for item in tree.items]
    return Bound([value.expr for value in values], f"[{', '.join(value.text for value in values)}]")


def _classes(reader: Reader, tree: Tree, before: list[Bound]) -> Bound:
    """Targets as an array, or as integer class labels, which have one axis less than the scores."""
    scores = before[0].value if before else None
    labels = _labels(reader, tree)
    if labels is None or not isinstance(scores, Expr) or not scores.shape or ints_shape(labels) != scores.shape[:-1]:
        value = reader.value(tree)
        return Bound(value.expr, value.text, value)
    text = tree.name if isinstance(tree, Name) else written(labels, "[]")
    return Bound(classes(labels, scores.shape[-1]), text)


def _labels(reader: Reader, tree: Tree) -> Any:
    if isinstance(tree, Name):
        return reader.scope.ints(tree.name)
    data = data_of(tree)
    return data.integers() if data is not None else None
