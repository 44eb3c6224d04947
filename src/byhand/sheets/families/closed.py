"""The recursion of a gradient unrolled: a product of the layers' Jacobians, times the gradient where it begins.

∂C/∂a_l = J_lᵀ ∂C/∂a_{l+1} gives ∂C/∂a_l = (J_{L−1} ⋯ J_l)ᵀ ∂C/∂a_L. The formula is put together from the Jacobian of one
layer, and then proved like a claim that a person makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from byhand.derive.local import jacobian
from byhand.derive.simplify import simplify
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder, spelled_out
from byhand.read.parse import parse_formula
from byhand.read.syntax import Applied
from byhand.sheets.families.claims import Decided, Families, decide
from byhand.sheets.families.gradients import Gradients, Part
from byhand.sheets.families.indices import Index, Region, index_of, index_text, member, mostly, put, value
from byhand.sheets.families.system import Equation
from byhand.sheets.families.writing import Pen
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain
from byhand.show.tree import Tree, mathematical, rebuilt

_INDEX = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed form as text, and the proof of it."""

    right: str
    decided: Decided


@dataclass(slots=True)
class Closer:
    """Closed forms of the gradients of one loss, as far as the recursion of a gradient is linear in itself."""

    families: Families
    gradients: Gradients
    found: dict[tuple[str, int], Closed | None] = field(default_factory=dict[tuple[str, int], "Closed | None"])

    def closed(self, name: str, count: int) -> Closed | None:
        """A closed form that was proved for every depth; ``None`` where none was found."""
        if (name, count) not in self.found:
            self.found[name, count] = self._searched(name, count)
        return self.found[name, count]

    def _searched(self, name: str, count: int) -> Closed | None:
        letters = self.gradients.letters(name, count)
        region = self.gradients.region(name, letters)
        for letter in letters:
            ends = region.ends(letter, self.families.system.depths)
            if ends is None or region.fixed(letter, self.families.system.depths) is not None:
                continue
            for text in self._along(name, letters, letter, ends[1], region):
                found = self._proved(f"d{self.gradients.loss}/d{member(name, tuple(map(Poly.letter, letters)))}", text)
                if found is not None:
                    return found
        return None

    def asked(self, name: str, count: int) -> Closed | None:
        """The same for any gradient: that of a parameter is made of gradients that have a closed form."""
        found = self.closed(name, count)
        part = max(self.gradients.parts.get((name, count), []), key=lambda part: len(part.region.points), default=None)
        if found is not None or part is None:
            return found
        text = plain(Pen(self._conventions()).formula(part.gradient.body, part.model))
        loss = self.gradients.loss
        for one, indices in self.gradients.order:
            key = f"d{loss}/d{member(one, tuple(map(Poly.letter, self.gradients.letters(one, indices))))}"
            inner = self.closed(one, indices) if key in text and one in self.families.prover.moving else None
            text = text if inner is None else text.replace(key, f"({inner.right})")
        left = f"d{loss}/d{member(name, tuple(map(Poly.letter, self.gradients.letters(name, count))))}"
        return None if f"d{loss}/d" in text or "prod(" not in text else self._proved(left, text)

    def _proved(self, left: str, right: str) -> Closed | None:
        tree = parse_formula(f"show({left} == {right})")
        assert isinstance(tree, Applied)
        try:
            decided = decide(self.families, tree.args[0], deepest=3)
        except ByhandError:
            return None
        return Closed(right, decided) if decided.verdict.verdict == "holds" else None

    def _along(self, name: str, letters: tuple[str, ...], letter: str, top: Poly, region: Region) -> Iterator[str]:
        own = tuple(Poly.letter(one) for one in letters)
        layer = self._layer(name, own, letter, region)
        if layer is None:
            return
        k = next(one for one in "kjpqrs" if one not in letters and one not in self.families.system.taken)
        end = tuple(top if one == letter else Poly.letter(one) for one in letters)
        for last, base in self._begins(name, end, top):
            factor = moved(layer, letter, last - Poly.letter(k))
            product = f"prod({factor} for {k} in 0..{index_text(last - Poly.letter(letter))})"
            scalar = "@" not in factor and "diag" not in factor and not self._has_axes(name, own, region)
            yield self._times(product, base, scalar)

    def _has_axes(self, name: str, index: Index, region: Region) -> bool:
        return bool(mostly(region, lambda part: self.gradients.model(part).quantity(name, index).shape))

    def _times(self, product: str, base: str, scalar: bool) -> str:
        if scalar:
            return f"({base}) * {product}"
        return f"({base}) @ {product}" if self.families.prover.vectors == "rows" else f"{product}.T @ ({base})"

    def _begins(self, name: str, end: Index, top: Poly) -> Iterator[tuple[Poly, str]]:
        """Where the product begins: at the gradient behind the last layer, if that is reached by one factor more, or at the last layer."""
        part = next((one for one in self.gradients.parts.get((name, len(end)), []) if one.index == end), None)
        if part is not None and len(part.messages) == 1 and not part.messages[0][0].free:
            back = part.messages[0][0]
            above = self._formula(back.equation.name, back.index)
            yield from ((last, above) for last in (top, top - 1))
        for one, count in self.gradients.order:
            if one not in self.families.prover.moving and self.gradients.letters(one, count) == self._others(end):
                yield top, self._formula(one, tuple(map(Poly.letter, self.gradients.letters(one, count))))
        if part is not None and not part.model.atoms:
            yield top - 1, plain(notation(part.gradient.body, self._conventions()))
        yield from ((top - 1, text) for text in self._same_as(name, end))
        yield top - 1, f"d{self.gradients.loss}/d{member(name, end)}"

    def _same_as(self, name: str, end: Index) -> Iterator[str]:
        """Where this gradient is another one for every index, the formula that that one has at the end."""
        parts = self.gradients.parts.get((name, len(end)), [])
        body = parts[0].gradient.body if len(parts) == 1 else None
        if isinstance(body, Named) and isinstance(body.name, Grad) and "[" in body.name.wrt:
            other, _, foot = body.name.wrt[:-1].partition("[")
            letters = dict(zip(self.gradients.letters(name, len(end)), end))
            yield self._formula(other, tuple(put(index_of(one), letters) for one in foot.split(",")))

    def _others(self, end: Index) -> tuple[str, ...]:
        """The letters of an index that stay open at the end."""
        return tuple(next(iter(one.letters)) for one in end if one.letters and not one.letters & {*self.families.system.depths})

    def _formula(self, name: str, index: Index) -> str:
        """A gradient written out, where it has one formula."""
        parts = self.gradients.parts.get((name, len(index)), [])
        fits: list[Part] = [one for one in parts if one.index == index and not one.model.atoms]
        if not fits:
            return f"d{self.gradients.loss}/d{member(name, index)}"
        return plain(notation(fits[0].gradient.body, self._conventions()))

    def _conventions(self) -> Conventions:
        return Conventions(vectors=self.families.prover.vectors)

    def _layer(self, name: str, index: Index, letter: str, region: Region) -> str | None:
        """The Jacobian of one layer, as text: how the gradient at l depends on the one at l + 1."""
        further = tuple(put(one, {letter: Poly.letter(letter) + 1}) for one in index)
        for family in (*self.families.prover.moving, None):
            try:
                found = mostly(region, lambda part, family=family: self._jacobian(name, index, further, letter, family, part))
            except (ByhandError, KeyError):
                continue
            if found is not None:
                return plain(_as_on_paper(notation(found, self._conventions())))
        return None

    def _jacobian(self, name: str, index: Index, further: Index, letter: str, family: str | None, region: Region) -> Expr | None:
        model = self.families.prover.model(region, Poly.letter(letter), family, 1)
        above, here = (model.gradients(model, self.gradients.loss, name, one) for one in (further, index))
        seed = above
        while isinstance(seed, Named):
            seed = seed.body
        raw = spelled_out([here], lambda name: not isinstance(name, Grad))[here]
        if (
            not isinstance(seed, Var)
            or seed not in postorder(raw, enter_named=False)
            or any(node in model.atoms for node in postorder(raw) if isinstance(node, Var))
        ):
            return None
        return simplify(jacobian(simplify(raw), seed))


