"""Formulas as Python source for NumPy, and the functions that they call.

A rule becomes a function made of its own definition, in the form that floating-point numbers prefer where it states one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from textwrap import wrap

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Named, intern, var
from byhand.lang.names import Name
from byhand.lang.rule import Rule
from byhand.lang.sizes import Poly, Shape, Size, size
from byhand.lang.walk import children, postorder, rebuild
from byhand.sheets.notebook.helpers import DIRECT, HELPERS, SIDE_BY_SIDE
from byhand.show.conventions import Conventions
from byhand.show.identifiers import Identifiers
from byhand.show.notation import notation
from byhand.show.plain import plain, plain_shape, plain_size
from byhand.show.tree import Constant, Filled, Forms, Function, Identity, Inverted, Listing, Setting, Sym, Tree, rebuilt

LONGEST_LINE = 100
_SIZES = "nmkpqrsabcd"


@dataclass(slots=True)
class Source:
    """Writes formulas; ``functions`` are the definitions they need, by their text, each after those that it needs itself."""

    identifiers: Identifiers = field(default_factory=Identifiers)
    functions: dict[str, str] = field(default_factory=dict[str, str])
    _rules: dict[tuple[Rule, tuple[object, ...], tuple[Shape, ...]], Rule] = field(
        default_factory=dict[tuple[Rule, "tuple[object, ...]", "tuple[Shape, ...]"], Rule]
    )

    def __post_init__(self) -> None:
        self.identifiers.taken |= HELPERS.keys() | {"places"}

    def formula(self, expr: Expr, names: Mapping[Name, str], conventions: Conventions) -> str:
        """One expression of Python. ``names``: the identifiers of the quantities in it."""
        return plain(self._coded(notation(self._called(expr), conventions), names))

    def with_pseudo_inverses(self, formula: str) -> str:
        """The formula where an inverse in it does not exist."""
        return formula.replace(f"{DIRECT['inv']}(", f"{self._function('pseudo_inverse')}(")

    # ------------------------------------------------------------------------------------------- spelling

    def _coded(self, tree: Tree, names: Mapping[Name, str]) -> Tree:
        """The tree as NumPy has it: identifiers for names, its own words for functions."""
        match tree:
            case Forms(form, _):
                return self._coded(form, names)
            case Sym(name):
                return Setting(names[name])
            case Constant(name):
                return Setting(DIRECT[name])
            case Filled(value, shape):
                return Function("np.ones" if value else "np.zeros", (Setting(plain_shape(shape)),))
            case Identity(count):
                return Function("np.eye", (Setting(plain_size(count)),))
            case Inverted(base):
                return Function(DIRECT["inv"], (self._coded(base, names),))
            case Listing(items):
                return Function("np.array", (Listing(tuple(self._listed(item, names) for item in items)),))
            case Function(name, args, options):
                inside = tuple(self._listed(arg, names) if name in SIDE_BY_SIDE else self._coded(arg, names) for arg in args)
                return Setting(DIRECT[name]) if name in ("pi", "e") and not args else Function(self._function(name), inside, options)
            case _:
                return rebuilt(tree, lambda part: self._coded(part, names))

    def _listed(self, tree: Tree, names: Mapping[Name, str]) -> Tree:
        """Inside a list, lists are no arrays of their own."""
        form = tree
        while isinstance(form, Forms):
            form = form.plain
        return Listing(tuple(self._listed(item, names) for item in form.items)) if isinstance(form, Listing) else self._coded(form, names)

    def _function(self, name: str) -> str:
        for text in HELPERS.get(name, ()):
            self.functions.setdefault(text.strip(), name)
        return DIRECT.get(name, name)

    # ---------------------------------------------------------------------------------------------- rules

    def _called(self, expr: Expr) -> Expr:
        """The same expression, each rule in it under the name of its function, with all arguments and no settings."""
        done: dict[Expr, Expr] = {}
        for node in postorder(expr, enter_named=False):
            parts = () if isinstance(node, Named) else tuple(done[part] for part in children(node))
            if isinstance(node, Call):
                done[node] = intern(Call, self._rule(node), parts, (), node.body, node.shape)
            else:
                done[node] = node if isinstance(node, Named) or parts == children(node) else rebuild(node, parts)
        return done[expr]

    def _rule(self, node: Call) -> Rule:
        """A rule that is called like the function for this one with these settings and shapes."""
        key = (node.rule, node.options, tuple(arg.shape for arg in node.args))
        if key not in self._rules:
            text = self._definition(node)
            if text not in self.functions:
                self.functions[text] = self.identifiers.fresh(node.rule.name)
            bare = tuple(replace(argument, default=None) for argument in node.rule.arguments)
            self._rules[key] = replace(node.rule, name=self.functions[text], arguments=bare, options=())
        return self._rules[key]

    def _definition(self, node: Call) -> str:
        """The body of the function, whose name is put in where the text says ``NAME``."""
        names = [argument.name for argument in node.rule.arguments]
        letters = _letters(node, names)
        try:
            body = _body(node, tuple(tuple(size(Poly.letter(letters[axis])) if axis in letters else axis for axis in arg.shape) for arg in node.args))
        except ByhandError:  # strides and the like need numbers
            body = _body(node, tuple(arg.shape for arg in node.args))
        functions = {self._rule(one).name for one in postorder(body) if isinstance(one, Call)}
        own: dict[Name, str] = {name: f"{name}_" if name in functions else name for name in names}
        text = self.formula(body, own, Conventions(names=frozenset(names)))
        lines = [f'"""{node.rule.summary}"""', *_sizes(node, list(own.values()), letters, text), f"return {broken(text, 'return ')}"]
        return f"def NAME({', '.join(own.values())}):\n" + "\n".join(f"    {line}".replace("\n", "\n    ") for line in lines)

    def written(self) -> list[str]:
        """All definitions, in an order in which they can be run."""
        return [text.replace("def NAME(", f"def {name}(", 1) for text, name in self.functions.items()]


def _body(node: Call, shapes: tuple[Shape, ...]) -> Expr:
    """The rule over arguments of these shapes, under the names of its signature."""
    args = [var(argument.name, shape) for argument, shape in zip(node.rule.arguments, shapes)]
    return (node.rule.stable or node.rule.definition)(*args, **dict(node.options))


def _letters(node: Call, names: list[str]) -> dict[Size, str]:
    """A letter for each size among the shapes of the arguments but 1, along which NumPy stretches."""
    found = dict.fromkeys(axis for arg in node.args for axis in arg.shape if axis != 1)
    free = [letter for letter in _SIZES if letter not in names]
    return {axis: free[k] if k < len(free) else f"n{k}" for k, axis in enumerate(found)}


def _sizes(node: Call, names: list[str], letters: dict[Size, str], text: str) -> list[str]:
    """Where the letters that occur get their values."""
    text = re.sub('"[^"]*"', "", text)
    lines: list[str] = []
    for axis, letter in letters.items():
        if re.search(rf"(?<![\w.]){letter}(?!\w)", text):
            name, place = next((name, arg.shape.index(axis)) for name, arg in zip(names, node.args) if axis in arg.shape)
            lines.append(f"{letter} = {name}.shape[{place}]")
    return lines


def broken(text: str, before: str = "") -> str:
    """A formula that is too long for one line, in brackets on several."""
    if len(before) + len(text) <= LONGEST_LINE:
        return text
    return "(\n    " + "\n    ".join(wrap(text, LONGEST_LINE - 8, break_long_words=False, break_on_hyphens=False)) + "\n)"
