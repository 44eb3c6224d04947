"""Chains of equalities, and formulas that follow from a person's own earlier ones."""

from __future__ import annotations

from typing import Any, cast

from formula_sheets import SHEETS, check, exercise

from byhand.check.formulas.check import Found
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder

SMOOTH = """
```byhand
x = [1, 2]
y = [1, 0, 0]
eps = 0.3
W1 = [[-1, 2, 2], [-1, 2, -1]]
W2 = [[3, -4, 1], [-2, -4, -2], [-4, -2, 3]]
h = W1.T @ x
a = relu(h)
z = W2.T @ a
p = softmax(z)
ys = (1 - eps) * y + eps / 3
L = -sum(ys * log(p))
dL/dz, dL/dW2, dL/da, dL/dh, dL/dW1
```
"""
ABOUT = exercise(SMOOTH)


def in_turn(*answers: tuple[str, str]) -> list[Found]:
    """A person's formulas one after the other, each with those before it."""
    own: dict[str, Expr] = {}
    found: list[Found] = []
    for name, text in answers:
        found.append(check(ABOUT, name, text, own=own))
        if found[-1].expr is not None:
            own[name] = cast(Any, found[-1].expr)
    return found


# ----------------------------------------------------------------------------------------------------- chains


def test_a_chain_that_holds_is_right() -> None:
    found = check(ABOUT, "dL/dz", "dL/dp · dp/dz", "p ⊙ (dL/dp - (dL/dp^T p))", "sum(ys) p - ys", "p - ys")
    assert found.verdict == "right"
    assert found.first_wrong_link is None
    assert found.read_as == "dL/dp @ dp/dz = p * (dL/dp - dL/dp @ p) = sum(ys) * p - ys = p - ys"


def test_the_first_wrong_link_is_named() -> None:
    found = check(ABOUT, "dL/dz", "dL/dp · dp/dz", "sum(ys) p - ys", "p - y")
    assert (found.verdict, found.first_wrong_link) == ("wrong", 2)
    assert found.message.startswith("link 3 is the first wrong one: p - y is not equal to sum(ys) p - ys")
    assert found.counterexample is not None


def test_a_chain_that_starts_wrong_differs_from_the_quantity_itself() -> None:
    found = check(ABOUT, "dL/dz", "ys - p", "-(p - ys)")
    assert found.first_wrong_link == 0
    assert found.message == "link 1 is the first wrong one: ys - p is not equal to dL/dz; the sign is the other way round"


def test_a_chain_that_comes_back_is_said_to() -> None:
    found = check(ABOUT, "dL/dz", "dL/dp · dp/dz", "p - y", "p - ys")
    assert (found.verdict, found.first_wrong_link) == ("wrong", 1)
    assert "though the last link is right again" in found.message
    assert found.review == "the chain goes wrong at link 2 and comes back: its last link is right."


def test_the_wrong_link_is_explained_by_a_slip() -> None:
    p, y = (cast(Any, ABOUT_VARIABLES[name]) for name in ("p", "y"))
    slip = Mutation("S13", "dL/dz", "the labels are not smoothed", p - y)
    found = check(ABOUT, "dL/dz", "dL/dp dp/dz", "p - y", mutations=[slip])
    assert (found.slip, found.at, found.first_wrong_link) == ("S13", "dL/dz", 1)
    assert "matches what you get if the labels are not smoothed" in found.message


ABOUT_VARIABLES = {node.name: node for quantity in ABOUT.quantities.values() for step in quantity.steps for node in postorder(step) if isinstance(node, Var)}


def test_a_link_that_cannot_be_read_spoils_nothing_else() -> None:
    found = check(ABOUT, "dL/dz", "dL/dp · foo", "p - ys")
    assert found.verdict == "right"
    assert "link 1, dL/dp · foo, was not compared: the name foo is not known here." in found.remarks