def _as_on_paper(tree: Tree) -> Tree:
    """Products with diagonal matrices rather than NumPy's broadcasting."""
    return rebuilt(mathematical(tree), _as_on_paper)


def moved(text: str, letter: str, place: Poly) -> str:
    """A formula with another index in place of a letter."""

    def there(found: re.Match[str]) -> str:
        return f"[{','.join(index_text(put(index_of(part), {letter: place})) for part in found[1].split(','))}]"

    return _INDEX.sub(there, text)


def in_own_names(families: Families, text: str) -> str:
    """A formula without the names that byhand made up."""
    conventions = Conventions(vectors=families.prover.vectors)
    for one in reversed([one for one in families.system.equations if one.ours and one.value is not None]):
        if f"{one.name}[" in text:
            body = mostly(_where(families, one), lambda part, one=one: _body(families, one, part))
            text = _put_in(text, one.name, one.letters, plain(notation(body, conventions)))
    return text


def _where(families: Families, equation: Equation) -> Region:
    points = tuple(p for p in families.points(equation.letters) if all(value(b.low, p) <= p[b.letter] <= value(b.high, p) for b in equation.over))
    return Region((*families.system.depths, *equation.letters), points)


def _body(families: Families, equation: Equation, region: Region) -> Expr:
    assert equation.value is not None
    return Gradients(families, "").model(region).expr(equation.value, {letter: Poly.letter(letter) for letter in equation.letters})


def _put_in(text: str, name: str, letters: tuple[str, ...], body: str) -> str:
    """Every member of a family by its formula."""

    def formula(found: re.Match[str]) -> str:
        env = dict(zip(letters, map(index_of, found[1].split(","))))

        def there(inner: re.Match[str]) -> str:
            return f"[{','.join(index_text(put(index_of(part), env)) for part in inner[1].split(','))}]"

        return f"({_INDEX.sub(there, body)})"

    return re.sub(rf"\b{name}\[([^\[\]]*)\]", formula, text)
