"""The task ``symmetries(y, [W1, W2])``: what the sheet wrote, and the answer for programs."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.analyse.symmetries.found import Generator, Layer, Symmetries, power_text, units_text
from byhand.analyse.symmetries.given import look
from byhand.analyse.symmetries.page import Page, blocks_of, laws_of
from byhand.analyse.symmetries.remarks import independent_of, remarks
from byhand.analyse.symmetries.search import symmetries
from byhand.analyse.symmetries.slips import slips_of
from byhand.analyse.symmetries.words import Words, group
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var
from byhand.lang.sizes import Poly, size
from byhand.lang.walk import postorder
from byhand.read.statements import Task
from byhand.read.syntax import Listed, Name, Tree
from byhand.run.claim import Verdict
from byhand.sheets import solution as s
from byhand.sheets.workspace import Workspace
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain

RIGHT = "symmetries takes a quantity and the parameters that may change, as in symmetries(y, [W1, W2])"
LARGEST = 2**53


def task(space: Workspace, task: Task) -> list[s.Item]:
    """``symmetries(y, [W1, W2])``: how many settings of the parameters give the same function of everything else."""
    y, parameters = _arguments(space, task)
    found = symmetries(y, parameters)
    sizes = dict(space.bound())
    page = Page(found, sizes, look(found, space.data, sizes))
    state = space.state
    return [s.Answered(task.text, lambda writer: blocks_of(writer, page), state, answer=_answer(page), claims=tuple(_claims(found)), slips=slips_of(found))]


def _arguments(space: Workspace, task: Task) -> tuple[Named, list[Var]]:
    if task.options:
        raise ByhandError(f"symmetries has no option {task.options[0][0]}; {RIGHT}.")
    if not task.args or not isinstance(task.args[0], Name):
        raise ByhandError(f"{RIGHT}.")
    y = space.known(task.args[0].name)
    if isinstance(y, Var):
        raise ByhandError(f"{y.name} is given and not computed from anything, so no parameters can change it; {RIGHT}.")
    if len(task.args) == 1:
        below = [node.name for node in postorder(y) if isinstance(node, Var)]
        raise ByhandError(f"{RIGHT}: say which of {', '.join(below)} are parameters; all others count as inputs.")
    listed = [one for tree in task.args[1:] for one in (tree.items if isinstance(tree, Listed) else (tree,))]
    return y, [parameter for tree in listed for parameter in (_members(space, tree) or [_parameter(space, tree)])]


def _members(space: Workspace, tree: Tree) -> list[Var]:
    """All members of a family, if this is the name of one: W for W[1], W[2], …"""
    if not isinstance(tree, Name) or tree.name in space.names:
        return []
    return [node for name, node in space.names.items() if str(name).startswith(f"{tree.name}[") and isinstance(node, Var)]


def _parameter(space: Workspace, tree: Tree) -> Var:
    found = space.known(tree.name) if isinstance(tree, Name) else None
    if isinstance(found, Var):
        return found
    what = f"{found.name} is computed by a formula" if found is not None else "this is no name"
    raise ByhandError(f"symmetries changes parameters that are given or declared; {what}.", tree.at.line, tree.at.column)


# -------------------------------------------------------------------------------------------------- the answer


def _answer(page: Page) -> dict[str, object]:
    found, given = page.found, page.given
    verdicts = [one.verdict for one in found.generators]
    stabiliser = given.stabiliser if given is not None and found.exchanges == 1 and not found.pools else None
    words, value, more = Words(found.structure), found.value(page.sizes), found.more_directions
    return {
        "count": found.count,
        "value": _integer(value),
        "finite": found.finite,
        "dimension": str(found.dimension),
        "lower_bound": not found.complete or (given is not None and bool(given.alike)),
        "proved": all(one.verdict == "holds" for one in verdicts),
        "certainty": "exact" if all(one.certainty == "exact" for one in verdicts) else "float",
        "distinct": None if value is None or stabiliser is None else _integer(value // stabiliser),
        "layers": [_layer(words, layer, page.sizes) for layer in found.layers],
        "wholes": [_generator(words, one, None) for one in found.wholes],
        "other_directions": None if more is None else {"sizes": dict(more.sizes), "directions": more.more},
        "independent_of": list(independent_of(found)),
        "special_units": [{"units": list(one.units), "along": words.met_in(one.layer.slots)[0], "what": one.what} for one in (given.alike if given else ())],
        "remarks": list(remarks(words, found, page.sizes, given)),
    }


def _integer(value: int | None) -> int | str | None:
    """A number that no program rounds; beyond 2⁵³ as text."""
    return str(value) if value is not None and value > LARGEST else value


def _layer(words: Words, layer: Layer, sizes: Mapping[str, int]) -> dict[str, object]:
    known = Poly.of(layer.units).letters <= sizes.keys()
    return {
        "units": str(layer.units),
        "size": int(Poly.of(layer.units).at(sizes)) if known else None,
        "group": group(layer, units_text(layer.units)),
        "permutations": f"{units_text(layer.units)}!" if layer.permutes else "1",
        "flips": power_text(size(Poly.of(layer.units) * layer.flips)) or "1",
        "shifted_flips": power_text(layer.units) if any(one.kind == "shifted flip" for one in layer.generators) else "1",
        "dimension": str(layer.dimension),
        "parameters": list(dict.fromkeys(slot[0].name for slot in layer.slots)),
        "generators": [_generator(words, one, layer) for one in layer.generators],
    }


def _generator(words: Words, one: Generator, layer: Layer | None) -> dict[str, object]:
    return {
        "kind": one.kind,
        "text": words.sentence(one, layer),
        "parameters": list(dict.fromkeys(parameter.name for parameter in one.after)),
        "verdict": one.verdict.verdict,
        "certainty": one.verdict.certainty,
    }


def _claims(found: Symmetries) -> list[tuple[str, Verdict]]:
    """The laws of the activations, as claims."""
    plainly = Conventions()
    laws = {f"{plain(notation(left, plainly))} == {plain(notation(right, plainly))}": Verdict("holds", "exact") for left, right in laws_of(found)}
    return list(laws.items())