def test_a_chain_may_end_with_numbers() -> None:
    right = check(ABOUT, "h", "W1^T x", "[-3, 6, 0]")
    assert right.verdict == "right"
    wrong = check(ABOUT, "h", "W1^T x", "[-3, 6, 1]")
    assert (wrong.verdict, wrong.first_wrong_link) == ("wrong", 1)


def test_chains_through_jacobians() -> None:
    about = exercise(SHEETS["columns"][0])
    chain = ("dL/da2 · da2/dz2 · dz2/da1 · da1/dz1", "dL/da1 · da1/dz1", "dL/da1 ⊙ (1 - a1²)", "W2^T δ2 ⊙ (1 - a1²)")
    assert check(about, "dL/dz1", *chain).verdict == "right"
    latex = (r"\frac{\partial L}{\partial z_1} \frac{\partial z_1}{\partial W_1}", r"\delta_1 x^\top")
    assert check(about, "dL/dW1", *latex).verdict == "right"


# ------------------------------------------------------------------------------------------------ follow-through


def test_a_formula_that_uses_the_name_of_a_wrong_one_is_right() -> None:
    wrong, right = in_turn(("dL/dz", "p - y"), ("dL/dW2", "a dL/dz^T"))
    assert (wrong.verdict, right.verdict) == ("wrong", "right")


def test_a_formula_with_an_own_wrong_one_put_in_follows() -> None:
    found = in_turn(("dL/dz", "p - y"), ("dL/dW2", "a (p - y)^T"), ("dL/da", "W2 (p - y)"), ("dL/dW1", "x (W2 (p - y) ⊙ 1[h > 0])^T"))
    assert [one.verdict for one in found] == ["wrong", "follows", "follows", "follows"]
    assert [one.because_of for one in found[1:]] == [("dL/dz",)] * 3
    assert found[1].message == "follows from your dL/dz"
    assert found[1].status == "follows"


def test_two_own_mistakes_are_followed_together() -> None:
    found = in_turn(("dL/dz", "p - y"), ("dL/dh", "W2 dL/dz"), ("dL/dW1", "x (W2 (p - y))^T"))
    assert [one.verdict for one in found] == ["wrong", "wrong", "follows"]
    assert set(found[2].because_of) == {"dL/dz", "dL/dh"}


def test_a_right_formula_scores_whatever_came_before() -> None:
    found = in_turn(("dL/dz", "p - y"), ("dL/dW2", "a (p - ys)^T"))
    assert [one.verdict for one in found] == ["wrong", "right"]


def test_a_slip_on_top_of_an_own_mistake_is_named() -> None:
    own = {"dL/dz": cast(Any, check(ABOUT, "dL/dz", "p - y").expr)}
    slip = Mutation("S31", "dL/dh", "the derivative of relu is left out", cast(Any, ABOUT_VARIABLES["dL/da"]) * 1)
    found = check(ABOUT, "dL/dh", "W2 (p - y)", mutations=[slip], own=own)
    assert (found.verdict, found.slip, found.because_of) == ("wrong", "S31", ("dL/dz",))


def test_own_formulas_made_of_each_other_do_no_harm() -> None:
    own = {"dL/dz": cast(Any, ABOUT_VARIABLES["dL/da"]), "dL/da": cast(Any, ABOUT_VARIABLES["dL/dz"])}
    assert check(ABOUT, "dL/dh", "W2 (p - y)", own=own).verdict == "wrong"


def test_a_chain_may_start_with_the_name_of_what_is_asked() -> None:
    """dL/dz = δ = p − ys: the first link says nothing, and the second is the answer."""
    for text in ("δ = p - ys", "dL/dz = p - ys", "p - ys = δ", r"\delta_z = \hat{y} - y^s"):
        found = check(ABOUT, "dL/dz", *text.split(" = "))
        assert (found.verdict, found.first_wrong_link) == ("right", None), (text, found.message)
    found = check(ABOUT, "dL/dz", "δ", "ys - p")
    assert (found.verdict, found.first_wrong_link) == ("wrong", 1)
