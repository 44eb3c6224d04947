"""Spellings of answers that sheets do not have: f′(z), 1[h > 0], dW and δ₂ for gradients, layers as superscripts in brackets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from byhand.check.answers.vocabulary import is_output
from byhand.check.formulas.slopes import slope, slope_of
from byhand.check.formulas.trees import rebuilt, upwards
from byhand.lang.expr import Expr, Var
from byhand.lang.names import Grad, Name
from byhand.read.alphabet import ONES
from byhand.read.derivatives import joined
from byhand.read.elaborator import Elaborator
from byhand.read.functions import function
from byhand.read.names import find, gradient_name
from byhand.read.parse import parse_formula
from byhand.read.scope import Scope
from byhand.read.static import error
from byhand.read.syntax import Applied, At, Attribute, Bars, Comparison, Derivative, Indexed, Juxtaposed, Listed, Number, Primed, Raised, Subscripted, Tree
from byhand.read.syntax import Name as NameTree

_LAYER = re.compile(r"([^\W\d_]+|\\[A-Za-z]+)\s*\^\s*\{?\s*[(\[]\s*(\d{1,3})\s*[)\]]\s*\}?")
_TURNED_LAYER = re.compile(r"([^\W\d_]+|\\[A-Za-z]+)\s*\^\s*\{\s*[(\[]\s*(\d{1,3})\s*[)\]]\s*,?\s*(T|\\top|\\intercal|ᵀ)\s*\}")
_LAYER_FIRST = re.compile(r"([^\W\d_]+|\\[A-Za-z]+)_\{?\s*[(\[]\s*(\d{1,3})\s*[)\]]\s*\}?")
_SAMPLE = re.compile(r"([^\W\d_]+|\\[A-Za-z]+)\s*\^\s*\{?\s*\(\s*([a-z])\s*\)\s*\}?")
_SUM = re.compile(r"(?<![\w\\.])sum(?=_(?:\{|[a-z]{1,3}\b))")
_ONES_TURNED = re.compile(r"(?<![\w.,)\]}^_])1\s*(?=ᵀ|\^\s*(?:T\b|⊤|\\top|\\intercal|\{\s*(?:T|\\top|\\intercal)\s*\}))")
_GRADIENT = re.compile(r"(?:d|D|grad_?|gradient_|g_|d_|delta_?|δ_?|Δ_?|nabla_?|∇_?)(\w+'*)")
_DELTA = re.compile(r"(?:δ|delta|Δ)_?(\d{0,3})")
_LAYER_AND_INDEX = re.compile(r"(\d+),(.+)")
_ANY = ("f", "g", "φ", "ϕ", "phi", "act")
_INDICATORS = ("I", "1", ONES, "indicator", "ind", "χ", "Theta", "Θ")


def tidied(text: str, scope: Scope) -> str:
    """The text with layers that stand as superscripts in brackets, z^{(1)} or a^{[2]}, and with y^s for ys, as parts of names."""
    text = text.strip().strip("$").strip().rstrip(".;,").replace("𝟙", ONES).replace("\\mathds{1}", "\\mathbb{1}")
    text = _SUM.sub("Σ", text)
    if "^" in text or "_" in text:
        text = _TURNED_LAYER.sub(r"\1_{\2}^T", text)
        text = _LAYER.sub(r"\1_{\2}", text)
        text = _LAYER_FIRST.sub(r"\1_{\2}", text)
        text = _SAMPLE.sub(lambda found: found[0] if scope.size(found[2]) or scope.find(found[2]) else f"{found[1]}_{{{found[2]}}}", text)
    for name in [name for name in scope.names if isinstance(name, str) and len(name) > 1 and name.isalpha() and "^" in text]:
        if name[-1] != "T" and scope.find(name[-1]) is None:
            text = re.sub(rf"(?<![\w\\]){re.escape(name[:-1])}\s*\^\s*(?:{name[-1]}(?!\w)|{name[-1]}(?=_)|\{{\s*{name[-1]}\s*\}})", name, text)
            text = re.sub(rf"(?<![\w\\]){re.escape(name[:-1])}_(\w|\{{\w+\}})\s*\^\s*(?:{name[-1]}(?!\w)|\{{\s*{name[-1]}\s*\}})", rf"{name}_\1", text)
    return _ONES_TURNED.sub(ONES, text).replace(ONES + ONES, f"{ONES} {ONES}")


@dataclass(slots=True)
class Spelling:
    """Rewrites a tree into what the reader of sheets understands.

    ``delta``: what a bare δ is the gradient of; ``layers``: what δ₁, δ₂, … are, where no name has that number; ``gradients``: those of all
    quantities that are defined. ``activations``: for each quantity the elementwise function of it on the sheet. ``made``: expressions for pieces
    that only their meaning can stand for. ``output``: what ŷ is, where no name is that. ``remarks`` say what was made of names that the sheet does not have.
    """

    scope: Scope
    delta: Grad | None = None
    layers: tuple[Grad, ...] = ()
    gradients: tuple[Grad, ...] = ()
    activations: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
    output: str | None = None
    made: dict[Name, Expr] = field(default_factory=dict[Name, Expr])
    remarks: list[str] = field(default_factory=list[str])

    def tree(self, tree: Tree) -> Tree:
        return rebuilt(tree if self.output is None else upwards(tree, self._output), self._changed)

    def _output(self, tree: Tree) -> Tree:
        """ŷ and ŷ_i, as everybody calls what a network puts out."""
        if not isinstance(tree, NameTree):
            return tree
        stem, _, foot = tree.name.rpartition("_")
        whole = is_output(tree.name)
        if not (whole or is_output(stem)) or find(Elaborator(self.scope), tree.name) is not None:
            return tree
        self._note(f"{tree.name if whole else stem} read as {self.output}")
        return NameTree(f"{self.output}" if whole else f"{self.output}_{foot}", tree.at)

    @property
    def whole(self) -> Scope:
        """The scope with what was made on the way."""
        return replace(self.scope, names={**self.scope.names, **self.made}) if self.made else self.scope

    def _changed(self, tree: Tree) -> Tree | None:
        match tree:
            case Primed(NameTree(name), count) if self.scope.updated(name, count) is not None:
                return tree
            case Primed(Subscripted(NameTree(name), text), count) if self.scope.updated(joined(name, text), count) is not None:
                return tree
            case Indexed(Derivative(of, wrt), (Number(_, layer),)) if self.scope.derivative(of, f"{wrt}[{layer}]") is not None:
                return Derivative(of, f"{wrt}[{layer}]", False, False, tree.at)
            case Listed((Comparison() as inner,)) | Indexed(NameTree(), (Comparison() as inner,)) if self._is_indicator(tree):
                return self.tree(inner)
            case Applied(NameTree(name), (Comparison() as inner,)) if name in _INDICATORS and self.scope.find(name) is None:
                return self.tree(inner)
            case Subscripted(NameTree() | Number(), text) if any(sign in text for sign in "<>≤≥"):
                return self._condition(tree)
            case Juxtaposed(factors) if any(map(_is_one_of, factors, factors[1:])):
                kept = tuple(one for one, after in zip(factors, (*factors[1:], factors[-1])) if not _is_one_of(one, after))
                return self.tree(kept[0] if len(kept) == 1 else replace(tree, factors=kept))
            case Subscripted(Bars(_, True), "2" | "F"):
                return self.tree(tree.base)
            case Applied(Attribute(base, "astype" | "copy"), _, _):
                return self.tree(base)
            case Applied(Attribute(_, "heaviside") | NameTree("heaviside"), (first, _), ()):  # what it is at 0 is the sheet's
                return self.tree(replace(tree, args=(first,)))
            case Applied(NameTree("sigma"), args) if self.scope.find("sigma") is None:
                return self.tree(replace(tree, function=NameTree("sigmoid", tree.at), args=args))
            case Applied(NameTree("max" | "min" as name), (first, Number() as bound), ()) if self.scope.find(name) is None:  # relu, and no axis
                self.remarks.append(f"{name}(…, {bound.text}) read entry by entry")
                return self.tree(replace(tree, function=NameTree(f"{name}imum", tree.at), args=(bound, first)))
            case Juxtaposed(factors) if any(isinstance(factor, Primed) for factor in factors):
                return self._primed(tree, factors)
            case Subscripted(NameTree(name), text) if (layer := _LAYER_AND_INDEX.fullmatch(text)) and self.scope.find(joined(name, layer[1])) is not None:
                return Subscripted(NameTree(joined(name, layer[1]), tree.at), layer[2], tree.at)
            case Subscripted(NameTree("δ" | "delta"), text) if (layer := _LAYER_AND_INDEX.fullmatch(text)) and (
                found := self._gradient(f"δ{layer[1]}", tree.at)
            ):
                return Subscripted(found, layer[2], tree.at)
            case Subscripted(NameTree(name), text) if gradient_name(Elaborator(self.scope), f"{name}_{text}") is not None:
                return tree
            case Subscripted(NameTree(name), text):
                return self._gradient(joined(name, text), tree.at) or self._entry(name, text, tree.at) or tree
            case NameTree(name) if len(name) > 1 and name.endswith("I") and self.scope.find(name) is None and self.scope.find(name[:-1]) is not None:
                return Juxtaposed((NameTree(name[:-1], tree.at), NameTree("I", tree.at)), tree.at)
            case NameTree(name):
                stem, _, foot = name.partition("_")
                return self._gradient(name, tree.at) or (self._entry(stem, foot, tree.at) if foot and find(Elaborator(self.scope), name) is None else None)
            case _:
                return None

    def _is_indicator(self, tree: Tree) -> bool:
        return not isinstance(tree, Indexed) or (isinstance(tree.base, NameTree) and tree.base.name in _INDICATORS)

    def _condition(self, tree: Subscripted) -> Tree | None:
        """𝟏_{h>0}"""
        base = tree.base
        if isinstance(base, NameTree) and base.name not in _INDICATORS:
            return None
        found = parse_formula(tree.text, tree.at.line, tree.at.column)
        return self.tree(found) if isinstance(found, Comparison) else None

    # -------------------------------------------------------------------------------------------- f′(z)

    def _primed(self, tree: Juxtaposed, factors: tuple[Tree, ...]) -> Tree | None:
        """A function with a prime, and what it is taken of."""
        out: list[Tree] = []
        waiting: NameTree | None = None
        for factor in factors:
            if waiting is not None:
                out.append(self._slope(waiting.name, factor))
                waiting = None
            elif isinstance(factor, Primed) and factor.count == 1 and isinstance(factor.base, NameTree) and self._is_function(factor.base.name):
                waiting = factor.base
            else:
                out.append(self.tree(factor))
        if waiting is not None:
            return None
        return out[0] if len(out) == 1 else Juxtaposed(tuple(out), tree.at)

    def _is_function(self, name: str) -> bool:
        return self.scope.find(name) is None and (function(name) is not None or name in _ANY or name == "sigma")

    def _slope(self, name: str, arg: Tree) -> Tree:
        if isinstance(arg, Raised):
            return Raised(self._slope(name, arg.base), arg.exponent, arg.mark, arg.at)
        inner = Elaborator(self.whole).value(self.tree(arg))
        name = "sigmoid" if name == "sigma" else name
        text, expr = slope(name, inner.expr, inner.text, self.whole) if function(name) is not None else self._of_activation(name, inner.expr, arg)
        self.made[text] = expr
        return NameTree(text, arg.at)

    def _of_activation(self, name: str, at: Expr, arg: Tree) -> tuple[str, Expr]:
        """f′(z) for the function that the sheet itself applies to z."""
        if not isinstance(at, Var) or at.name not in self.activations:
            raise error(f"{name}′ has no meaning here: the sheet applies no function by itself to this argument.", arg)
        self._note(f"{name} read as the function of {at.name} on the sheet")
        return slope_of(self.activations[at.name], at, at, at.name)

    # ------------------------------------------------------------------------------------------ gradients

    def _gradient(self, name: str, at: At) -> Tree | None:
        """dW, grad_W, δ₂ and δ where no quantity has that name."""
        if name in self.made or (not _GRADIENT.match(name) and not _DELTA.fullmatch(name)):
            return None
        if self.scope.find(name) or self.scope.size(name) or gradient_name(Elaborator(self.scope), name) is not None:
            return None
        found = self._meant(name)
        if found is None:
            return None
        self._say(name, found)
        return Derivative(found.of, found.wrt, False, False, at)

    def _entry(self, name: str, text: str, at: At) -> Tree | None:
        """δ_k, dW_{ij}: an entry of a gradient."""
        if not text.replace(",", "").isalpha() or (name in ("δ", "delta") and len(text) != 1):
            return None
        found = self._gradient(name, at)
        return None if found is None else Subscripted(found, text, at)

    def _say(self, name: str, found: Grad) -> None:
        self._note(f"{name} read as {found}")

    def _note(self, remark: str) -> None:
        if remark not in self.remarks:
            self.remarks.append(remark)

    def _meant(self, name: str) -> Grad | None:
        plain = _GRADIENT.fullmatch(name)
        if plain is not None:
            found = self.scope.derivative("", plain[1])
            if found is not None and isinstance(found[0], Grad):
                return found[0]
        bare = _DELTA.fullmatch(name)
        if bare is None:
            return None
        if not bare[1]:
            return self.delta
        layer = int(bare[1])
        numbered = [one for one in (*self.layers, *self.gradients) if re.search(rf"(?<!\d){layer}\]?$", one.wrt)]
        return numbered[0] if numbered else self.layers[layer - 1] if 0 < layer <= len(self.layers) else None


def _is_one_of(factor: Tree, after: Tree) -> bool:
    """Whether a factor is the 1 of 1[h > 0]."""
    inner = after.items[0] if isinstance(after, Listed) and len(after.items) == 1 else after
    return isinstance(factor, Number) and factor.value == 1 and isinstance(inner, Comparison)
