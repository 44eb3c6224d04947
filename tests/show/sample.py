"""A worked solution written by hand: one gradient-descent step of a classifier with label smoothing."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.names import Grad, Updated
from byhand.lang.sizes import Poly
from byhand.show.document import Claim, Document, Line, Lines, Note, Prose, Section, StepLine, Worked
from byhand.show.tree import Array, Entry, Function, Numeral, Product, Quotient, Sigma, Sum, Sym, Transposed, Tree


def sym(name: str) -> Tree:
    return Sym(name)


def delta(name: str) -> Tree:
    return Sym(Grad("L", name), "delta")


def partial(name: str) -> Tree:
    return Sym(Grad("L", name))


def number(value: float | Fraction) -> Tree:
    return Numeral(Poly.of(Fraction(str(value))))


def scalar(text: str) -> Tree:
    return Array(((text,),), "scalar")


def column(*cells: str) -> Tree:
    return Array(tuple((cell,) for cell in cells), "column")


def row(*cells: str) -> Tree:
    return Array((cells,), "row")


def matrix(*rows: str) -> Tree:
    return Array(tuple(tuple(row.split()) for row in rows), "matrix")


def total(*terms: Tree) -> Tree:
    return Sum(tuple((False, term) for term in terms))


def minus(left: Tree, right: Tree) -> Tree:
    return Sum(((False, left), (True, right)))


def times(left: Tree, right: Tree) -> Tree:
    return Product("matmul", left, right)


def hadamard(left: Tree, right: Tree) -> Tree:
    return Product("hadamard", left, right)


def affine(w: Tree, x: Tree, b: Tree) -> Tree:
    return total(times(Transposed(w), x), b)


def relu(arg: Tree) -> Tree:
    return Function("relu", (arg,))


X, Y = column("0", "2"), column("1", "0", "0")
W1, B1 = matrix("-5 2 2", "-5 2 -1"), column("-3", "-2", "-3")
W2, B2 = matrix("3 -4 1", "-2 -4 -2", "-4 -2 3"), column("4", "5", "5")
H, A, Z = column("-13", "2", "-5"), column("0", "2", "0"), column("0", "-3", "1")
P, YS = column("0.265388", "0.0132129", "0.721399"), column("0.8", "0.1", "0.1")
DZ, DA, DH = column("-0.534612", "-0.0867871", "0.621399"), column("-0.635289", "0.173574", "4.17622"), column("0", "0.173574", "0")
DZ_ROW = row("-0.534612", "-0.0867871", "0.621399")
DW2 = matrix("0 0 0", "-1.06922 -0.173574 1.2428", "0 0 0")
NEW_W2 = matrix("3 -4 1", "-1.89308 -3.98264 -2.12428", "-4 -2 3")

GIVEN = Lines(
    "Given",
    (
        Line((sym("x"), X)),
        Line((sym("y"), Y)),
        Line((sym("eps"), number(0.3))),
        Line((sym("W1"), W1)),
        Line((sym("b1"), B1)),
        Line((sym("W2"), W2)),
        Line((sym("b2"), B2)),
    ),
)

FORWARD = Lines(
    "Forward pass",
    (
        Line((sym("h"), affine(sym("W1"), sym("x"), sym("b1")), affine(W1, X, B1), H)),
        Line((sym("a"), relu(sym("h")), relu(H), A)),
        Line((sym("z"), affine(sym("W2"), sym("a"), sym("b2")), affine(W2, A, B2), Z)),
        Line((sym("p"), Function("softmax", (sym("z"),)), Function("softmax", (Z,)), P), rounded=True),
        Line(
            (
                sym("ys"),
                total(Product("scale", minus(number(1), sym("eps")), sym("y")), Quotient(sym("eps"), number(3))),
                total(Product("scale", minus(number(1), number(0.3)), Y), Quotient(number(0.3), number(3))),
                YS,
            )
        ),
        Line(
            (
                sym("L"),
                Sum(((True, Sigma(("i",), Product("scale", Entry(sym("ys"), ("i",)), Function("log", (Entry(sym("p"), ("i",)),))))),)),
                scalar("1.52656"),
            ),
            rounded=True,
        ),
    ),
)

OUTPUT_STEPS = (
    StepLine("logarithm", "d log x/dx = 1/x", Line((partial("p"), Sum(((True, Quotient(sym("ys"), sym("p"))),))))),
    StepLine(
        "softmax",
        "∂pᵢ/∂zⱼ = pᵢ(δᵢⱼ − pⱼ), so each score receives its probability times (its own gradient minus the average gradient under p)",
        Line((delta("z"), minus(Product("scale", Function("sum", (sym("ys"),)), sym("p")), sym("ys")))),
        through=Line((sym("p"), Function("softmax", (sym("z"),)))),
    ),
    StepLine("fact", "the entries of ys sum to one", Line((delta("z"), minus(sym("p"), sym("ys"))))),
)

GRADIENT_Z = Worked(
    "dL/dz",
    delta("z"),
    Line((delta("z"), minus(sym("p"), sym("ys")), minus(P, YS), DZ), rounded=True),
    (
        StepLine(
            "chain rule",
            "L depends on z through softmax and log: the messages of both are passed on one after the other",
            Line((delta("z"), minus(sym("p"), sym("ys")))),
            OUTPUT_STEPS,
        ),
    ),
)

GRADIENT_W2 = Worked(
    "dL/dW2",
    partial("W2"),
    Line((partial("W2"), times(sym("a"), Transposed(delta("z"))), times(A, Transposed(DZ)), DW2), rounded=True),
    (
        StepLine(
            "matrix product",
            "z = W₂ᵀ a + b₂ is linear in W₂: its gradient is the input times the gradient of the output, as an outer product",
            Line((partial("W2"), times(sym("a"), Transposed(delta("z"))))),
        ),
    ),
)

GRADIENT_H = Worked(
    "dL/dh",
    delta("h"),
    Line(
        (
            delta("h"),
            hadamard(times(sym("W2"), delta("z")), Function("step", (sym("h"),))),
            hadamard(times(W2, DZ), Function("step", (H,))),
            DH,
        ),
        rounded=True,
    ),
    (
        StepLine("matrix product", "z = W₂ᵀ a + b₂ is linear in a", Line((delta("a"), times(sym("W2"), delta("z")), times(W2, DZ), DA), rounded=True)),
        StepLine("relu", "relu′ = step, 0 at 0 by convention", Line((delta("h"), hadamard(delta("a"), Function("step", (sym("h"),)))))),
    ),
    (Lines("The bias has the same gradient", (Line((partial("b1"), delta("h"), DH), rounded=True),)),),
)

HOLDS = Claim(delta("z"), minus(sym("p"), sym("ys")), "holds", "Proved exactly, for all sizes, where the entries of ys sum to one.")
FAILS = Claim(
    delta("z"),
    minus(sym("ys"), sym("p")),
    "fails",
    "With these values, the smallest found, the two sides differ:",
    (
        Line((sym("p"), column("0.5", "0.5"))),
        Line((sym("ys"), column("1", "0"))),
        Line((delta("z"), column("-0.5", "0.5"))),
        Line((minus(sym("ys"), sym("p")), column("0.5", "-0.5"))),
    ),
)
KINK = Note("h₂ lies exactly on the kink of relu at 0: there the derivative is taken to be 0, and any number from 0 to 1 is a subgradient.")

STEP = Lines(
    "One step with η = 0.1",
    (
        Line(
            (
                Sym(Updated("W2", 1)),
                minus(sym("W2"), Product("scale", number(0.1), partial("W2"))),
                minus(W2, Product("scale", number(0.1), DW2)),
                NEW_W2,
            ),
            rounded=True,
        ),
    ),
)

INTRODUCTION = Prose(
    "A classifier with **one hidden layer** and label smoothing: two inputs, three hidden units, three classes. Its targets are\n"
    "$y^s = (1 - \\varepsilon)\\,y + \\varepsilon/q$, and `eps` is the amount of smoothing.\n\n* one input,\n* one label.\n"
)

DOCUMENT = Document(
    "One step of gradient descent with label smoothing",
    (
        Section(None, (INTRODUCTION, GIVEN)),
        Section("a", (Prose("(a) The forward pass and the gradients."), FORWARD, GRADIENT_Z, GRADIENT_W2, GRADIENT_H, KINK)),
        Section("b", (Prose("(b) One step with learning rate 0.1."), STEP)),
        Section("c", (Prose("Two claims."), HOLDS, FAILS)),
    ),
)
