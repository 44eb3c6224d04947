"""A function run at points of several sizes, forward and back, and compared with what is derived from its formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from byhand.check.backward.caller import Answer, Caller, How, Numbers, Stage, Trouble
from byhand.check.backward.cases import Case, cases_of, sizes_of
from byhand.check.backward.findings import Compared, Finding, compared, shape_of, worst
from byhand.check.backward.problem import Problem
from byhand.check.backward.truth import Precision, sizes_text

MOST_NAMED = 4
NEARLY = 0.02
"""The part of the largest entry that half precision may lose."""


@dataclass(slots=True)
class Trial:
    """What came out. ``forward`` and ``backward``: comparisons, the latter by input or intermediate in the order of the sweep; ``left_out``: sizes that the
    function does not take, though nobody said it must. ``precision``: of the numbers it was given.
    """

    problem: Problem
    caller: Caller
    precision: Precision = "float64"
    forward: list[Compared] = field(default_factory=list[Compared])
    backward: dict[str, list[Compared]] = field(default_factory=dict[str, list[Compared]])
    troubles: list[tuple[Case, Trouble]] = field(default_factory=list[tuple[Case, Trouble]])
    answers: list[tuple[Case, Answer]] = field(default_factory=list[tuple[Case, Answer]])
    left_out: list[Mapping[str, int]] = field(default_factory=list[Mapping[str, int]])
    single: bool = False

    @property
    def cases(self) -> list[Case]:
        return [case for case, _ in self.answers]


def run(problem: Problem, caller: Caller, precision: Precision | None = None) -> Trial:
    """The function at all points; it stops where the forward stage is wrong already. ``ByhandError`` where the formula has no value at any point."""
    trial = Trial(problem, caller, precision or "float64")
    for number, (sizes, required) in enumerate(sizes_of(problem)):
        if not required and trial.left_out and number > 2:
            break
        if not _at(trial, sizes, required, number, settled=precision is not None) and required:
            return trial
    return trial


def call(trial: Trial, case: Case, how: How) -> Answer:
    """One call forward and back at a point."""
    inputs: dict[str, Numbers] = {}
    for one in trial.problem.inputs:
        match one.kind:
            case "number":
                inputs[one.name] = one.number if isinstance(one.number, int) else float(one.number or 0)
            case "fixed":
                assert one.example is not None
                inputs[one.name] = one.example.copy()
            case "drawn":
                inputs[one.name] = np.array(case.input(one.name))
    return trial.caller(inputs, np.array(case.input(trial.problem.incoming)), how)


def plain_how(trial: Trial) -> How:
    return How(frozenset(trial.problem.wanted), trial.precision)


def _at(trial: Trial, sizes: Mapping[str, int], required: bool, number: int, *, settled: bool) -> bool:
    """All points of one choice of sizes; whether the forward stage is right there. Where it need not be and is not, the sizes are left out."""
    cases = cases_of(trial.problem, sizes, trial.precision, required, first=number + 1)
    if number == 0 and not settled and not _runs(trial, cases[0]):
        trial.precision = "float32"
        again = cases_of(trial.problem, sizes, "float32", required)
        cases, trial.precision = (again, "float32") if _runs(trial, again[0]) else (cases, "float64")
    answers = _without_strangers([(case, call(trial, case, plain_how(trial))) for case in cases])
    forward = [compared(case, trial.problem.output, trial.problem.output, answer.value, trial.precision) for case, answer in answers]
    stopped = [(case, answer.trouble) for case, answer in answers if answer.trouble is not None and answer.trouble.stage == "forward"]
    good = not stopped and all(one.kind in ("right", "precision") for one in forward)
    if not good and not required:
        trial.left_out.append(sizes)
        return False
    trial.answers += answers
    trial.troubles += [(case, answer.trouble) for case, answer in answers if answer.trouble is not None]
    trial.forward += [one for one, (_, answer) in zip(forward, answers) if answer.trouble is None or answer.trouble.stage == "backward"]
    if good:
        trial.single = trial.single or any(one.kind == "precision" for one in forward)
        _backward(trial, answers)
    return good


def _runs(trial: Trial, case: Case) -> bool:
    """Whether the forward function takes such numbers."""
    trouble = call(trial, case, plain_how(trial)).trouble
    return trouble is None or trouble.stage != "forward"


def _without_strangers(answers: list[tuple[Case, Answer]]) -> list[tuple[Case, Answer]]:
    """Where the function takes the numbers that somebody gave and refuses random ones, those that it takes."""
    taken = [(case, answer) for case, answer in answers if answer.trouble is None or answer.trouble.stage == "backward"]
    return taken if answers[0][0].given and answers[0] in taken else answers


def _backward(trial: Trial, answers: list[tuple[Case, Answer]]) -> None:
    for case, answer in answers:
        if answer.trouble is not None:
            continue
        for name, gradient in trial.problem.gradients.items():
            if name in trial.problem.wanted or name in answer.gradients:
                trial.backward.setdefault(name, []).append(compared(case, gradient, name, answer.gradients.get(name), trial.precision))
    trial.backward = {name: trial.backward[name] for name in trial.problem.gradients if name in trial.backward}


# --------------------------------------------------------------------------------------------------- what is found


def findings(trial: Trial) -> Iterator[Finding]:
    """What is wrong, the earliest first: forward, then the gradients in the order of the sweep."""
    forward = list(_forward(trial))
    yield from forward
    if any(one.grave for one in forward):
        return
    yield from _damage(trial, "forward")
    numbers = list(_gradients(trial))
    raised = list(_raised(trial, "backward"))
    always = len(trial.troubles) >= len(trial.answers)
    yield from (*raised, *numbers) if always else (*numbers, *raised)
    yield from _damage(trial, "backward")
    yield from _types(trial)


def _damage(trial: Trial, stage: Stage) -> Iterator[Finding]:
    """What holds other numbers after a stage."""
    for name in dict.fromkeys(one for _, answer in trial.answers for one, where in answer.changed if where == stage):
        what = f"the input {name}" if name else "the incoming gradient"
        message = f"{what} holds other numbers after the {stage} function ran: it is changed in place, and whoever uses it afterwards gets wrong results."
        yield Finding("changes", stage, name, message)


def _types(trial: Trial) -> Iterator[Finding]:
    """Gradients whose entries are of another type than the inputs, though the value's are not."""
    for name in trial.problem.wanted:
        kind = next((answer.types[name] for _, answer in trial.answers if name in answer.types and "" not in answer.types), None)
        if kind is not None:
            yield Finding("type", "backward", name, f"the gradient of {name} is of the type {kind}, though {name} is {trial.precision}.")


