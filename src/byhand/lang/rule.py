"""What a rule is: a named function with a definition in byhand's own language, and proved claims about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from byhand.lang.expr import Expr

OptionValue: TypeAlias = int | str | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Argument:
    """An operand. ``default`` is what stands there when it is left out; ``classes`` also takes integer class labels."""

    name: str
    default: str | None = None
    facts: tuple[str, ...] = ()
    classes: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A structural setting that no gradient flows to, such as ``axis`` or ``stride``."""

    name: str
    default: OptionValue
    kind: Literal["int", "ints", "str", "pair"] = "int"


@dataclass(frozen=True, slots=True)
class Message:
    """The message a rule sends back to one argument: ``formula(g, y, *args, **options)``, with y the rule's value.

    It is a claim: tests prove it equal to the derivative of the definition.
    """

    formula: Callable[..., Expr]
    because: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A typical wrong version of the message to one argument, proved wrong by a test; ``id`` as in the slip catalogue.

    ``message`` ends the sentence "matches what you get if …"; an argument in braces is shown as what stands there.
    """

    id: str
    argument: str
    formula: Callable[..., Expr]
    message: str


@dataclass(frozen=True, slots=True)
class ValueSlip:
    """A typical wrong version of the value: ``formula(*args, **options)``, of the same shape, proved different by a test.

    ``message`` ends the sentence "matches what you get if …"; an argument in braces is shown as what stands there.
    """

    id: str
    formula: Callable[..., Expr]
    message: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a loss compares: the argument ``scores`` with the argument ``target``; ``mean(scores)`` is the mean of the target that they predict.

    ``labels`` is how a class stands in the target: as a ``one_hot`` row, as 0 or 1 (``zero_one``), as −1 or 1 (``signs``); none for quantities.
    """

    scores: str
    target: str
    mean: Callable[[Expr], Expr]
    labels: Literal["one_hot", "zero_one", "signs"] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Argument shapes (as declared on a sheet, facts included) and options at which every claim of the rule is tested."""

    shapes: str
    options: Mapping[str, OptionValue] = field(default_factory=dict[str, "OptionValue"])


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A named function.

    ``definition(*args, **options)`` builds the body and raises ``ShapeError`` for operands that do not fit.
    ``stable`` is an equal form that floating-point arithmetic prefers. ``facts`` hold for the value: ``positive``,
    ``nonnegative``, ``sums_to_one``. ``symbol`` is how mathematics writes the name, as (Unicode, LaTeX).
    ``prediction``: of a loss, what it compares. ``gain``: of an activation that lets about half of its inputs through, how much larger
    the variance of the weights before it has to be so that signals keep their size.
    """

    name: str
    summary: str
    arguments: tuple[Argument, ...]
    definition: Callable[..., Expr]
    examples: tuple[Example, ...]
    source: str
    options: tuple[Option, ...] = ()
    messages: Mapping[str, Message] = field(default_factory=dict[str, Message])
    stable: Callable[..., Expr] | None = None
    facts: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()
    value_slips: tuple[ValueSlip, ...] = ()
    symbol: tuple[str, str] | None = None
    formula: str = ""
    prediction: Prediction | None = None
    gain: Fraction | None = None

    def __repr__(self) -> str:
        return f"Rule({self.name})"
