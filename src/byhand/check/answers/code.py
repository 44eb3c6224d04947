"""Python source as text: which names are given literal numbers, which are computed, and which are shown. Nothing is ever run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from byhand.check.answers.limits import MAX_DEPTH

_MAGIC = re.compile(r"^(\s*)(?:[%!?]|.*\?\s*$).*$", re.MULTILINE)
_LONG_RUN = re.compile(r"[-+~]{100}|(?:\bnot\s+){100}|(?:\bawait\s+){100}|(?:\blambda\s*:\s*){100}")
_MAKERS = frozenset(["array", "asarray", "tensor", "matrix", "Matrix", "float", "Fraction", "Rational"])


@dataclass(frozen=True, slots=True)
class Assigned:
    """A name and its new value: the text of a literal, or nothing where it is computed. ``updates``: a step from its old value, as in W -= rate * dW."""

    name: str
    literal: str | None
    updates: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell assigns, the single names that it prints, and the names that it ends with."""

    assigned: tuple[Assigned, ...] = ()
    printed: tuple[str, ...] = ()
    last: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Text:
    """Source whose pieces are looked up by line and column; columns count bytes."""

    raw: bytes
    starts: tuple[int, ...]

    @classmethod
    def of(cls, source: str) -> _Text:
        raw = source.encode()
        return cls(raw, (0, *(found.end() for found in re.finditer(b"\n", raw))))

    def of_node(self, node: ast.expr) -> str:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.raw[self.starts[node.lineno - 1] + node.col_offset : self.starts[end_line - 1] + end_column].decode()


def read_code(source: str) -> Cell | str:
    """What a cell of code says, or a sentence that says why it cannot be read."""
    if _deep(source):
        return "it is nested too deep."
    source = _MAGIC.sub(r"\1pass", source.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        return f"{problem.msg if isinstance(problem, SyntaxError) else 'it is no Python'}."
    body = [statement for statement in tree.body if not isinstance(statement, ast.Pass)]
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    text = _Text.of(source)
    assigned = tuple(one for statement in body for one in _assigned(statement, text))
    return Cell(assigned, tuple(_printed(body)), _names(last))


def _names(last: ast.expr | None) -> tuple[str, ...]:
    """The names that a cell ends with, and so shows."""
    match last:
        case ast.Name(id=name):
            return (name,)
        case ast.Tuple(elts=parts) if all(isinstance(part, ast.Name) for part in parts):
            return tuple(part.id for part in parts if isinstance(part, ast.Name))
        case _:
            return ()


def _deep(source: str) -> bool:
    depth = 0
    for found in re.finditer(r"[\[({\])}]", source):
        depth += 1 if found.group() in "[({" else -1
        if depth > MAX_DEPTH:
            return True
    return _LONG_RUN.search(source) is not None or max((line.count("**") + line.count(" if ") for line in source.split("\n")), default=0) > 500


def _assigned(statement: ast.stmt, source: _Text) -> Iterator[Assigned]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _to(target, value, source)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _to(target, value, source)
        case ast.AugAssign(target=ast.Name(id=name), op=op):
            yield Assigned(name, None, isinstance(op, (ast.Sub, ast.Add)))
        case ast.For(body=body) | ast.While(body=body) | ast.With(body=body) | ast.If(body=body):
            for inner in body:
                yield from (Assigned(one.name, None) for one in _assigned(inner, source))
        case _:
            pass


def _to(target: ast.expr, value: ast.expr, source: _Text) -> Iterator[Assigned]:
    match target, value:
        case ast.Name(id=name), _:
            yield Assigned(name, _literal(value, source), _is_step(name, value))
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=values) | ast.List(elts=values))) if len(names) == len(values):
            for one, its in zip(names, values):
                yield from _to(one, its, source)
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), _):
            yield from (Assigned(one.id, None) for one in names if isinstance(one, ast.Name))
        case _:
            pass


def _is_step(name: str, value: ast.expr) -> bool:
    """W = W - rate * dW."""
    return isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Sub, ast.Add)) and isinstance(value.left, ast.Name) and value.left.id == name


def _literal(value: ast.expr, source: _Text) -> str | None:
    """The text of a right side that consists of numbers."""
    return source.of_node(value) if _is_literal(value) else None


def _is_literal(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=bool() | None):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _is_literal(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _is_literal(left) and _is_literal(right)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return bool(parts) and all(map(_is_literal, parts))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner, *_]):
            return name in _MAKERS and _is_literal(inner)
        case ast.Attribute(value=inner, attr="T"):
            return _is_literal(inner)
        case _:
            return False


def _printed(body: list[ast.stmt]) -> Iterator[str]:
    """For each print the name, where it prints one and nothing else."""
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=args)):
                yield args[0].id if len(args) == 1 and isinstance(args[0], ast.Name) else ""
            case _:
                pass
