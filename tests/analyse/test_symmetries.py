"""Weight-space symmetries against brute force: every permutation and every choice of signs tried in NumPy, and the settings that compute the same counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial
from time import perf_counter
from typing import Any

import numpy as np
import pytest

import byhand
from byhand.analyse.symmetries import symmetries
from byhand.analyse.symmetries.found import Symmetries
from byhand.app.render import FORMATS, render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.run.evaluate import evaluate
from byhand.sheets.answer import answer
from byhand.show.latex import latex
from byhand.show.mathml import mathml
from byhand.show.plain import plain
from byhand.show.tree import Function, Numeral, Power, Product, Sym
from byhand.show.unicode import text

Arrays = Mapping[str, np.ndarray]
Compute = Callable[[Arrays, np.ndarray], np.ndarray]
Place = tuple[str, int]


def found(formulas: str, parameters: str, /, **shapes: tuple[int | str, ...]) -> Symmetries:
    """The symmetries of the last of some formulas, as from Python."""
    names: dict[str, Expr] = {name: byhand.var(name, *shape) for name, shape in shapes.items()}
    last = ""
    for formula in formulas.split(";"):
        last, _, body = (part.strip() for part in formula.partition("="))
        names[last] = byhand.name(last, byhand.formula(body, **names))
    return symmetries(names[last], [one for name in parameters.split() if isinstance(one := names[name], Var)])


def answered(sheet: str) -> dict[str, Any]:
    (one,) = answer(solve_text(f"```byhand\n{sheet}\n```\n"))["answers"].values()
    return one


# ------------------------------------------------------------------------------------------------- brute force


def settings(weights: Arrays, layers: Sequence[Sequence[Place]]) -> Iterator[Arrays]:
    """Every way to permute the units of every layer, and to change signs: at each place of each unit as one likes."""
    if not layers:
        yield weights
        return
    places = layers[0]
    count = weights[places[0][0]].shape[places[0][1]]
    for order in permutations(range(count)):
        for signs in product(*(product((1, -1), repeat=count) for _ in places)):
            changed = dict(weights)
            for (name, axis), sign in zip(places, signs):
                shape = [1] * changed[name].ndim
                shape[axis] = count
                changed[name] = changed[name].take(order, axis) * np.reshape(sign, shape)
            yield from settings(changed, layers[1:])


def brute(compute: Compute, weights: Arrays, inputs: Sequence[np.ndarray], layers: Sequence[Sequence[Place]]) -> int:
    """How many different settings compute the same."""
    wanted = [compute(weights, x) for x in inputs]
    same: set[bytes] = set()
    for changed in settings(weights, layers):
        if all(np.allclose(compute(changed, x), y, rtol=1e-9, atol=1e-9) for x, y in zip(inputs, wanted)):
            same.add(b"".join((changed[name] + 0.0).tobytes() for name in sorted(changed)))
    return len(same)


ACTIVATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu({})": lambda z: np.maximum(z, 0),
    "tanh({})": np.tanh,
    "sigmoid({})": lambda z: 1 / (1 + np.exp(-z)),
    "cos({})": np.cos,
    "exp(-({})**2)": lambda z: np.exp(-(z**2)),
    "({0}) * sigmoid({0})": lambda z: z / (1 + np.exp(-z)),
    "({0})**3 + sin({0})": lambda z: z**3 + np.sin(z),
    "exp({0}) - exp(-({0}))": lambda z: np.exp(z) - np.exp(-z),
    "abs({})": np.abs,
    "softmax({})": lambda z: np.exp(z) / np.exp(z).sum(),
    "tanh({}) + 1": lambda z: np.tanh(z) + 1,
}


@dataclass(frozen=True)
class Net:
    """A network twice: as formulas, and in NumPy; with the places of its hidden units, written down by hand."""

    formulas: str
    parameters: str
    shapes: Mapping[str, tuple[int, ...]]
    compute: Compute
    layers: Sequence[Sequence[Place]]

    def check(self, seed: int) -> None:
        generator = np.random.default_rng(seed)
        weights = {name: generator.standard_normal(self.shapes[name]) for name in self.parameters.split()}
        inputs = [generator.standard_normal(self.shapes["x"]) for _ in range(40)]
        result = found(self.formulas, self.parameters, **self.shapes)
        assert result.value({}) == brute(self.compute, weights, inputs, self.layers), self.formulas
        assert all(one.verdict.verdict == "holds" for one in result.generators)


def random_chain(seed: int) -> Net:
    """Layers W a + b or a W + b, with or without bias; one to three of them, two units each."""
    random = np.random.default_rng(seed)
    depth = int(random.integers(1, 4))
    sizes, shapes, formulas, layers = [3, *[2] * depth, 2], {"x": (3,)}, [], [list[Place]() for _ in range(depth)]
    steps: list[Callable[[Arrays, np.ndarray], np.ndarray]] = []
    before = "x"
    for k in range(depth + 1):
        rows, bias = bool(random.integers(2)), depth < 3 and bool(random.integers(2))
        shapes[f"W{k}"] = (sizes[k], sizes[k + 1]) if rows else (sizes[k + 1], sizes[k])
        shapes |= {f"b{k}": (sizes[k + 1],)} if bias else {}
        write, act = list(ACTIVATIONS.items())[random.integers(1 if k else 0, 9)] if k < depth else ("{}", lambda z: z)  # a relu further up may be dead
        formulas += [f"z{k} = {f'{before} @ W{k}' if rows else f'W{k} @ {before}'}{f' + b{k}' if bias else ''}", f"a{k} = {write.format(f'z{k}')}"]
        for layer, end in ((k - 1, 0), (k, 1)):
            if 0 <= layer < depth:
                layers[layer].append((f"W{k}", end if rows else 1 - end))
                layers[layer] += [(f"b{k}", 0)] if end and bias else []
        steps.append(lambda w, a, k=k, rows=rows, bias=bias, act=act: act((a @ w[f"W{k}"] if rows else w[f"W{k}"] @ a) + (w[f"b{k}"] if bias else 0)))
        before = f"a{k}"

    def compute(weights: Arrays, x: np.ndarray) -> np.ndarray:
        for one in steps:
            x = one(weights, x)
        return x

    return Net("; ".join(formulas), " ".join(name for name in shapes if name != "x"), shapes, compute, layers)


@pytest.mark.parametrize("seed", [1, 2, 6, 8])
def test_random_chains(seed: int) -> None:
    random_chain(seed).check(seed)


@pytest.mark.parametrize("written", ACTIVATIONS)
def test_three_units_under_every_activation(written: str) -> None:
    act = ACTIVATIONS[written]
    shapes = {"x": (2,), "W1": (2, 3), "W2": (3, 2)}
    net = Net(f"z = W1.T @ x; y = W2.T @ ({written.format('z')})", "W1 W2", shapes, lambda w, x: w["W2"].T @ act(w["W1"].T @ x), [[("W1", 1), ("W2", 0)]])
    net.check(5)


def standardised(z: np.ndarray) -> np.ndarray:
    return (z - z.mean()) / np.sqrt(z.var() + 1e-5)


NETS = {
    "residual: the layers share their units": Net(
        "h = tanh(W1 @ x + b1); g = h + tanh(W2 @ h); y = W3 @ g",
        "W1 b1 W2 W3",
        {"x": (2,), "W1": (2, 2), "b1": (2,), "W2": (2, 2), "W3": (1, 2)},
        lambda w, x: w["W3"] @ ((h := np.tanh(w["W1"] @ x + w["b1"])) + np.tanh(w["W2"] @ h)),
        [[("W1", 0), ("b1", 0), ("W2", 0), ("W2", 1), ("W3", 1)]],
    ),
    "one weight used twice": Net("y = W.T @ tanh(W @ x)", "W", {"x": (2,), "W": (3, 2)}, lambda w, x: w["W"].T @ np.tanh(w["W"] @ x), [[("W", 0)]]),
    "recurrent, unrolled": Net(
        "h1 = tanh(W @ x); h2 = tanh(W @ x + U @ h1); y = V @ h2",
        "W U V",
        {"x": (2,), "W": (2, 2), "U": (2, 2), "V": (1, 2)},
        lambda w, x: w["V"] @ np.tanh(w["W"] @ x + w["U"] @ np.tanh(w["W"] @ x)),
        [[("W", 0), ("U", 0), ("U", 1), ("V", 1)]],
    ),
    "layer norm: all signs at once only": Net(
        "y = W2 @ tanh(layer_norm(W1 @ x))",
        "W1 W2",
        {"x": (2,), "W1": (3, 2), "W2": (2, 3)},
        lambda w, x: w["W2"] @ np.tanh(standardised(w["W1"] @ x)),
        [[("W1", 0), ("W2", 1)]],
    ),
    "gates": Net(
        "y = W2 @ ((W1 @ x) * sigmoid(V @ x))",
        "W1 V W2",
        {"x": (2,), "W1": (2, 2), "V": (2, 2), "W2": (2, 2)},
        lambda w, x: w["W2"] @ ((w["W1"] @ x) / (1 + np.exp(-w["V"] @ x))),
        [[("W1", 0), ("V", 0), ("W2", 1)]],
    ),
    "a batch, samples as rows": Net(
        "y = tanh(x @ W1 + b) @ W2",
        "W1 b W2",
        {"x": (4, 2), "W1": (2, 3), "b": (3,), "W2": (3, 1)},
        lambda w, x: np.tanh(x @ w["W1"] + w["b"]) @ w["W2"],
        [[("W1", 1), ("b", 0), ("W2", 0)]],
    ),
    "softmax on top": Net(
        "y = softmax(W2 @ tanh(W1 @ x))",
        "W1 W2",
        {"x": (2,), "W1": (3, 2), "W2": (2, 3)},
        lambda w, x: (e := np.exp(w["W2"] @ np.tanh(w["W1"] @ x))) / e.sum(),
        [[("W1", 0), ("W2", 1)]],
    ),
    "learned slopes": Net(
        "y = W2 @ prelu(W1 @ x, a)",
        "W1 a W2",
        {"x": (2,), "W1": (3, 2), "a": (3,), "W2": (2, 3)},
        lambda w, x: w["W2"] @ np.where((z := w["W1"] @ x) > 0, z, w["a"] * z),
        [[("W1", 0), ("a", 0), ("W2", 1)]],
    ),
    "a penalty": Net(
        "y = sum((W2 @ tanh(W1 @ x))**2) + sum(W1**2)",
        "W1 W2",
        {"x": (2,), "W1": (2, 2), "W2": (2, 2)},
        lambda w, x: np.sum((w["W2"] @ np.tanh(w["W1"] @ x)) ** 2) + np.sum(w["W1"] ** 2),
        [[("W1", 0), ("W2", 1)], [("W2", 0)]],
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_other_networks(name: str) -> None:
    NETS[name].check(11)


def test_a_bias_among_the_inputs_of_the_next_layer() -> None:
    told = answered("x : (N,), W1 : (M, N), W2 : (K, M + 1)\nh = concat([tanh(W1 @ x), [1]])\ny = W2 @ h\nsymmetries(y, [W1, W2])")
    assert (told["count"], told["finite"], told["proved"]) == ("M! * 2**M", True, True)
    assert "the columns of W2 that belong to unit j" in told["layers"][0]["generators"][2]["text"]


def test_convolution_channels_through_pooling_and_flattening() -> None:
    """Against PyTorch: each generator changes the parameters and not the function."""
    shapes = {"x": (1, 6, 6), "w1": (3, 1, 3, 3), "w2": (2, 3, 1, 1), "W": (4, 8)}
    formulas = "c = avg_pool2d(tanh(conv2d(x, w1)), 2); d = tanh(conv2d(c, w2)); y = W @ flatten(d)"
    result = found(formulas, "w1 w2 W", **shapes)
    assert result.value({}) == factorial(3) * 2**3 * factorial(2) * 2**2
    generator = np.random.default_rng(0)
    data = {name: generator.standard_normal(shape) for name, shape in shapes.items()}

    def compute(w: Arrays) -> np.ndarray:
        torch = pytest.importorskip("torch")
        t = {name: torch.tensor(array) for name, array in w.items()}
        c = torch.nn.functional.avg_pool2d(torch.tanh(torch.nn.functional.conv2d(t["x"][None], t["w1"])), 2)
        d = torch.tanh(torch.nn.functional.conv2d(c, t["w2"]))
        return (t["W"] @ d[0].flatten()).numpy()

    for one in result.generators:
        extra = {node.name: np.where(generator.standard_normal(3) > 0, 1.0, -1.0)[: node.shape[0]] for node in _new(one.after.values(), data)}
        after = dict(zip((key.name for key in one.after), evaluate(list(one.after.values()), {**data, **extra}, exact=False).roots))
        changed = {**data, **{name: np.asarray(value, dtype=float) for name, value in after.items()}}
        assert any(not np.array_equal(changed[name], data[name]) for name in data) or one.kind == "flip"
        np.testing.assert_allclose(compute(changed), compute(data), rtol=1e-9, atol=1e-9, err_msg=one.kind)


def _new(formulas: Any, data: Arrays) -> list[Var]:
    """The signs or factors that a changed parameter speaks of."""
    return [node for node in postorder(*formulas) if isinstance(node, Var) and node.name not in data]


def test_max_pooling_stops_signs_and_lets_factors_through() -> None:
    shapes = {"x": (1, 6, 6), "w1": (3, 1, 3, 3), "W": (4, 12)}
    odd = found("y = W @ flatten(max_pool2d(tanh(conv2d(x, w1)), 2))", "w1 W", **shapes)
    assert (odd.count, odd.finite) == ("3!", True)
    positive = found("y = W @ flatten(max_pool2d(relu(conv2d(x, w1)), 2))", "w1 W", **shapes)
    assert (positive.count, positive.finite, str(positive.dimension)) == ("3!", False, "3")


# -------------------------------------------------------------------------------------------------- continuous


def test_relu_has_permutations_and_a_continuous_family() -> None:
    told = answered("x : (N,), W1 : (N, M), W2 : (M, K)\ny = W2.T @ relu(W1.T @ x)\nsymmetries(y, [W1, W2])")
    assert (told["count"], told["value"], told["finite"], told["dimension"], told["lower_bound"]) == ("M!", None, False, "M", True)
    assert told["layers"][0]["group"] == "permutations and rescaling"
    assert "multiply column j of W1 by c and row j of W2 by 1/c" in told["layers"][0]["generators"][-1]["text"]


@pytest.mark.parametrize(
    ("formulas", "parameters", "dimension", "group"),
    [
        ("y = W2 @ W1 @ x", "W1 W2", "M**2", "linear"),
        ("y = W2 @ (3 * (W1 @ x) + b)", "W1 W2 b", "M**2", "linear"),
        ("y = W1.T @ (W1 @ x)", "W1", "M**2/2 - M/2", "rotations"),
        ("h = W1 @ x; g = h / sqrt(sum(h**2)); y = W2 @ g", "W1 W2", "M**2/2 - M/2", "rotations"),
        ("y = W2 @ abs(W1 @ x)", "W1 W2", "M", "scalings"),
        ("y = W2 @ (W1 @ x)**2", "W1 W2", "M", "scalings"),
        ("h = W1 @ x; g = h + W1 @ A @ tanh(B @ h); y = W2 @ g", "W1 A B W2", "M**2", "linear"),
    ],
)
def test_other_continuous_families(formulas: str, parameters: str, dimension: str, group: str) -> None:
    shapes = {"x": ("N",), "W1": ("M", "N"), "W2": ("K", "M"), "b": ("M",), "A": ("N", "H"), "B": ("H", "M")}
    result = found(formulas, parameters, **shapes)
    assert not result.finite
    assert result.layers[0].continuous == group
    assert str(result.layers[0].dimension) == dimension
    assert all((one.verdict.verdict, one.verdict.certainty) == ("holds", "exact") for one in result.generators)


def test_the_dimension_is_what_the_jacobian_says() -> None:
    """The number of directions in which parameters move to no effect, by finite differences of the network written in NumPy."""
    generator = np.random.default_rng(3)
    sizes = {"W1": (3, 4), "b1": (3,), "W2": (3, 3), "W3": (2, 3)}
    total = sum(int(np.prod(shape)) for shape in sizes.values())

    def compute(flat: np.ndarray, x: np.ndarray) -> np.ndarray:
        parts, at = {}, 0
        for name, shape in sizes.items():
            parts[name] = flat[at : at + int(np.prod(shape))].reshape(shape)
            at += int(np.prod(shape))
        h = np.maximum(parts["W1"] @ x + parts["b1"], 0)
        return parts["W3"] @ np.abs(parts["W2"] @ h)

    flat = generator.standard_normal(total)
    inputs = [3 * generator.standard_normal(4) for _ in range(60)]
    step = 1e-6 * np.eye(total)
    rows = np.concatenate([np.stack([(compute(flat + d, x) - compute(flat - d, x)) / 2e-6 for d in step], axis=1) for x in inputs])
    rank = int(np.linalg.matrix_rank(rows, tol=1e-4))
    result = found("h = relu(W1 @ x + b1); y = W3 @ abs(W2 @ h)", " ".join(sizes), x=(4,), **sizes)
    assert total - rank == int(result.dimension.at({})) == 6
    assert result.more_directions is None


def test_softmax_on_top_has_more_settings_of_another_kind() -> None:
    result = found(NETS["softmax on top"].formulas, "W1 W2", **NETS["softmax on top"].shapes)
    assert result.more_directions is not None
    assert result.more_directions.more == 3  # the same vector added to every row of W2
    assert not result.complete


def test_attention_mixes_keys_and_values() -> None:
    result = found("y = attention(X @ Q, X @ K, X @ V) @ O", "Q K V O", X=("n", "D"), Q=("D", "d"), K=("D", "d"), V=("D", "v"), O=("v", "D"))
    assert [(str(layer.units), layer.continuous) for layer in result.layers] == [("d", "linear"), ("v", "linear")]
    assert {slot[0].name for slot in result.layers[0].slots} == {"Q", "K"}
    assert all(one.verdict.verdict == "holds" for one in result.generators)


# --------------------------------------------------------------------------------------------------- the answer

A3 = "x : (N,), W1 : (N, M), W2 : (M, K)\ny = W2.T @ tanh(W1.T @ x)\n"


def test_the_exercise() -> None:
    told = answered(A3 + "symmetries(y, [W1, W2])")
    assert {key: told[key] for key in ("count", "value", "finite", "lower_bound", "proved", "certainty", "dimension", "independent_of")} == {
        "count": "M! * 2**M",
        "value": None,
        "finite": True,
        "lower_bound": False,
        "proved": True,
        "certainty": "exact",
        "dimension": "0",
        "independent_of": ["K", "N"],
    }


@pytest.mark.parametrize(("units", "value"), [(1, 2), (2, 8), (3, 48), (4, 384), (20, str(factorial(20) * 2**20))])
def test_with_the_number_of_units(units: int, value: object) -> None:
    assert answered(A3 + f"M = {units}\nsymmetries(y, [W1, W2])")["value"] == value


def test_with_numbers() -> None:
    told = answered("x : (2,)\nW1 = [[1, 2, 3], [0, 1, -1]]\nW2 = [[1], [2], [3]]\ny = W2.T @ tanh(W1.T @ x)\nsymmetries(y, [W1, W2])")
    assert (told["count"], told["value"], told["distinct"], told["special_units"], told["lower_bound"]) == ("3! * 2**3", 48, 48, [], False)


def test_deeper_networks_multiply() -> None:
    told = answered("x : (N,), A : (P, N), a : (P,), B : (Q, P), C : (K, Q)\nh = tanh(A @ x + a)\ng = tanh(B @ h)\ny = C @ g\nsymmetries(y, [A, a, B, C])\n")
    assert (told["count"], told["lower_bound"]) == ("P! * 2**P * Q! * 2**Q", False)
    assert [layer["parameters"] for layer in told["layers"]] == [["A", "a", "B"], ["B", "C"]]


@pytest.mark.parametrize(("listed", "count"), [("[W1]", "1"), ("W2", "1"), ("[W2, W1]", "M! * 2**M"), ("W1, W2", "M! * 2**M")])
def test_only_what_is_listed_may_change(listed: str, count: str) -> None:
    assert answered(f"{A3}symmetries(y, {listed})")["count"] == count


@pytest.mark.parametrize("fact", ["positive", "nonnegative"])
def test_a_declared_fact_is_kept(fact: str) -> None:
    told = answered(f"x : (N,), W1 : (N, M), W2 : (M, K) {fact}\ny = W2.T @ tanh(W1.T @ x)\nsymmetries(y, [W1, W2])")
    assert told["count"] == "M!"


def test_the_activation_is_proved_and_not_known_by_name() -> None:
    told = answered("x : (N,), W1 : (N, M), W2 : (M, K)\nz = W1.T @ x\na = 2 * sigmoid(2 * z) - 1\ny = W2.T @ a\nsymmetries(y, [W1, W2])")
    assert (told["count"], told["lower_bound"]) == ("M! * 2**M", False)  # it is tanh
    told = answered("x : (N,), W1 : (N, M), W2 : (M, K)\nz = W1.T @ x\na = log(1 + exp(z)) - log(1 + exp(-z))\ny = W2.T @ a\nsymmetries(y, [W1, W2])")
    assert (told["count"], told["finite"]) == ("M! * 2**M", False)  # it is z


def test_units_written_out_one_by_one() -> None:
    told = answered("x : (), v : (), w : (), b : ()\ny = v * tanh(w * x + b)\nsymmetries(y, [v, w, b])")
    assert (told["count"], told["value"]) == ("2", 2)


@pytest.mark.parametrize(
    ("formulas", "parameters", "value"),
    [
        ("y = v1 * tanh(w1 * x) + v2 * tanh(w2 * x)", "v1 w1 v2 w2", 2 * 4),
        ("y = v1 * tanh(w1 * x + b1) + v2 * tanh(b2 + x * w2) + v3 * tanh(w3 * x + b3)", "v1 w1 b1 v2 w2 b2 v3 w3 b3", 6 * 8),
        ("y = v1 * tanh(w1 * x) + v2 * sin(w2 * x)", "v1 w1 v2 w2", 4),
        ("y = v1 * cos(w1 * x) + v2 * cos(w2 * x) + v3 * exp(w3 * x)", "v1 w1 v2 w2 v3 w3", 2 * 4),
    ],
)
def test_several_units_written_out(formulas: str, parameters: str, value: int) -> None:
    """Against every order of the parameters with every choice of signs."""
    names = parameters.split()
    assert found(formulas, parameters, x=(), **dict.fromkeys(names, ())).value({}) == value
    if len(names) > 6:
        return
    generator = np.random.default_rng(1)
    data, inputs = generator.standard_normal(len(names)), generator.standard_normal(6)
    functions = {"tanh": np.tanh, "sin": np.sin, "cos": np.cos, "exp": np.exp}
    acts = [functions[term.split("*")[1].split("(")[0].strip()] for term in formulas.partition("=")[2].split("+")]

    def compute(w: np.ndarray, x: np.ndarray) -> np.ndarray:
        return np.asarray(sum(w[2 * k] * act(w[2 * k + 1] * x) for k, act in enumerate(acts)))

    wanted, count = compute(data, inputs), 0
    for order in permutations(range(len(names))):
        count += sum(bool(np.allclose(compute(data[list(order)] * signs, inputs), wanted)) for signs in product((1, -1), repeat=len(names)))
    assert count == value


def test_layers_side_by_side_share_their_units() -> None:
    result = found("y = A @ tanh(W @ x) + B @ tanh(V @ x)", "A W B V", x=("N",), W=("P", "N"), V=("Q", "N"), A=("K", "P"), B=("K", "Q"))
    assert (result.count, result.value({"P": 2, "Q": 1})) == ("(P + Q)! * 2**(P + Q)", factorial(3) * 2**3)
    result = found("y = A @ tanh(W @ x) + B @ sin(V @ x)", "A W B V", x=("N",), W=("P", "N"), V=("Q", "N"), A=("K", "P"), B=("K", "Q"))
    assert result.value({"P": 2, "Q": 3}) == 2 * 4 * 6 * 8


@pytest.mark.parametrize(
    ("formulas", "parameters", "count"),
    [
        ("y = W2 @ cos(W1 @ x)", "W1", "2**M"),  # W2 stays, so units cannot change places, but cos does not see the sign
        ("y = W2 @ (m * tanh(W1 @ x))", "W1 W2", "2**M"),  # a given mask tells the units apart
        ("y = W2 @ tanh(m + W1 @ x)", "W1 W2", "1"),
        ("y = W2 @ tanh(m + W1 @ x)", "W1 W2 m", "M! * 2**M"),
        ("y = cos(W1 @ x)", "W1", "2**M"),
    ],
)
def test_units_that_cannot_change_places_may_still_be_flipped(formulas: str, parameters: str, count: str) -> None:
    result = found(formulas, parameters, x=("N",), W1=("M", "N"), W2=("K", "M"), m=("M",))
    assert result.count == count
    assert all(one.verdict.verdict == "holds" for one in result.generators)


def test_a_sigmoid_s_flips_need_the_next_bias() -> None:
    told = answered("x : (N,), W1 : (M, N), b1 : (M,), W2 : (K, M), b2 : (K,)\ny = W2 @ sigmoid(W1 @ x + b1) + b2\nsymmetries(y, [W1, b1, W2, b2])")
    assert (told["count"], told["layers"][0]["shifted_flips"], told["lower_bound"]) == ("M!", "2**M", True)
    (flip,) = (one for one in told["layers"][0]["generators"] if one["kind"] == "shifted flip")
    assert (flip["verdict"], flip["parameters"]) == ("holds", ["W1", "b1", "W2", "b2"])
    assert "column j of W2, as it was, is added to b2" in flip["text"]
    told = answered("x : (N,), W1 : (M, N), W2 : (K, M)\ny = W2 @ sigmoid(W1 @ x)\nsymmetries(y, [W1, W2])")
    assert told["layers"][0]["shifted_flips"] == "1"


def test_numbers_too_long_to_write() -> None:
    told = answered(A3 + "M = 5000\nsymmetries(y, [W1, W2])")
    assert (told["count"], told["value"]) == ("M! * 2**M", None)
    page = render(solve_text(f"```byhand\n{A3}M = 40\nsymmetries(y, [W1, W2])\n```\n"), "text")
    assert isinstance(page, str)
    assert "40! · 2⁴⁰ ≈ 8.97 · 10⁵⁹" in page


@pytest.mark.parametrize("formula", ["sum(relu(P + c))", "sum(maximum(reshape((P * P) @ P.T, (4,)), v + c))", "sum(c * tanh(P) + norm(v))"])
def test_whatever_is_the_same_for_all_units_stays_the_same(formula: str) -> None:
    result = found(f"y = {formula}", "P v" if "v" in formula else "P", P=(2, 4), v=(4,), c=())
    assert result.layers
    assert all(one.verdict.verdict == "holds" for one in result.generators)


@pytest.mark.parametrize("listed", ["[W]", "[W[1], W[2], W[3]]"])
def test_a_family_of_layers(listed: str) -> None:
    sheet = "L = 3\nx : (n[0],)\nW[l] : (n[l], n[l-1])   for l in 1..L\nz[0] = x\nz[l] = tanh(W[l] @ z[l-1])   for l in 1..L-1\nf = W[L] @ z[L-1]\n"
    told = answered(f"{sheet}symmetries(f, {listed})")
    assert [layer["parameters"] for layer in told["layers"]] == [["W[1]", "W[2]"], ["W[2]", "W[3]"]]
    assert (told["count"], told["lower_bound"]) == ("n[1]! * 2**n[1] * n[2]! * 2**n[2]", False)


def test_a_parameter_that_cancels_is_refused() -> None:
    with pytest.raises(ByhandError, match="does not depend on V"):
        found("y = W @ x + V @ x - V @ x", "W V", x=("N",), W=("M", "N"), V=("M", "N"))


def test_large_networks_are_proved_exactly() -> None:
    shapes = {"x": (784,), "W1": (100, 784), "b1": (100,), "W2": (50, 100), "W3": (10, 50)}
    result = found("y = W3 @ tanh(W2 @ tanh(W1 @ x + b1))", "W1 b1 W2 W3", **shapes)
    assert {one.verdict.certainty for one in result.generators} == {"exact"}
    assert result.value({}) == factorial(100) * 2**100 * factorial(50) * 2**50


# ------------------------------------------------------------------------------------------------ given numbers


@pytest.mark.parametrize(
    ("W1", "W2", "distinct", "special"),
    [
        ([[1, 1, 2], [3, 3, -1]], [[2], [2], [1]], 24, [([0, 1], "equal")]),
        ([[1, -1, 2], [3, -3, -1]], [[2], [-2], [1]], 24, [([0, 1], "equal")]),
        ([[1, 1, 2], [3, 3, -1]], [[2], [5], [1]], 48, [([0, 1], "same incoming")]),
        ([[1, 0, 2], [3, 4, -1]], [[2], [0], [1]], 48, [([1], "no outgoing")]),
        ([[1, 0, 2], [3, 0, -1]], [[2], [5], [1]], 48, [([1], "no incoming")]),
        ([[1, 0, 2], [3, 0, -1]], [[2], [0], [1]], 24, [([1], "no outgoing"), ([1], "no incoming")]),
        ([[1, 1, 1], [3, 3, 3]], [[2], [2], [2]], 8, [([0, 1, 2], "equal")]),
    ],
)
def test_special_units_in_the_given_numbers(W1: Any, W2: Any, distinct: int, special: list[tuple[list[int], str]]) -> None:
    told = answered(f"x : (2,)\nW1 = {W1}\nW2 = {W2}\ny = W2.T @ tanh(W1.T @ x)\nsymmetries(y, [W1, W2])")
    assert (told["value"], told["distinct"], told["lower_bound"]) == (48, distinct, True)
    assert [(one["units"], one["what"]) for one in told["special_units"]] == special
    first, second = np.array(W1, float), np.array(W2, float)
    tried = [(first[:, order] * s, second[list(order)] * np.reshape(s, (3, 1))) for order in permutations(range(3)) for s in product((1, -1), repeat=3)]
    assert len({(a + 0.0).tobytes() + (b + 0.0).tobytes() for a, b in tried}) == distinct


@pytest.mark.parametrize(
    ("f", "W1", "b1", "special"),
    [
        ("tanh", [[1, 2], [0, 0], [3, 4]], [0, 1, 0], [([1], "no incoming")]),  # a bias alone is a constant
        ("tanh", [[1, 2], [1, 2], [3, 4]], [0, 1, 0], []),
        ("tanh", [[1, 2], [-1, -2], [3, 4]], [1, -1, 0], [([0, 1], "same incoming")]),
        ("tanh", [[1, 2], [2, 4], [3, 4]], [1, 2, 0], []),
        ("relu", [[1, 2], [2, 4], [3, 4]], [1, 2, 0], [([0, 1], "same incoming")]),
        ("relu", [[1, 2], [2, 4], [3, 4]], [1, 1, 0], []),
        ("relu", [[1, 2], [-2, -4], [3, 4]], [1, -2, 0], []),
        ("abs", [[1, 2], [-2, -4], [3, 4]], [1, -2, 0], [([0, 1], "same incoming")]),
        ("relu", [[0, 0], [2, 4], [3, 4]], [-1, 1, 0], [([0], "no incoming")]),
        ("sigmoid", [[1, 2], [1, 2], [3, 4]], [1, 1, 0], [([0, 1], "same incoming")]),
    ],
)
def test_special_units_with_biases(f: str, W1: Any, b1: Any, special: list[tuple[list[int], str]]) -> None:
    told = answered(f"x : (2,)\nW1 = {W1}\nb1 = {b1}\nW2 = [[1, 3, 5]]\nb2 = [0]\ny = W2 @ {f}(W1 @ x + b1) + b2\nsymmetries(y, [W1, b1, W2, b2])")
    assert [(one["units"], one["what"]) for one in told["special_units"]] == special
    assert told["lower_bound"] is (f != "tanh" or bool(special))


@pytest.mark.parametrize(
    ("U", "W", "V", "special"),
    [
        ([[1, 2], [1, 2], [3, 4]], [[1, 2, 5], [2, 1, 5], [6, 6, 7]], [[1, 1, 4]], [([0, 1], "equal")]),
        ([[1, 2], [1, 2], [3, 4]], [[1, 2, 5], [1, 2, 5], [6, 6, 7]], [[1, 1, 4]], []),  # rows alike, columns not
        ([[1, 2], [1, 2], [3, 4]], [[1, 2, 5], [2, 1, 5], [6, 6, 7]], [[1, 2, 4]], []),
    ],
)
def test_equal_units_of_a_recurrent_layer(U: Any, W: Any, V: Any, special: list[tuple[list[int], str]]) -> None:
    """A weight matrix from the layer to itself has its units on both axes."""
    sheet = f"x : (2,), z : (2,)\nU = {U}\nW = {W}\nV = {V}\nh = tanh(U @ x)\ny = V @ tanh(W @ h + U @ z)\nsymmetries(y, [U, W, V])"
    told = answered(sheet)
    assert [(one["units"], one["what"]) for one in told["special_units"]] == special
    assert (told["count"], told["distinct"], told["lower_bound"]) == ("3! * 2**3", None, True)


def test_what_units_that_are_alike_may_differ_in() -> None:
    """Nothing is said of signs where none flips."""
    sheet = "x : (2,)\nW1 = [[1, 2], [2, 4], [3, 4]]\nW2 = [[1, 3, 5]]\ny = W2 @ {}(W1 @ x)\nsymmetries(y, [W1, W2])"
    assert "the same incoming weights up to a positive factor" in " ".join(answered(sheet.format("relu"))["remarks"])
    assert "the same incoming weights up to a factor" in " ".join(answered(sheet.format("abs"))["remarks"])
    told = answered("x : (2,)\nW1 = full((3, 2), 0.1)\nW2 = full((1, 3), 0.1)\ny = W2 @ sigmoid(W1 @ x)\nsymmetries(y, [W1, W2])")
    assert "are equal: to exchange them" in " ".join(told["remarks"])
    assert "Of the 6 permutations 6 leave the given numbers as they are, so that only one setting is left." in told["remarks"]


def test_what_is_known_of_deep_networks_holds_for_almost_all_weights() -> None:
    deep = answered("x : (N,), A : (P, N), B : (Q, P), C : (K, Q)\ny = C @ tanh(B @ tanh(A @ x))\nsymmetries(y, [A, B, C])")
    assert any("for almost all weights" in remark for remark in deep["remarks"])


# ---------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("symmetries()", "as in symmetries"),
        ("symmetries(y)", "which of W2, W1, x are parameters"),
        ("symmetries(W1, [W2])", "W1 is given"),
        ("symmetries(y, [])", "names no parameters"),
        ("symmetries(y, [W1, W1])", "names W1 twice"),
        ("symmetries(y, [h])", "h is computed by a formula"),
        ("symmetries(y, [2])", "this is no name"),
        ("symmetries(y, [unknown])", "unknown is not defined"),
        ("symmetries(y, [t])", "does not depend on t"),
        ("symmetries(y, [W1], depth=2)", "no option depth"),
        ("symmetries(W2.T @ h, [W1])", "as in symmetries"),
    ],
)
def test_wrong_calls(line: str, said: str) -> None:
    sheet = "x : (N,), W1 : (N, M), W2 : (M, K), t : (K,)\nh = tanh(W1.T @ x)\ny = W2.T @ h\n"
    with pytest.raises(ByhandError, match=said.replace("(", r"\(")):
        solve_text(f"```byhand\n{sheet}{line}\n```\n")


def test_wrong_calls_from_python() -> None:
    x, W = byhand.var("x", "N"), byhand.var("W", "M", "N")
    y = byhand.name("y", W @ x)
    with pytest.raises(ByhandError, match="not one"):
        symmetries(y, [y])  # type: ignore[list-item]
    with pytest.raises(ByhandError, match="no parameters"):
        symmetries(y, [])


def test_after_a_step_and_twice_on_a_sheet() -> None:
    sheet = "x = [1, 2]\nW1 = [[1, 2], [3, 4]]\nW2 = [1, 2]\nL = W2 @ tanh(W1 @ x)\nsymmetries(L, [W1, W2])\nstep(L, [W1, W2], rate=0.1)\n"
    told = answer(solve_text(f"```byhand\n{sheet}symmetries(L, W1, W2)\n```\n"))["answers"]
    assert [one["value"] for one in told.values()] == [8, 8]


def test_a_deep_network_in_bounded_time() -> None:
    shapes = {"x": ("N",)} | {f"W{k}": (f"M{k}" if k else "N", f"M{k + 1}") for k in range(12)}
    formulas = "; ".join(f"a{k} = tanh({f'a{k - 1}' if k else 'x'} @ W{k})" for k in range(12))
    result = found(formulas, " ".join(name for name in shapes if name != "x"), **shapes)
    assert len(result.layers) == 11
    assert result.complete


def test_an_activation_of_a_large_image_is_looked_at_as_one_of_any_size() -> None:
    """Odd, homogeneous or not is asked of a few entries: with 6·124·124 of them each such question would take seconds."""
    begun = perf_counter()
    told = answered(
        "x : (1, 128, 128), k : (6, 1, 5, 5), c : (6,), q : (4, 6, 5, 5)\nh = relu(conv2d(x, k) + c[:, None, None])\ny = conv2d(h, q)\nsymmetries(y, [k, c, q])"
    )
    assert (told["count"], told["finite"], told["dimension"], told["proved"]) == ("6!", False, "6", True)
    assert perf_counter() - begun < 30


# -------------------------------------------------------------------------------------------------- on the page


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_shows_the_count(form: str) -> None:
    page = render(solve_text(f"```byhand\n{A3}symmetries(y, [W1, W2])\n```\n"), form)
    wanted = {"text": "M! · 2^M", "md": r"M! \cdot 2^{M}", "tex": r"M! \cdot 2^{M}", "html": "<mi>M</mi><mo>!</mo>", "json": "M! * 2**M"}
    assert page.startswith(b"%PDF") if isinstance(page, bytes) else wanted.get(form, "M!") in page


def test_how_a_factorial_is_spelled() -> None:
    m, five = Sym("M"), Numeral(Poly.of(5))
    tree = Product("scale", Function("factorial", (m,)), Power(Numeral(Poly.of(2)), Numeral(Poly.letter("M"))))
    assert (plain(tree), text(tree), latex(tree)) == ("M! * 2**M", "M! · 2^M", r"M! \cdot 2^{M}")
    both = Product("scale", Function("factorial", (five,)), Function("factorial", (Numeral(Poly.letter("M") + 1),)))
    assert (plain(both), text(both), latex(both)) == ("5! * (M + 1)!", "5! · (M + 1)!", r"5! \cdot \left(M + 1\right)!")
    assert "<mo>!</mo>" in mathml(both)
