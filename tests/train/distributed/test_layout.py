"""Which parameters are cut into parts, and along which axis."""

from __future__ import annotations

import pytest

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, named, var
from byhand.lang.functions import total
from byhand.lang.leaves import relu
from byhand.rules.updates import BY_NAME
from byhand.train.distributed.layout import cuts_of
from byhand.train.distributed.mesh import Mesh, check_batch, read_mesh
from support.networks import network, step_of

ADAM, PLAIN = BY_NAME["adam"], BY_NAME["gradient_descent"]


def cuts(loss: Named, parameters: list[Var], parts: int, rule: str = "gradient_descent", least: int = 4) -> dict[str, int]:
    step = step_of(loss, parameters, BY_NAME[rule])
    return cuts_of(step, step.program.dims({"N": 6}), parts, least)


def test_layers_are_cut_in_pairs_outputs_then_inputs() -> None:
    loss, parameters, _ = network([5, 16, 16, 16, 16, 3], seed=0)
    assert cuts(loss, parameters, 2) == {"W1": 1, "b1": 0, "W2": 0, "W3": 1, "b3": 0, "W4": 0}


def test_states_are_cut_as_their_parameters() -> None:
    loss, parameters, _ = network([5, 16, 7, 3], seed=0)
    assert cuts(loss, parameters, 2, "adam") == {
        "W1": 1,
        "b1": 0,
        "W2": 0,
        **{f"{state}_{name}": axis for state in "mv" for name, axis in (("W1", 1), ("b1", 0), ("W2", 0))},
    }


def test_columns_as_samples_and_transposed_weights() -> None:
    x, w, v = var("X", (5, "N")), var("W", (16, 5)), var("V", (3, 16))
    loss = named("L", total(named("Y", v @ named("A", relu(named("Z", w @ x)))) ** 2))
    assert cuts(loss, [w, v], 2) == {"W": 0, "V": 1}
    turned, other = var("W", (5, 16)), var("V", (16, 3))
    loss = named("L", total(named("Y", other.T @ named("A", relu(named("Z", turned.T @ x)))) ** 2))
    assert cuts(loss, [turned, other], 2) == {"W": 1, "V": 0}


def test_only_what_divides_evenly_into_parts_that_are_wide_enough() -> None:
    loss, parameters, _ = network([5, 15, 16, 3], seed=0)
    assert cuts(loss, parameters, 2) == {"W2": 1, "b2": 0, "W3": 0}
    assert cuts(loss, parameters, 2, least=9) == {}
    assert cuts(loss, parameters, 1) == {}


def test_without_a_pair_the_widest_layer_is_cut() -> None:
    x, w, b = var("X", ("N", 5)), var("W", (5, 16)), var("b", (16,))
    loss = named("L", total(named("Z", x @ w + b) ** 2))
    assert cuts(loss, [w, b], 2) == {"W": 1, "b": 0}


def test_what_goes_into_two_layers_is_cut_in_all_of_them() -> None:
    x, w, u, v = var("X", ("N", 5)), var("W", (5, 16)), var("U", (16, 4)), var("V", (16, 3))
    a = named("A", relu(named("Z", x @ w)))
    both: Expr = total(named("P", a @ u) ** 2) + total(named("Q", a @ v) ** 2)
    assert cuts(named("L", both), [w, u, v], 2) == {"W": 1, "U": 0, "V": 0}


def test_meshes_are_read() -> None:
    assert read_mesh("data=2,model=3", 6) == Mesh(2, 3)
    assert read_mesh(" model = 2 ", 2) == Mesh(1, 2)
    assert read_mesh(None, 4) == Mesh(4, 1)


@pytest.mark.parametrize("text", ["data", "data=0", "data=2,data=2", "pipe=2", "data=-1", "data=2;model=2", "data=99999999999"])
def test_a_mesh_that_cannot_be_read_is_shown_how_one_is_written(text: str) -> None:
    with pytest.raises(ByhandError, match="it is written data=2,model=2"):
        read_mesh(text, 4)


def test_a_mesh_needs_as_many_places_as_there_are_devices() -> None:
    with pytest.raises(ByhandError, match="the mesh data=2,model=3 has 6 places, and there are 4 devices"):
        read_mesh("data=2,model=3", 4)


def test_batches_are_shared_evenly() -> None:
    check_batch(64, Mesh(4, 2))
    with pytest.raises(ByhandError, match="a batch of 30 samples cannot be shared evenly by 4 devices: take a batch of 28 or 32"):
        check_batch(30, Mesh(4, 1))
    with pytest.raises(ByhandError, match="take a batch of 4"):
        check_batch(3, Mesh(4, 1))
