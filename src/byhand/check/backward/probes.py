"""What a right function may still do wrong: be right only once, or count on how arrays lie in memory, or on every input wanting a gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from byhand.check.backward.caller import Answer, How, Layout
from byhand.check.backward.cases import Case, cases_of, works
from byhand.check.backward.findings import Finding, compared, shape_of
from byhand.check.backward.trial import Trial, call, plain_how
from byhand.check.backward.truth import Env
from byhand.lang.english import listed

_SAID: dict[Layout, str] = {
    "strided": "inputs and incoming gradient that are not contiguous in memory (transposed, say)",
    "turned": "an incoming gradient that is not contiguous in memory (transposed, say)",
    "spread": "an incoming gradient that is one number spread over all entries, as that of a sum is",
    "jit": "a call under jax.jit",
}


def probes(trial: Trial) -> Iterator[Finding]:
    """Findings at one point at which forward and backward are right."""
    case = trial.cases[0]
    how = plain_how(trial)
    if trial.caller.again:
        answer = call(trial, case, How(how.needs, how.precision, twice=True))
        yield from _second_time(trial, answer)
        yield from _summed(trial, case, answer)
    said: set[str] = set()
    for layout in trial.caller.layouts:
        if layout != "plain" and not (layout == "turned" and said):
            found = list(_laid_out(trial, case, layout))
            said |= {one.kind for one in found if one.grave}
            yield from found
    if trial.caller.partly and len(trial.problem.wanted) > 1:
        yield from _partly(trial, case)
    yield from _single(trial, case)


def _single(trial: Trial, case: Case) -> Iterator[Finding]:
    """A batch of one sample: people drop its axis by mistake. The function need not take it, so this is only worth knowing."""
    letter = next((letter for letter in trial.problem.letters[:1] if case.sizes[letter] > 1), None)
    sizes = {**case.sizes, letter: 1} if letter is not None else {}
    if letter is None or not works(trial.problem, sizes):
        return
    alone = cases_of(trial.problem, sizes, trial.precision, required=False)[-1]
    answer = call(trial, alone, plain_how(trial))
    if answer.trouble is not None:
        yield Finding("raises", answer.trouble.stage, "", f"at {letter} = 1 the {answer.trouble.stage} function raises an error: {answer.trouble.text}", False)
    elif compared(alone, trial.problem.output, trial.problem.output, answer.value, trial.precision).kind not in ("right", "precision"):
        yield Finding("value", "forward", trial.problem.output, f"at {letter} = 1 the forward function does something else than the formula.", False)
    elif wrong := _differing(trial, alone, answer, trial.problem.wanted):
        yield Finding("value", "backward", wrong[0], f"at {letter} = 1 the gradient of {listed(wrong)} is wrong, and right otherwise.", False)


def _differing(trial: Trial, case: Case, answer: Answer, names: Iterator[str] | tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in names:
        one = compared(case, trial.problem.gradients[name], name, answer.gradients.get(name), trial.precision)
        if one.kind != "right" and not (one.kind == "precision" and trial.single):
            found.append(name)
    return found


def _second_time(trial: Trial, answer: Answer) -> Iterator[Finding]:
    if answer.trouble is not None and answer.trouble.stage == "backward":
        yield Finding("repeats", "backward", "", f"the backward function works once and raises an error the second time: {answer.trouble.text}")
    elif answer.again is not None:
        for name in trial.problem.wanted:
            first, second = answer.gradients.get(name), answer.again.get(name)
            if first is not None and (second is None or not np.array_equal(first, second)):
                why = "something it kept from the forward function is changed"
                yield Finding("repeats", "backward", name, f"the gradient of {name} is another one when the backward function runs a second time: {why}.")
                return


def _laid_out(trial: Trial, case: Case, layout: Layout) -> Iterator[Finding]:
    if layout == "spread":
        case = _with_constant(case)
    answer = call(trial, case, How(frozenset(trial.problem.wanted), trial.precision, layout))
    if answer.trouble is not None:
        message = f"the {answer.trouble.stage} function raises an error for {_SAID[layout]}: {answer.trouble.text}"
        refused = layout == "strided" and answer.trouble.stage == "forward"
        yield Finding("layout", answer.trouble.stage, answer.trouble.about or "", message, grave=not refused)
        return
    wrong = _differing(trial, case, answer, trial.problem.wanted)
    if wrong:
        yield Finding("layout", "backward", wrong[0], f"the gradient of {listed(wrong)} is wrong for {_SAID[layout]}, and right otherwise.")


def _with_constant(case: Case) -> Case:
    """The same point with one number as the incoming gradient."""
    name = case.truth.problem.incoming
    data = {**case.data, name: np.full_like(case.data[name], 1.25)}
    env: Env = case.truth.all(data)
    return Case(case.truth, data, env, case.slack, case.required)


def _partly(trial: Trial, case: Case) -> Iterator[Finding]:
    """Each input alone needs a gradient."""
    for name in trial.problem.wanted:
        answer = call(trial, case, How(frozenset((name,)), trial.precision))
        others = [other for other in trial.problem.wanted if other != name]
        need = f"{listed(others)} {'need' if len(others) > 1 else 'needs'} none"
        if answer.trouble is not None:
            message = f"an error is raised where {name} needs a gradient and {need} (needs_input_grad): {answer.trouble.text}"
            yield Finding("needs", answer.trouble.stage, name, message)
        elif _differing(trial, case, answer, (name,)):
            yield Finding("needs", "backward", name, f"the gradient of {name} is wrong where {need} (needs_input_grad), and right otherwise.")


def _summed(trial: Trial, case: Case, answer: Answer) -> Iterator[Finding]:
    """Gradients that are right only because the framework sums what was not summed."""
    for name, shape in answer.raw.items():
        right = case.right(trial.problem.gradients[name]).shape
        if shape != right:
            said = f"the gradient of {name} comes back with the shape {shape_of(shape)}, and autograd sums it to {shape_of(right)}"
            yield Finding("shape", "backward", name, f"{said}: the function itself does not.", False)