def _gradients(trial: Trial) -> Iterator[Finding]:
    for name, found in trial.backward.items():
        wrong = [one for one in found if one.kind != "right" and not (one.kind == "precision" and trial.single)]
        if wrong:
            yield _gradient(trial, name, found, wrong)


def _forward(trial: Trial) -> Iterator[Finding]:
    output = trial.problem.output
    yield from _raised(trial, "forward")
    wrong = [one for one in trial.forward if one.kind not in ("right", "precision")]
    if wrong:
        first = wrong[0]
        half = first.kind == "value" and first.off < NEARLY * float(np.abs(first.right).max(initial=0.0))
        hint = "; it is right to some three digits: is anything worked out in half precision?" if half else "."
        message = f"the forward value {output} is wrong{_where(trial.forward, wrong)}: {_off(first)}{hint}"
        yield Finding("shape" if first.kind == "shape" else "value", "forward", output, message)
    elif trial.single:
        message = f"{output} is worked out in single precision, though the inputs are in double; it is compared with as few digits."
        yield Finding("precision", "forward", output, message, False)


def _raised(trial: Trial, stage: str) -> Iterator[Finding]:
    for case, trouble in trial.troubles:
        if trouble.stage == stage:
            where = f" at the sizes {sizes_text(case.sizes)}" if case.sizes else ""
            quantity = trouble.about or (trial.problem.output if stage == "forward" else "")
            if trouble.shape is not None and trouble.about is not None and trouble.about in trial.problem.gradients:
                right = case.right(trial.problem.gradients[trouble.about]).shape
                message = f"the gradient of {trouble.about} has the shape {shape_of(trouble.shape)} instead of {shape_of(right)}{where}."
                yield Finding("shape", "backward", quantity, message, shapes=(trouble.shape, right))
            else:
                yield Finding("raises", trouble.stage, quantity, f"the {stage} function raises an error{where}: {trouble.text}")
            return


def _gradient(trial: Trial, name: str, found: list[Compared], wrong: list[Compared]) -> Finding:
    first = next((one for one in wrong if one.kind != "precision"), wrong[0])
    where = _where(found, wrong)
    match first.kind:
        case "none":
            others = [other for other in trial.problem.wanted if other != name]
            which = f"wrt={others}" if len(others) <= MOST_NAMED else f"wrt=[…] without {name}"
            hint = f"; if it is not meant to have one, say which inputs are: {which}" if others and not trial.problem.about else ""
            return Finding("none", "backward", name, f"no gradient comes back for {name}: it is None, and the output depends on {name}{hint}.")
        case "shape":
            assert first.found is not None
            return Finding("shape", "backward", name, f"the gradient of {name} has a wrong shape{where}: {_off(first)}.")
        case "undefined":
            return Finding("undefined", "backward", name, f"the gradient of {name} is not a number{where}: {_off(first)}.")
        case "precision":
            message = f"the gradient of {name} is right to single precision only{where}, though the value is right to double: {_off(first)}."
            return Finding("precision", "backward", name, message)
        case _:
            return Finding("value", "backward", name, f"the gradient of {name} is wrong{where}: {_off(first)}.")


def _off(one: Compared) -> str:
    if one.found is None:
        return "it is None"
    return f"its shape is {shape_of(one.found.shape)} instead of {shape_of(one.right.shape)}" if one.kind == "shape" else worst(one)


def _where(found: list[Compared], wrong: list[Compared]) -> str:
    """At which sizes, where it is right at others."""
    bad = list(dict.fromkeys(sizes_text(one.case.sizes) for one in wrong))
    good = list(dict.fromkeys(sizes_text(one.case.sizes) for one in found if sizes_text(one.case.sizes) not in bad))
    if good:
        return f" at the sizes {bad[0]}, and right at {good[0]}"
    if len(wrong) < len(found):
        return f" at {len(wrong)} of {len(found)} points"
    return ""
