"""The structure of a network, read off the expression graph: stages through which signals flow, whatever the notation.

A stage is an input, a layer (a linear map by a parameter with its biases), a rule, or something else that is done to
signals; elementwise functions belong to the stage whose value nothing else uses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, assert_never

from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, as_number, is_negative, split_factor
from byhand.lang.index import Reshape, Window
from byhand.lang.sizes import ONE, Poly, Shape, Size
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder
from byhand.show.tree import Numeral
from byhand.show.unicode import text_exponent, text_number

Kind: TypeAlias = Literal["input", "dense", "sum", "product", "concat", "other"]


@dataclass(frozen=True, slots=True)
class Weight:
    """A parameter, or a formula of parameters, that maps the units of one stage to those of another.

    ``into`` is its axis along the units it comes from, ``out`` the one along those it goes to; ``None`` for a single unit.
    """

    value: Expr
    into: int | None
    out: int | None

    @property
    def sizes(self) -> tuple[Size, Size]:
        """How many units there are before and behind."""
        shape = self.value.shape
        return (1 if self.into is None else shape[self.into]), (1 if self.out is None else shape[self.out])


@dataclass(frozen=True, slots=True)
class Link:
    """What a stage takes from another one."""

    source: int
    weight: Weight | None = None


@dataclass(slots=True)
class Stage:
    """``start`` is its first value and ``tip`` its last so far; ``did`` says in a word what an ``other`` one does.

    ``named`` are the names on the way, in order; those that are ``spanning`` have formulas that begin in earlier stages.
    ``told``: how many of the functions these names speak of.
    """

    kind: Kind
    start: Expr
    tip: Expr
    links: list[Link] = field(default_factory=list[Link])
    did: str = ""
    takes: list[Expr] = field(default_factory=list[Expr])
    biases: list[Expr] = field(default_factory=list[Expr])
    functions: list[str] = field(default_factory=list[str])
    told: int = 0
    named: list[Named] = field(default_factory=list[Named])
    spanning: set[Named] = field(default_factory=set[Named])


def stages(root: Expr, inputs: Collection[Var], parameters: Collection[Var]) -> list[Stage]:
    """The stages below a quantity, each behind those it takes from; the last one gives the quantity."""
    reader = _Reader(frozenset(inputs), frozenset(parameters))
    return reader.read(root)


@dataclass(slots=True)
class _Reader:
    inputs: frozenset[Var]
    parameters: frozenset[Var]
    found: list[Stage] = field(default_factory=list[Stage])
    at: dict[Expr, int] = field(default_factory=dict[Expr, int])
    shared: set[Expr] = field(default_factory=set[Expr])

    def read(self, root: Expr) -> list[Stage]:
        order = postorder(root)
        uses: Counter[Expr] = Counter(part for node in order for part in set(children(node)))
        self.shared = {node for node, count in uses.items() if count > 1}
        for node in order:
            if node in self.inputs:
                self.new("input", node)
            elif any(part in self.at for part in children(node)):
                self.step(node)
        return self.found

    # --------------------------------------------------------------------------------------- one node

    def step(self, node: Expr) -> None:
        match node:
            case Named(_, body):
                self.same(node, body)
                self.name(node)
            case Add(terms):
                self.add(node, terms)
            case Contract(_, args):
                self.contract(node, args)
            case Map(leaf, args):
                self.function(node, args, leaf.name if leaf.exponent is None else f"(·){text_exponent(Numeral(Poly.of(leaf.exponent)))}")
            case Call(rule, args):
                self.function(node, args, rule.symbol[0] if rule.symbol else rule.name)
            case Index(by, _, arg, shape):
                self.index(node, by, arg, shape)
            case Inverse(arg) | Pick(arg):
                self.other(node, (arg,), "inverse" if isinstance(node, Inverse) else "largest")
            case Var() | Num():
                raise AssertionError("given quantities have no operands")
            case _:
                assert_never(node)

    def new(self, kind: Kind, node: Expr, *links: Link, did: str = "") -> Stage:
        self.at[node] = len(self.found)
        self.found.append(Stage(kind, node, node, list(links), did))
        return self.found[-1]

    def same(self, node: Expr, arg: Expr) -> None:
        """The same units under another name or another arrangement of axes."""
        self.at[node] = self.at[arg]
        if self.is_free(arg):
            self.found[self.at[arg]].tip = node
        else:
            self.shared.add(node)

    def name(self, node: Named) -> None:
        """A name for the value of a stage."""
        place = self.at[node]
        self.found[place].named.append(node)
        self.found[place].told = len(self.found[place].functions)
        inside = [part for part in postorder(node.body, enter_named=False) if part in self.at and not isinstance(part, (Named, Var))]
        if any(self.at[part] != place for part in inside):
            self.found[place].spanning.add(node)

    def is_free(self, node: Expr) -> bool:
        """Whether a stage may go on behind this value: it is its last, and used once."""
        return node not in self.shared and self.found[self.at[node]].tip is node

    def signals(self, args: tuple[Expr, ...]) -> list[Expr]:
        return [arg for arg in args if arg in self.at]

    def other(self, node: Expr, args: tuple[Expr, ...], did: str, kind: Kind = "other") -> None:
        links = dict.fromkeys(self.at[arg] for arg in self.signals(args))
        stage = self.new(kind, node, *map(Link, links), did=did)
        stage.takes += [arg for arg in args if arg not in self.at and as_number(arg) is None]

    # --------------------------------------------------------------------------------- kinds of nodes

    def function(self, node: Expr, args: tuple[Expr, ...], name: str) -> None:
        """An elementwise function, or a rule: part of its stage where it keeps the units."""
        moving = self.signals(args)
        if len(moving) == 1 and moving[0].shape == node.shape and self.is_free(moving[0]) and self.found[self.at[moving[0]]].kind != "input":
            stage = self.found[self.at[moving[0]]]
            stage.functions.append(name)
            stage.takes += [arg for arg in args if arg not in self.at and as_number(arg) is None]
            self.same(node, moving[0])
        else:
            self.other(node, args, name)

    def index(self, node: Expr, by: object, arg: Expr, shape: Shape) -> None:
        if isinstance(by, Reshape) and [n for n in shape if n != 1] == [n for n in arg.shape if n != 1]:
            self.same(node, arg)
        elif _is_padded(node):
            self.shared |= {node, arg}
            self.at[node] = self.at[arg]
        else:
            did = ("flatten" if len(shape) < len(arg.shape) else "reshape") if isinstance(by, Reshape) else "part" if isinstance(by, Window) else "rows"
            self.other(node, (arg,), did)

    def add(self, node: Expr, terms: tuple[Expr, ...]) -> None:
        moving = self.signals(terms)
        still = [term for term in terms if term not in self.at]
        if all(map(_is_padded, terms)):
            return self.other(node, tuple(term.arg for term in terms if isinstance(term, Index)), "concat", "concat")
        layer = self._layer(moving) if all(map(self._is_bias, still)) else None
        if layer is None:
            return self.other(node, terms, *(("sum", "sum") if len(moving) > 1 else (_shift(still), "other")))
        layer.biases += map(_bare, still)
        layer.tip = node
        self.at[node] = self.at[moving[0]]
        return None

    def _layer(self, moving: list[Expr]) -> Stage | None:
        """The layer that gives these terms: one, or linear maps of several inputs, none of which has a name of its own."""
        places = sorted({self.at[term] for term in moving})
        layers = [self.found[k] for k in places]
        if any(stage.kind != "dense" or stage.functions for stage in layers) or not all(map(self.is_free, moving)):
            return None
        if len(layers) > 1 and any(stage.named or stage.biases for stage in layers):
            return None
        last = layers[-1]
        last.links = [link for stage in layers for link in stage.links]
        for place in reversed(places[:-1]):
            self._drop(place)
        self.at.update(dict.fromkeys(moving, self.found.index(last)))
        return last

    def _drop(self, place: int) -> None:
        """Leave out a stage that has become part of another."""
        del self.found[place]
        self.at = {node: k - (k > place) for node, k in self.at.items()}
        for stage in self.found:
            stage.links = [Link(link.source - (link.source > place), link.weight) for link in stage.links]

    def _is_bias(self, term: Expr) -> bool:
        """A parameter added as it is."""
        bare = _bare(term)
        below = [node for node in postorder(bare) if isinstance(node, Var)]
        return split_factor(term)[0] == ONE and bool(below) and all(node in self.parameters for node in below)

    def contract(self, node: Contract, args: tuple[Expr, ...]) -> None:
        how = node.spec
        moving = self.signals(args)
        if self._is_dot(node):
            return None
        if len(args) == 1:
            plain = not how.summed and len(set(how.output)) == len(how.output)
            return self.same(node, args[0]) if plain else self.other(node, args, "sum" if how.summed else "diagonal")
        if len(moving) == 2:
            return self.other(node, args, "matrix product" if how.summed else "product", "other" if how.summed else "product")
        number = next((as_number(arg) for arg in args if arg not in self.at), None)
        if number is not None and not how.summed:
            return self.function(node, args, f"{text_number(number)} ·")
        weight = self._weight(how, args, moving[0])
        if weight is None:
            return self.other(node, args, "sum of products" if how.summed else "product")
        self.new("dense", node, Link(self.at[moving[0]], weight))
        return None

    def _is_dot(self, node: Contract) -> bool:
        """Take a sum of a product entry by entry, as in sum(w * x), for the sum of products that it is."""
        match node:
            case Contract(how, (Contract(inner, (_, _) as args) as product,)) if how.summed and set(how.output) <= set(how.inputs[0]):
                letters = dict(zip(how.inputs[0], inner.output))
            case _:
                return False
        stage, moving = self.found[self.at[product]], self.signals(args)
        if stage.did != "product" or len(moving) != 1 or not self.is_free(product):
            return False
        weight = self._weight(Spec(inner.inputs, "".join(letters[c] for c in how.output)), args, moving[0])
        if weight is not None:
            stage.kind, stage.did, stage.takes, stage.links = "dense", "", [], [Link(self.at[moving[0]], weight)]
            self.same(node, product)
        return weight is not None

    def _weight(self, how: Spec, args: tuple[Expr, ...], signal: Expr) -> Weight | None:
        """The parameter as weights between units, where it is summed over the units before, or there is but one."""
        position = args.index(signal)
        mine, other, out = how.inputs[position], how.inputs[1 - position], how.output
        value = args[1 - position]
        below = [part for part in postorder(value) if isinstance(part, Var)]
        summed, fresh = [c for c in other if c in mine and c not in out], [c for c in other if c not in mine]
        lost = [c for c in mine if c not in out and c not in summed] + [c for c in fresh if c not in out]
        if any(part not in self.parameters for part in below) or lost or len(set(other)) < len(other) or len(summed) + len(fresh) != len(other):
            return None
        if len(summed) > 1 or len(fresh) > 1 or (not summed and mine):
            return None
        return Weight(value, other.index(summed[0]) if summed else None, other.index(fresh[0]) if fresh else None)


def _bare(term: Expr) -> Expr:
    """A bias without the broadcast that stretches it over samples."""
    match term:
        case Contract(how, (arg,)) if all(n == 1 for c, n in zip(how.inputs[0], arg.shape) if c not in how.output):
            return arg
        case _:
            return term


def _is_padded(term: Expr) -> bool:
    """Whether this is a part of a concatenation: something with zeros around."""
    if not isinstance(term, Index) or not isinstance(term.by, Window) or term.scatter or len(term.shape) != len(term.arg.shape):
        return False
    more = [Poly.of(n) - Poly.of(m) for n, m in zip(term.shape, term.arg.shape)]
    return term.shape != term.arg.shape and all(value >= 0 for one in more for _, value in one.terms)


def _shift(still: list[Expr]) -> str:
    return "difference" if any(map(is_negative, still)) else "shift"
