"""What solving a sheet yields: for every statement what it comes to, as expressions and numbers, before any page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from byhand.derive import Derivation, Local, Step
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name
from byhand.lang.sizes import Shape
from byhand.run.bind import Value
from byhand.run.claim import Verdict
from byhand.run.kinks import Kink
from byhand.show.document import Block
from byhand.show.tree import Tree

if TYPE_CHECKING:
    from byhand.sheets.lines import Writer


@dataclass(frozen=True, slots=True)
class State:
    """The numbers between two steps: of every quantity met so far, and how often each parameter was updated before.

    ``run`` counts how often the parameters went back to their first values, from 1.
    """

    taken: Mapping[str, int] = field(default_factory=dict[str, int])
    numbers: dict[Name, Value] = field(default_factory=dict[Name, Value])
    run: int = 1


@dataclass(frozen=True, slots=True)
class Prose:
    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """A quantity with its data, or declared without."""

    variable: Var
    value: Value | None


@dataclass(frozen=True, slots=True)
class Defined:
    """A quantity with its formula; its number, where it has one, is in the state."""

    quantity: Named
    state: State


@dataclass(frozen=True, slots=True)
class Asked:
    """A quantity, or a formula, that was asked for; ``text`` is how the sheet wrote it."""

    text: str
    quantity: Named | Var
    state: State


@dataclass(frozen=True, slots=True)
class AskedUpdate:
    """An updated parameter that was asked for again; ``before``: the state in which its step was taken."""

    updated: Named
    value: Value | None
    before: State


@dataclass(frozen=True, slots=True)
class GradientOf:
    """A gradient that was asked for: ``needed`` are the gradients it is made of, in the order of the sweep, itself last."""

    gradient: Named
    derivation: Derivation
    needed: tuple[Named, ...]
    state: State


@dataclass(frozen=True, slots=True)
class LocalOf:
    """A local derivative of any rank; ``entries`` is its array of numbers as a quantity."""

    local: Local
    entries: Named
    state: State


@dataclass(frozen=True, slots=True)
class Working:
    """One line of an update rule before the parameter itself: a new state, a corrected mean, with the reason."""

    quantity: Named
    title: str
    because: str


@dataclass(frozen=True, slots=True)
class Update:
    """One parameter after one step. ``working`` are the lines that lead there, ``because`` is the reason of the last one.

    ``formulas``: all of them as programs get them, the number of the step put in; ``starts``: states that the rule begins with.
    """

    parameter: Var
    updated: Named
    value: Value | None
    working: tuple[Working, ...] = ()
    because: str = ""
    formulas: tuple[Named, ...] = ()
    starts: tuple[Var, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Quantities shown under a caption with the numbers of a state, such as the values for one sample of a batch."""

    caption: str
    quantities: tuple[Named | Var, ...]
    state: State


@dataclass(frozen=True, slots=True)
class Round:
    """One step: all parameters updated from the same old values, which are those of the state.

    ``seen``: which samples the step saw, in words, where it was not simply the sheet's data. ``data`` is shown before the gradients, ``then``
    after them; ``published``: names on the way that programs get the values of. ``derivation``: that of this step; where it saw samples one by one,
    ``told`` is for each what the derivation's nodes became over its data.
    """

    updates: tuple[Update, ...]
    state: State
    seen: str = ""
    data: tuple[Group, ...] = ()
    then: tuple[Group, ...] = ()
    published: tuple[Name, ...] = ()
    derivation: Derivation | None = None
    told: tuple[Mapping[Expr, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Stepped:
    """Steps of an update rule on one loss.

    ``about`` says which rule it is, where it is not plain gradient descent; ``notes`` what else a reader should know. ``generic``: the gradients
    are those for one sample, whose numbers come later. ``steps`` are the lines of the first update. ``shown``: how many rounds a page has.
    """

    derivation: Derivation
    needed: tuple[Named, ...]
    rounds: tuple[Round, ...]
    about: str = ""
    notes: tuple[str, ...] = ()
    generic: bool = False
    steps: tuple[Step, ...] = ()
    shown: int = 3


@dataclass(frozen=True, slots=True)
class At:
    """The value of a quantity with other inputs; for ``argmax`` the value is an index, or one for each row."""

    text: str
    quantity: Named
    inputs: Mapping[Var, Value]
    value: Value
    argmax: bool
    state: State


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim with what the prover says of it."""

    text: str
    left: Expr
    right: Expr
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Worked:
    """Gradients that have to be on the page before what is said of them."""

    derivation: Derivation
    needed: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Slipped:
    """A wrong answer that people give to an analysis: ``id`` as in the catalogue of slips, ``message`` ends the sentence "matches what you get if …".

    ``answer`` are those entries of the right answer that it changes, ``formulas`` wrong formulas under the names of right ones.
    """

    id: str
    message: str
    answer: Mapping[str, object] = field(default_factory=dict[str, object])
    formulas: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What an analysis found, in a form that pages and programs take without knowing the analysis.

    ``text`` is the question as the sheet wrote it; ``answer`` stands under it in the JSON answer; ``blocks`` makes what a person reads.
    ``values``, ``formulas``, ``steps`` and ``claims`` add to those of the sheet; ``written`` are formulas that are no
    expressions, since they have a symbolic number of terms, with their shapes. ``slips`` are wrong answers, for those who mark.
    """

    text: str
    blocks: Callable[[Writer], Iterable[Block]]
    state: State
    answer: Mapping[str, object] | None = None
    worked: Worked | None = None
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    formulas: tuple[Named, ...] = ()
    steps: tuple[Step, ...] = ()
    claims: tuple[tuple[str, Verdict], ...] = ()
    written: Mapping[str, tuple[Tree, Shape]] = field(default_factory=dict[str, "tuple[Tree, Shape]"])
    slips: tuple[Slipped, ...] = ()


Item: TypeAlias = Prose | Given | Defined | Asked | AskedUpdate | GradientOf | LocalOf | Stepped | At | Claimed | Answered


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the sheet that ends with a block: its letter, everything in it in order, values exactly on a kink."""

    label: str | None
    items: tuple[Item, ...]
    kinks: tuple[Kink, ...] = ()

    @property
    def answers(self) -> bool:
        """Whether anything was asked here."""
        return any(not isinstance(item, (Prose, Given, Defined)) for item in self.items)


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved sheet."""

    name: str
    title: str
    parts: tuple[Part, ...]
