"""The outcome of a check, for people and for tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape

from byhand.check.backward.explain import Slip
from byhand.check.backward.findings import Finding, Kind
from byhand.check.backward.trial import Trial
from byhand.check.backward.truth import sizes_text
from byhand.lang.english import listed

OF_NUMBERS: frozenset[Kind] = frozenset(("value", "shape", "none", "undefined", "precision"))
"""The kinds of findings after which the right formula helps."""


class WrongGradient(AssertionError):
    """A function whose forward or backward stage is not that of its formula; the message is the report."""


@dataclass(frozen=True)
class BackwardCheck:
    """What was found of one function. It is true in an ``if`` where nothing is wrong.

    ``findings``: the earliest first, those only worth knowing last; ``slip``: the mistake that gives the numbers returned for ``first_wrong``.
    """

    trial: Trial
    findings: tuple[Finding, ...]
    slip: Slip | None = None

    @property
    def ok(self) -> bool:
        """Whether value and gradients are right at all points that were tried, and nothing else is wrong."""
        return not any(one.grave for one in self.findings)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def _first(self) -> Finding | None:
        return next((one for one in self.findings if one.grave), None)

    @property
    def stage(self) -> str | None:
        """``forward`` or ``backward``: where the first thing is wrong."""
        return None if self._first is None else self._first.stage

    @property
    def first_wrong(self) -> str | None:
        """The output, if the value is wrong; else the input or intermediate whose gradient is the first to be wrong in the order of the reverse sweep."""
        return None if self._first is None else self._first.quantity or None

    @property
    def wrong(self) -> tuple[str, ...]:
        """All inputs and intermediates whose gradients are wrong, in the order of the reverse sweep."""
        return tuple(dict.fromkeys(one.quantity for one in self.findings if one.grave and one.quantity))

    @property
    def message(self) -> str:
        """One sentence, with the slip where one explains what was returned."""
        first = self._first
        if first is None:
            return f"{self.trial.caller.title} agrees with its formula: {self._gradients}; {self.tried}."
        return f"{first.message} It matches what you get if {self.slip.message}." if self.slip is not None else first.message

    @property
    def _gradients(self) -> str:
        names = list(self.trial.backward)
        return f"the value, and the gradient{'s' if len(names) > 1 else ''} of {listed(names)}" if names else "the value"

    @property
    def _from(self) -> str:
        return f"the gradient of {self.first_wrong}"

    @property
    def tried(self) -> str:
        """How much was tried."""
        sizes = list(dict.fromkeys(sizes_text(case.sizes) for case in self.trial.cases))
        points = len(self.trial.cases)
        at = f" at {len(sizes)} choices of sizes" if len(sizes) > 1 else ""
        said = f" ({'; '.join(sizes)})" if sizes and sizes[0] else ""
        return f"tried at {points} point{'s' if points != 1 else ''}{at}{said} in {self.trial.precision}"

    @cached_property
    def formula(self) -> tuple[str, ...]:
        """The lines that give the first wrong quantity as it should be, as NumPy could run them; nothing where all is right."""
        problem, name = self.trial.problem, self.first_wrong
        if name is None or self._first is None or self._first.kind not in OF_NUMBERS:
            return ()
        if self.stage == "forward":
            return tuple(f"{one.name} = {problem.text(one.body)}" for one in problem.derivation.forward if str(one.name) != problem.whole)
        return problem.lines(name) if name in problem.gradients else ()

    def report(self) -> str:
        """Everything, as text for a terminal."""
        return "\n".join(self._lines())

    __str__ = report

    def _repr_html_(self) -> str:
        lines = list(self._lines())
        colour = "#1a7f37" if self.ok else "#b42318"
        body = "\n".join(escape(line) for line in lines[1:])
        return f'<div><p style="color:{colour};font-weight:600">{escape(lines[0])}</p><pre style="white-space:pre-wrap">{body}</pre></div>'

    def raise_if_wrong(self) -> BackwardCheck:
        """This, or ``WrongGradient`` with the report: one line in a test-suite."""
        if not self.ok:
            raise WrongGradient("\n" + self.report())
        return self

    # ------------------------------------------------------------------------------------------------ the report

    def _lines(self) -> Iterator[str]:
        title = self.trial.caller.title
        if self.ok:
            yield f"✓ {title} agrees with its formula: {self._gradients}"
        else:
            yield f"✗ {title}: the {self.stage} function is wrong{f' from {self._from} on' if self.stage == 'backward' and self.first_wrong else ''}"
        if self.trial.problem.about:
            yield f"  {self.trial.problem.about}"
        grave = [one for one in self.findings if one.grave]
        for k, one in enumerate(grave):
            yield f"  {one.message}"
            if k == 0 and self.slip is not None:
                yield from self._slip_lines(self.slip)
        yield from self._formula_lines()
        right = [name for name in self.trial.backward if name not in self.wrong]
        if grave and right:
            yield f"  right: the gradient{'s' if len(right) > 1 else ''} of {listed(right)}"
        yield from (f"  note: {one.message}" for one in self.findings if not one.grave)
        yield f"  {self.tried}"
        if self.trial.left_out:
            yield f"  at other sizes ({sizes_text(self.trial.left_out[0])}) the function fails or does something else than the formula: they are left out"

    def _slip_lines(self, slip: Slip) -> Iterator[str]:
        yield f"  → matches what you get if {slip.message} ({slip.id})"
        others = [name for name in slip.explains if name != self.first_wrong and name in self.wrong]
        if others:
            yield f"    which also gives what came back for {listed(others)}"
        if slip.ties:
            yield f"    or if {'; or if '.join(slip.ties)}"

    def _formula_lines(self) -> Iterator[str]:
        if not self.formula:
            return
        problem = self.trial.problem
        incoming = f", with {problem.gradients[problem.output]} = {problem.incoming} the incoming gradient" if self.stage == "backward" else ""
        yield f"  it should be{incoming}:"
        yield from (f"      {line}" for line in self.formula)
        for step in problem.steps(self.first_wrong or "") if self.stage == "backward" else ():
            yield f"    {step.rule}: {step.because}"
