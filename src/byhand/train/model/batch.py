"""Along which axis the samples of a batch lie, if the sheet's formulas are those of a batch.

A size letter that the data share and no parameter has is the number of samples. Where the data is given as numbers, the
formulas are read again with a letter in the place of a number that they share: if they can be read, they hold for any number
of samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var, intern
from byhand.lang.sizes import Poly, shape_text, size
from byhand.lang.walk import postorder, size_letters
from byhand.read.rebuild import everywhere
from byhand.read.statements import Declared
from byhand.read.syntax import Chain, Name, Number, Tree
from byhand.train.model.front import Front
from byhand.train.model.reading import Reading, Sheet, loss_named, read
from byhand.train.model.roles import Roles

MOST_READINGS = 60
LETTERS = ("N", "n", "m", "B", "samples")
ONE = "one"


@dataclass(frozen=True, slots=True)
class Batch:
    """``letter`` counts the samples, in formulas read with it; ``remarks`` say what was decided."""

    letter: str
    reading: Reading
    sizes: Mapping[str, int]
    remarks: tuple[str, ...] = ()


def batch_of(sheet: Sheet, reading: Reading, roles: Roles, front: Front) -> Batch | None:
    """The batch that the formulas are about; ``None`` where they are those of one sample."""
    if front.samples == ONE:
        return None
    if front.samples is not None and front.samples not in reading.integers:
        return _asked_for(front.samples, reading, roles)
    letter = _common_letter(roles)
    if letter is not None:
        return Batch(letter, reading, {})
    return _counted_by_name(sheet, reading, roles) or _read_again(sheet, reading, roles)


def _asked_for(letter: str, reading: Reading, roles: Roles) -> Batch:
    if not any(letter in size_letters(node) for node in roles.data):
        shapes = ", ".join(f"{node.name} {shape_text(node.shape)}" for node in roles.data)
        raise ByhandError(f"train: samples is the letter of an axis of the data, or one; {letter} is none of {shapes}.")
    return Batch(letter, reading, {})


def _common_letter(roles: Roles) -> str | None:
    """The letter that most of the data have and no parameter; the one that leads more shapes, if several do."""
    taken = {letter for node in (*roles.parameters, *roles.given) for letter in size_letters(node)}
    return _most_shared((letter for node in roles.data for letter in sorted(size_letters(node)) if letter not in taken), roles)


def _most_shared(letters: Iterable[str], roles: Roles) -> str | None:
    def shared(letter: str) -> tuple[int, int]:
        axis = Poly.letter(letter)
        return sum(axis in node.shape for node in roles.data), sum(node.shape[:1] == (axis,) for node in roles.data)

    found = max(dict.fromkeys(letters), key=shared, default=None)
    return found if found is not None and shared(found)[0] >= min(2, len(roles.data)) else None


# -------------------------------------------------------------------------------- sizes that are given as numbers


def _counted_by_name(sheet: Sheet, reading: Reading, roles: Roles) -> Batch | None:
    """N = 4 above X : (N, 2): the name is a size letter again, and counts the samples."""
    said = {one.name: _names_in(one) for one in sheet.statements if isinstance(one, Declared)}
    fixed = {name for node in (*roles.parameters, *roles.given) for name in said.get(node.name, ())}
    for name in dict.fromkeys(name for node in roles.data for name in said.get(node.name, ()) if name not in fixed):
        number = reading.integers.get(name)
        again = read(sheet, without=frozenset((name,))) if isinstance(number, int) else None
        if again is not None and isinstance(number, int) and _readable(again, roles) is not None:
            found = _common_letter(roles_again(roles, again))
            if found == name:
                remark = f"{name} = {number} on the sheet counts the samples; in training {name} is the size of each batch."
                return Batch(name, again, {name: number}, (remark,))
    return None


def _names_in(statement: Declared) -> list[str]:
    return [node.name for axis in statement.shape for node in everywhere(axis) if isinstance(node, Name)]


def _readable(again: Reading, roles: Roles) -> Named | None:
    try:
        found = loss_named(again, str(roles.loss.name))
    except ByhandError:
        return None
    below = {node.name for node in postorder(found) if isinstance(node, Var)}
    same = all(again.names.get(node.name) is node for node in roles.parameters)
    return found if same and {node.name for node in roles.data} <= below else None


def roles_again(roles: Roles, again: Reading) -> Roles:
    """The same parts, played by the variables of another reading."""

    def those(nodes: Iterable[Var]) -> tuple[Var, ...]:
        return tuple(node for name in [one.name for one in nodes] if isinstance(node := again.names.get(name), Var))

    return Roles(loss_named(again, str(roles.loss.name)), those(roles.parameters), those(roles.data), those(roles.given), roles.why, those(roles.doubtful))


def _read_again(sheet: Sheet, reading: Reading, roles: Roles) -> Batch | None:
    """A number of samples that the shapes of the data share becomes a letter, if the formulas can be read with it."""
    letter = fresh_letter(reading)
    for count, instead in islice(_attempts(roles, letter, reading), MOST_READINGS):
        again = read(sheet, instead)
        if _readable(again, roles) is not None:
            return Batch(letter, again, {letter: count}, tuple(_remarks(sheet, roles, again, letter, count)))
    trapped = _looks_like_batch(roles)
    if trapped:
        raise ByhandError(
            f"cannot make the number of samples a letter: {trapped} have {roles.data[0].shape[0]} rows in common, but the formulas hold for that number alone. "
            "Write them without it (mean(…), X.shape[0]), or say train: {samples: one} at the top if these are one sample."
        )
    return None


def _attempts(roles: Roles, letter: str, reading: Reading) -> Iterator[tuple[int, dict[str, Var]]]:
    axes = [(axis, position) for node in roles.data for position, axis in enumerate(node.shape) if isinstance(axis, int)]
    need = min(2, len(roles.data))
    counts = {count: sum(count in node.shape for node in roles.data) for count, _ in axes}
    leading = {count: sum(node.shape[:1] == (count,) for node in roles.data) for count, _ in axes}
    for count in sorted((c for c in counts if counts[c] >= need), key=lambda c: (-counts[c], -leading[c])):
        holders = [node for node in roles.data if count in node.shape]
        places = [[k for k, axis in enumerate(node.shape) if axis == count] for node in holders]
        for chosen in product(*places):
            yield count, {node.name: _with_letter(node, place, letter, reading) for node, place in zip(holders, chosen)}


def _with_letter(node: Var, place: int, letter: str, reading: Reading) -> Var:
    shape = tuple(size(Poly.letter(letter)) if k == place else axis for k, axis in enumerate(node.shape))
    facts = node.facts - {"symmetric", "full_column_rank"}
    if node.name in reading.seen and place == len(shape) - 1:
        facts = facts - {"one_hot", "sums_to_one"}
    if place == 0 and len(shape) == 2:
        facts = facts - {"one_hot_columns"}
    if node.name in reading.labels:
        shape = shape[:-1]
        facts = frozenset[str]()
    return intern(Var, node.name, shape, facts)


def _looks_like_batch(roles: Roles) -> str:
    """The names of data that have their first axis in common, one of them a matrix."""
    first = roles.data[0].shape[:1]
    common = [node for node in roles.data if node.shape[:1] == first and isinstance(first[0] if first else None, int)]
    return " and ".join(node.name for node in common) if len(common) > 1 and all(len(node.shape) > 1 or node is not common[0] for node in common[:1]) else ""


def fresh_letter(reading: Reading) -> str:
    """A size letter that nothing on the sheet has."""
    taken = {*reading.names, *(letter for node in reading.names.values() for letter in size_letters(node))}
    return next(letter for letter in (*LETTERS, *(f"N_{k}" for k in range(1, 100))) if letter not in taken)


def _remarks(sheet: Sheet, roles: Roles, again: Reading, letter: str, count: int) -> Iterator[str]:
    names = ", ".join(node.name for node in roles.data)
    yield f"The {count} samples of {names} on the sheet became {letter} samples: the formulas are read with any number of them."
    below = postorder(loss_named(again, str(roles.loss.name)))
    defined = {node.name for node in below if isinstance(node, Named)}
    for name, tree in again.trees.items():
        if name in defined and any(_divides_by(node, count) for node in everywhere(tree)):
            yield f"The formula of {name} divides by {count} as it is written, and does so for batches of another size."
    for node in below:
        if isinstance(node, Var) and not node.shape and again.integers.get(node.name) == count:
            instead = f"where it counts the samples, mean(…) or {roles.data[0].name}.shape[0] goes with them"
            yield f"{node.name} = {count} stays {count} for batches of another size; {instead}."


def _divides_by(node: Tree, count: int) -> bool:
    """Whether a formula has the number of samples written out as a divisor."""
    if not isinstance(node, Chain):
        return False
    parts = [("", node.first), *((op, part) for op, part, _ in node.rest)]
    factors = [part.value for op, part in parts if op != "/" and isinstance(part, Number)]
    return any(op == "/" and isinstance(part, Number) and part.value == count > 2 for op, part in parts) or (count > 2 and Fraction(1, count) in factors)
