"""The task ``draw(y, [W1, W2], values=true, gradients=L)``: what the sheet wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from byhand.analyse.draw.drawing import Fill, Structure, picture, structure
from byhand.analyse.draw.network import Layer, Network
from byhand.analyse.draw.numbers import Data, numbers, parameter_values
from byhand.analyse.draw.sketch import Notation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.walk import postorder
from byhand.read.statements import Task
from byhand.read.syntax import Listed, Name, Tree
from byhand.run.bind import Value
from byhand.sheets import solution as s
from byhand.sheets.lines import Writer
from byhand.sheets.workspace import Workspace
from byhand.show.conventions import Conventions
from byhand.show.document import Block
from byhand.show.notation import notation
from byhand.show.plain import plain, plain_size

RIGHT = "draw takes a quantity and, if need be, its parameters, as in draw(y), draw(y, [W1, W2]) or draw(y, values=true, gradients=L)"
_YES = {"true": True, "True": True, "false": False, "False": False}


def task(space: Workspace, task: Task) -> list[s.Item]:
    """``draw(y)``: the network that computes a quantity, as a picture."""
    root, parameters, options = _call(space, task)
    wanted = frozenset[str]().union(*space.wanted.values())
    found = structure(root, parameters, wanted)
    values, loss = _values_wanted(options), _loss(space, options)
    fill = None
    if values or loss is not None:
        _check_numbers(space, root if loss is None else loss)
        found = found.with_numbers(space.bound())
        fill = _numbers(space, found, values, loss)
    on_edges = f"the gradients of {loss.name}" if loss is not None else ""

    def blocks(writer: Writer) -> Iterable[Block]:
        yield picture(found, Notation(writer.name, writer.formula), fill, on_edges)

    return [s.Answered(task.text, blocks, space.state, answer=answer(found))]


def answer(found: Structure) -> dict[str, object]:
    """What is drawn, for programs: the layers of a plain network, or the stages."""
    if found.net is not None:
        tail = {"tail": str(found.net.tail[-1].name)} if found.net.tail else {}
        return {"kind": "network", "layers": [_layer(layer) for layer in found.net.layers], **tail}
    blocks = [{"kind": stage.kind, "names": [str(name.name) for name in stage.named], "from": [link.source for link in stage.links]} for stage in found.stages]
    return {"kind": "diagram", "blocks": blocks}


def _layer(layer: Layer) -> dict[str, object]:
    size = layer.size if isinstance(layer.size, int) else plain_size(layer.size)
    names = [layer.value.name] if isinstance(layer.value, Var) else [str(name.name) for name in layer.named]
    shown: dict[str, object] = {"size": size, "names": names}
    if layer.weight is None:
        return shown
    return shown | {"weights": _text(layer.weight.value), "biases": [_text(bias) for bias in layer.biases], "functions": list(layer.functions)}


def _text(formula: Expr) -> str:
    return plain(notation(formula, Conventions()))


# ------------------------------------------------------------------------------------------------- the call


def _call(space: Workspace, task: Task) -> tuple[Named, list[Var], Mapping[str, Tree]]:
    if not 1 <= len(task.args) <= 2 or not isinstance(task.args[0], Name):
        raise ByhandError(f"{RIGHT}.")
    names = [name for name, _ in task.options]
    odd = next((name for name in names if name not in ("values", "gradients") or names.count(name) > 1), None)
    if odd is not None:
        raise ByhandError(f"draw is given {odd} twice; {RIGHT}." if names.count(odd) > 1 else f"draw has no option {odd}; {RIGHT}.")
    root = space.known(task.args[0].name)
    if isinstance(root, Var):
        raise ByhandError(f"draw shows what is computed by a formula; {root.name} is given. {RIGHT}.")
    listed = task.args[1:] and (task.args[1].items if isinstance(task.args[1], Listed) else (task.args[1],))
    return root, [_parameter(space, root, tree) for tree in listed], dict(task.options)


def _parameter(space: Workspace, root: Named, tree: Tree) -> Var:
    found = space.known(tree.name) if isinstance(tree, Name) else None
    if not isinstance(found, Var):
        raise ByhandError(f"the parameters of a drawing are names of what is given; {RIGHT}.", tree.at.line, tree.at.column)
    if found not in postorder(root):
        raise ByhandError(f"{root.name} does not depend on {found.name}.", tree.at.line, tree.at.column)
    return found


def _values_wanted(options: Mapping[str, Tree]) -> bool:
    tree = options.get("values")
    if tree is None:
        return False
    if not isinstance(tree, Name) or tree.name not in _YES:
        raise ByhandError("values is either true or false, as in draw(y, values=true).", tree.at.line, tree.at.column)
    return _YES[tree.name]


def _loss(space: Workspace, options: Mapping[str, Tree]) -> Named | None:
    tree = options.get("gradients")
    if tree is None:
        return None
    loss = space.known(tree.name) if isinstance(tree, Name) else None
    if not isinstance(loss, Named) or loss.shape:
        raise ByhandError("gradients names the scalar whose gradients are written on the edges, as in draw(y, gradients=L).", tree.at.line, tree.at.column)
    return loss


# ------------------------------------------------------------------------------------------------- numbers


def _check_numbers(space: Workspace, needed: Named) -> None:
    if not space.has_numbers(needed):
        missing = [node.name for node in postorder(needed) if isinstance(node, Var) and node.name not in space.data]
        raise ByhandError(f"draw has no numbers to write: no data is given for {', '.join(missing)}.")


def _numbers(space: Workspace, found: Structure, values: bool, loss: Named | None) -> Fill:
    """Data as it is now, since later steps change it."""
    assert found.net is not None
    data, sizes = {**space.data}, {**space.bound()}
    on_edge = parameter_values(data, sizes) if loss is None else _gradients(space, loss, found.net)
    written = numbers(found.net, Data(data, sizes, found.tags, values, on_edge))
    return lambda net: written


def _gradients(space: Workspace, loss: Named, net: Network) -> Callable[[Expr], Value | None]:
    """The gradients of a scalar by the parameters that are on the edges as they are."""
    shown = [value for layer in net.layers for value in (*([layer.weight.value] if layer.weight else []), *layer.biases)]
    below = postorder(loss)
    parameters = [value for value in shown if isinstance(value, Var) and value in below]
    if not parameters:
        raise ByhandError(f"draw has no gradients to write: {loss.name} depends on no parameter of this network.")
    space.derivation(loss, [value.name for value in parameters])
    found = {value: space.gradient(loss, value)[0] for value in parameters}
    space.count(list(found.values()))
    known: dict[Expr, Value] = {value: space.state.numbers[gradient.name] for value, gradient in found.items()}
    return known.get
