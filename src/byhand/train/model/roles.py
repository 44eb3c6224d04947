"""Which quantity of a sheet plays which part: the loss, the parameters, the data, and the numbers that training does not touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.rules.updates import BY_NAME
from byhand.train.model.front import Front
from byhand.train.model.names import DATA_NAME, WEIGHT_NAME
from byhand.train.model.reading import Asking, Reading, loss_named

TELL = "Say which are the inputs, at the top of the sheet, as in train: {inputs: X, target: Y}."
ASK = "say it at the top of the sheet, as in train: {parameters: W1, b1}"


@dataclass(frozen=True, slots=True)
class Roles:
    """``data`` changes from sample to sample, ``given`` does not; ``why`` says where the parameters are from.

    ``doubtful``: data that has numbers and no name like data, beside others that have: a constant, if the formulas are those of one sample.
    """

    loss: Named
    parameters: tuple[Var, ...]
    data: tuple[Var, ...]
    given: tuple[Var, ...]
    why: str
    doubtful: tuple[Var, ...] = ()


def loss_of(reading: Reading, asking: Asking, front: Front) -> Named:
    """The scalar that training lowers: what the sheet says, steps down, or differentiates; ``ByhandError`` where that is none, or several."""
    if front.loss is not None:
        return loss_named(reading, front.loss)
    for told in (asking.changed, asking.gradients):
        names = [name for name in told if _may_be_loss(reading, name, asking)]
        if len(names) > 1:
            raise ByhandError(f"this sheet has several losses, {', '.join(names)}; say which one to train on, at its top, as in train: {{loss: {names[0]}}}.")
        if names:
            return loss_named(reading, names[0])
    return _last_scalar(reading, asking)


def _may_be_loss(reading: Reading, name: str, asking: Asking) -> bool:
    if name in reading.failed:
        return True
    found = reading.names.get(name)
    rule = BY_NAME.get(asking.rules.get(name, ""))
    if rule is not None and rule.error is not None:
        raise ByhandError(
            f"cannot train with {rule.name}: it corrects wrong answers one by one and goes down no loss. Write a loss, such as L = mean(log(1 + exp(-y * z))), "
            "and ask for its gradients."
        )
    return isinstance(found, Named) and not found.shape


def _last_scalar(reading: Reading, asking: Asking) -> Named:
    """Of the scalars that depend on something shaped, the one that no other formula uses."""
    used = {part for node in reading.names.values() for part in postorder(node) if part is not node}
    scalars = [node for node in reading.names.values() if isinstance(node, Named) and not node.shape and node not in used and _shaped(node)]
    if len(scalars) == 1:
        return scalars[0]
    if reading.failed and not scalars:
        raise next(iter(reading.failed.values()))
    if scalars:
        names = ", ".join(str(one.name) for one in scalars)
        raise ByhandError(f"this sheet has several losses, {names}; say which one to train on, at its top, as in train: {{loss: {scalars[-1].name}}}.")
    asked = next(iter([*asking.changed, *asking.gradients]), None)
    what = f" {asked} is no single number." if asked in reading.names else ""
    raise ByhandError(f"no loss is found on this sheet:{what} training lowers one number, such as L = cross_entropy(Z, Y) or L = mean((y - t)**2).")


def _shaped(node: Named) -> bool:
    return any(isinstance(part, Var) and part.shape for part in postorder(node))


# --------------------------------------------------------------------------------------- parameters and data


def roles_of(reading: Reading, asking: Asking, front: Front) -> Roles:
    """The part that every variable below the loss plays."""
    loss = loss_of(reading, asking, front)
    below = {node for node in postorder(loss) if isinstance(node, Var)}
    variables = [node for node in reading.variables() if node in below]
    if not variables:
        raise ByhandError(f"nothing can be trained: {loss.name} depends on no quantity of the sheet.")
    parameters, why = _parameters(reading, asking, front, loss, variables)
    if not parameters:
        raise ByhandError(f"no parameter is found: nothing that {loss.name} depends on looks like one; {ASK}.")
    rest = [node for node in variables if node not in parameters]
    told = (*(front.inputs or ()), *((front.target,) if front.target else ()))
    said, fixed = ({_variable(reading, name, variables) for name in names} for names in (told, front.given or ()))
    data = [node for node in rest if node in said or (node not in fixed and (node.shape or _is_data_name(node, reading)))]
    if not data:
        names = ", ".join(node.name for node in parameters)
        raise ByhandError(f"nothing that {loss.name} depends on is data: all of {names} would be learned. {TELL}")
    given = tuple(node for node in rest if node not in data)
    return Roles(loss, tuple(parameters), tuple(data), given, why, _doubtful(data, said, reading))


def _doubtful(data: list[Var], said: set[Var], reading: Reading) -> tuple[Var, ...]:
    sure = [node for node in data if node in said or _is_data_name(node, reading)]
    return tuple(node for node in data if node not in sure and node.name in reading.data) if len(sure) > 1 else ()


def _variable(reading: Reading, name: str, variables: Iterable[Var]) -> Var:
    found = reading.names.get(name)
    if not isinstance(found, Var):
        what = f"{name} is computed by a formula" if found is not None else f"{name} is not on the sheet"
        raise ByhandError(f"train: inputs, targets and parameters are given or declared; {what}.")
    if found not in set(variables):
        raise ByhandError(f"train: the loss does not depend on {name}.")
    return found


def _parameters(reading: Reading, asking: Asking, front: Front, loss: Named, variables: list[Var]) -> tuple[list[Var], str]:
    if front.parameters is not None:
        return [_variable(reading, name, variables) for name in front.parameters], "as the sheet says"
    spoken = {*(front.inputs or ()), *(front.given or ()), *((front.target,) if front.target else ())}
    changed = [node for node in variables if node.name in asking.changed.get(str(loss.name), ()) and node.name not in spoken]
    if changed:
        return changed, "what the sheet's own step changes"
    asked = [node for node in variables if node.name in asking.gradients.get(str(loss.name), ()) and node.name not in spoken]
    found = [node for node in asked if not _is_data_name(node, reading)] or asked
    if found:
        return found, f"what {loss.name} is differentiated by"
    rest = [node for node in variables if node.name not in spoken]
    with_samples = _with_common_letter(rest)
    if with_samples:
        return [node for node in rest if node not in with_samples and (node.shape or WEIGHT_NAME.match(node.name))], "what has no axis of samples"
    return [node for node in rest if not _is_data_name(node, reading) and (node.shape or WEIGHT_NAME.match(node.name))], "what is not named like data"


def _is_data_name(node: Var, reading: Reading) -> bool:
    """Whether a quantity is called as data is; a single number T is a temperature or a length."""
    return (bool(DATA_NAME.match(node.name)) and (bool(node.shape) or node.name != "T")) or node.name in reading.labels


def _with_common_letter(variables: list[Var]) -> list[Var]:
    """The variables with the first axis that data share and weights do not have: a letter that leads some shape and stands in no weight's."""
    weights = {letter for node in variables if WEIGHT_NAME.match(node.name) for axis in node.shape for letter in Poly.of(axis).letters}
    for node in variables:
        letter = node.shape[0] if node.shape else None
        if isinstance(letter, Poly) and not letter.letters & weights:
            found = [other for other in variables if letter in other.shape]
            if len(found) > 1:
                return found
    return []
