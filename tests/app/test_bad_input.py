"""Every bad sheet gets one message: what was being done, with which operands, where they disagree, what mends it."""

from __future__ import annotations

import json
import time

import pytest

from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.sheets.solution import Solution

FENCE = "```"


def block(lines: str) -> str:
    """A sheet whose formulas start on line 3."""
    return f"Some prose.\n{FENCE}byhand\n{lines}\n{FENCE}\n"


def message(text: str) -> str:
    """What is said of a sheet that cannot be solved, its place in front."""
    with pytest.raises(ByhandError) as caught:
        _in_every_form(text)
    return str(caught.value)


def _in_every_form(text: str) -> None:
    for form in ("json", "text", "html"):
        render(solve_text(text, "sheet.md"), form)


def rows(text: str) -> list[tuple[str, str]]:
    """Cases written as: the lines of a block, parted by |, then => and what is said."""
    pairs = [case.split(" => ") for case in text.strip().split("\n")]
    return [(lines.strip().replace(" | ", "\n"), said.strip()) for lines, said in pairs]


SHAPES = rows("""
X = [[1, 2], [3, 4], [5, 6]] | W = [[1], [2], [3]] | X @ W => line 5, column 3: cannot form the matrix product X @ W: their shapes are (3, 2) and (3, 1), so the last axis of the left has 2 entries and the axis it meets on the right 3. A transpose (.T) on one of them usually mends it.
a = [1, 2] | b = [1, 2, 3] | a + b => line 5, column 3: cannot add a and b: their shapes (2,) and (3,) disagree on axis -1 (2 against 3). Shapes are matched from the last axis backwards; a transpose (.T) or another orientation usually mends it.
x : (n,) | W : (m, n) | h = x * W.T | h => line 5, column 7: cannot multiply x and W.T: their shapes (n,) and (n, m) disagree on axis -1 (n against m). Shapes are matched from the last axis backwards; a transpose (.T) or another orientation usually mends it.
a = 2 | x = [1, 2] | a @ x => line 5, column 3: cannot form the matrix product of a and x: one of them is a single number. Use * for a scalar multiple.
A = [[1, 2, 3], [4, 5, 6]] | inv(A) => line 4, column 1: cannot invert A: its shape is (2, 3), and only square matrices have an inverse.
x = [1, 2] | L = x * 2 | step(L, [x], rate=0.1) => line 5, column 1: cannot take a step on L: a step goes down a scalar defined by a formula, and L is of shape (2,).
x = [1, 2] | x[5] => line 4, column 2: cannot take entry 5 of x: that axis has 2 entries, numbered from 0 to 1.
x = [1, 2] | x[2:] => line 4, column 2: an array of shape (0,) is refused: it would hold nothing.
x = [1, 2] | sum(x, axis=1) => line 4, column 1: there is no axis 1 in x, whose shape is (2,).
x = [[1, 2], [3, 4]] | transpose(x, (0, 5)) => line 4, column 1: cannot transpose x of shape (2, 2) into the order (0, 5): each axis must come exactly once.
W = [[1, 2], [3, 4]] | rows = [0, 2] | W[rows] => line 5, column 2: cannot pick row 2 of W: it has 2 rows, numbered from 0 to 1.
W = [[1, 2], [3, 4]] | rows = [0.5] | W[rows] => line 5, column 3: an index must be a whole number or a size letter known here, and the value of this name is no integer.
x = [[1, 2], [3, 4]] | k = [[1, 2, 3]] | conv2d(x, k) => line 5, column 1: a window of size 3 does not fit into x: that axis has 2 entries with padding 0 on either side.
x : (m n) | x => line 3, column 8: two sizes of x stand side by side; a comma is missing between them.
x : (0,) | x => line 3, column 6: x cannot have an axis of size 0.
x : (1.5,) | x => line 3, column 6: a size must be a whole number, and this is 3/2.
A : (2, 3) symmetric | A => line 3, column 1: A cannot be declared symmetric with shape (2, 3): only a square matrix equals its transpose.
""")

NAMES = rows("""
W1 = [1, 2] | relu(W) => line 4, column 6: the name W is not known here. Did you mean W1?
x = 1 | sofplus(x) => line 4, column 1: there is no function sofplus. Did you mean softplus?
x = 1 | grad(x) => line 4, column 1: there is no function grad. A derivative is written dL/dW.
x = 1 | L = x**2 | dl/dx => line 5, column 1: l is not defined on this sheet. Did you mean L?
x = 1 | L = x**2 | dL/dx1 => line 5, column 1: x1 is not defined on this sheet. Did you mean x?
x = 1 | relu => line 4, column 1: relu is a function and needs its arguments in brackets, as in relu(x).
x = 1 | rates => line 4, column 1: rates is a task and needs its arguments in brackets, as in rates(…).
x = 1 | L = x**2 | d L/d x => line 5, column 1: d is no name here; a derivative is written dL/dW.
x = 1 | x = 2 | x => line 4, column 1: x is defined twice: it has its meaning from line 3 already. Use another name.
x = 1 | y = 2*x | y = x | y => line 5, column 1: y is defined twice: it has its meaning from line 4 already. Use another name.
L = x**2 | x = 1 | L => line 3, column 5: x is used before it is defined: its meaning stands on line 4. Put that line first.
x = 1 | L | L = x**2 => line 4, column 1: L is used before it is defined: its meaning stands on line 5. Put that line first.
a = b + 1 | b = 2 * a | a => line 3, column 5: a and b (line 4) are defined by each other; one of them needs a formula without the other.
a = b + 1 | b = c | c = a | a => line 3, column 5: a and b (line 4) are defined by each other; one of them needs a formula without the other.
a = a + 1 | a => line 3, column 5: a is defined by itself: a formula uses what stands above it. Give the new value a name of its own.
а = 1 | a => line 4, column 1: the name a is not known here. а looks the same, but is made of other characters: LATIN SMALL LETTER A here, CYRILLIC SMALL LETTER A there.
а = 1 | a = 2 | a => line 4, column 1: a is confusing beside the а of line 3: they look the same, but are made of other characters (LATIN SMALL LETTER A here, CYRILLIC SMALL LETTER A there). Use another name.
x-y = 1 | x => line 3, column 5: what stands left of '=' must be one name, and x-y is none; a claim is written show(… == …).
x[0] = 1 | x => line 4, column 1: the name x is not known here.
a = b = 1 | a => line 3, column 7: one statement defines one name; write each on a line of its own.
_x = 1 | x => line 3, column 1: a name, a number or a bracket is expected, but 'x' stands here.
x\u200dy = 1 | x => line 3, column 2: unexpected character U+200D.
x\u202e = 1 | x => line 3, column 2: unexpected character U+202E.
""".replace("\\u200d", "\u200d").replace("\\u202e", "\u202e"))  # fmt: skip

CALLS = rows("""
x = 1 | relu() => line 4, column 1: relu takes 1 argument; x is missing.
x = 1 | relu(x, x) => line 4, column 1: relu takes 1 argument; it was given 2.
x = [1, 2] | softmax(x, axes=0) => line 4, column 17: softmax has no option axes; it takes 1 argument and the option axis.
x = [1, 2] | cross_entropy(x) => line 4, column 1: cross_entropy takes 2 arguments and the options label_smoothing, reduction; t is missing.
x = [1, 2] | y = at(x, x=[1, 2]) | y => line 4, column 5: at(…) is a task: it stands on a line of its own, and is no part of a formula.
x = [1, 2] | y = 2*x | at(at(y, x=[1, 2]), x=[3, 4]) => line 5, column 4: at(…) is a task: it stands on a line of its own, and is no part of a formula.
x = [1, 2] | L = sum(x) | z = step(L, [x], rate=1) | z => line 5, column 5: step(…) is a task: it stands on a line of its own, and is no part of a formula.
x = 1 | x == 1 => line 4, column 1: a claim is written show(x == 1).
x = 1 | show(x) => line 4, column 6: a claim compares two formulas, as in dL/dz == p - ys.
x = 1 | show(x < 2) => line 4, column 1: a claim with < is not there yet: so far show decides equalities (==).
x = (1, 2) | x => line 3, column 5: several things in brackets stand where one formula is expected; write [a, b] for an array.
x = "one" | x => line 3, column 5: the text "one" stands where a formula is expected.
x = [1 2] | x => line 3, column 8: two numbers stand side by side; a comma or an operator is missing between them.
W = [[1, 2] [3, 4]] | W => line 3, column 13: two lists stand side by side; a comma or an operator is missing between them.
x = [1, , 2] | x => line 3, column 9: a name, a number or a bracket is expected, but ',' stands here.
x = ( | x => line 3, column 5: the bracket '(' opened here is never closed.
x = 1) | x => line 3, column 6: ')' closes no bracket.
x = 5 % 2 | x => line 3, column 7: unexpected character '%'. There is no remainder here; a percentage is written as a decimal.
x = [1, \\ | 2] | x => line 3, column 9: a backslash does not continue a line; a line goes on while a bracket is open.
""")

DATA = rows("""
W = [[1, 2], [3]] | W => line 3, column 14: this list is ragged: its first entry has 2 entries, and entry 2 has 1 entry.
W = [1, [2]] | W => line 3, column 9: this list is ragged: its first entry has no brackets (a single number), and entry 2 has 1 entry.
x = [] | x => line 3, column 5: this list is empty; an array needs at least one entry.
x = nan | x => line 3, column 5: nan is not a number that byhand computes with: every entry must be finite.
x = [1, -inf] | x => line 3, column 10: inf is not a number that byhand computes with: every entry must be finite.
x = 1e400 | x => line 3, column 5: the number 1e400 is out of range: decimal exponents go from -308 to 308.
x = 10**400 | x => line 3, column 1: x is too large for a 64-bit float, which holds numbers up to 1.8e308.
x = [1, 10**309] | x => line 3, column 1: entry [1] of x is too large for a 64-bit float, which holds numbers up to 1.8e308.
x = 1e308 | y = 10 * x | y => line 4, column 1: y is too large for a 64-bit float, which holds numbers up to 1.8e308.
x = 9^9^9^9 | x => line 3, column 8: an exponent of 387420489 is refused: exponents go from -1000 to 1000.
x = 1/0 | x => line 3, column 6: cannot divide a number by zero.
x = [1, 0] | y = 1 / x | y => line 4, column 1: cannot divide in y: entry [1] of x is 0; a divisor must not be zero.
x : (n,) | y = x / 0 | y => line 4, column 7: cannot divide x by zero.
x = [1, -2] | y = log(x) | y => line 4, column 1: cannot take the logarithm in y: entry [1] of x is -2; log needs positive numbers.
x = [4, -4] | y = sqrt(x) | y => line 4, column 1: cannot take the square root in y: entry [1] of x is -4; sqrt needs numbers that are not negative.
x = [0, 4] | L = sum(sqrt(x)) | dL/dx => line 5, column 1: cannot divide in dL/dx: entry [0] of x is 0; a divisor must not be zero.
x = [1, 1000] | exp(x) => line 4, column 1: cannot evaluate exp in exp(x): entry [1] of x is 1000.0; the result is too large for a 64-bit float.
A = [[1, 2], [2, 4]] | inv(A) => line 4, column 1: cannot invert A in inv(A): a singular matrix has no inverse.
p : (3,) sums_to_one | p = [1, 2, 3] | p => line 4, column 1: the data of p does not fit its declaration sums_to_one: the entries along the last axis must sum to one.
X : (m, n) | X = [1, 2] | X => line 4, column 1: the data of X has shape (2,), but X is declared with shape (m, n).
x : (m,) | y : (m,) | x = [1, 2] | y = [1, 2, 3] | x => line 6, column 1: the data of y does not fit its shape (m,): m is 2 by the data of x, but the axis m of y has 3 entries.
m = 3 | x : (m,) | x = [1, 2] | x => line 5, column 1: the data of x does not fit its shape (3,): an axis of size 3 has 2 entries in the data.
x : (m,) | m = 3 | x = [1, 2] | x => line 5, column 1: the data of x does not fit its shape (m,): m is 3, but the axis m of x has 2 entries.
""")

QUESTIONS = rows("""
x : (3,) | W : (2, 3) | y = W @ x | at(y, x=[1, 2, 3]) => line 6, column 1: cannot give a number for y: no numbers are given for W.
x : (3,) | argmax(x) => line 4, column 1: cannot give a number for argmax(x): no numbers are given for x.
x : (n,) | y = ones(n) | argmax(y) => line 5, column 1: cannot give a number for y: no data says how large n is.
x = 1 | argmax(x) => line 4, column 1: argmax needs several entries to choose from; x is a single number.
x = [1, 2] | y = 2*x | at(y, x=[1, 2, 3]) => line 5, column 1: the data of x does not fit its shape (2,): an axis of size 2 has 3 entries in the data.
x = [1, 2] | y = 2*x | at(y) => line 5, column 1: at takes a quantity and new inputs, as in at(y, x=[1, 0]).
x = [1, 2] | y = 2*x | z = y + 1 | at(z, y=[1, 2]) => line 6, column 9: at puts in other numbers for what is given; y is computed by a formula.
x = [1, 2] | y = 2*x | at(y, x=[1, 2], x=[1, 3]) => line 5, column 1: at is given x twice.
x = [1, 0] | y = 2*x | at(1/y, x=[1, 0]) => line 5, column 1: cannot divide in at(1/y, x=[1, 0]): entry [1] of y is 0; a divisor must not be zero.
x = [1, 2] | h = 2*x | L = sum(h) | step(L, [h], rate=0.1) => line 6, column 10: step changes parameters that are given or declared; h is computed by a formula.
x = [1, 2] | L = sum(x) | step(L, [x, x], rate=0.1) => line 5, column 1: step names x twice.
x = [1, 2] | L = sum(x) | step(L, [], rate=0.1) => line 5, column 1: step names no parameters; list them, as in step(L, [W, b], rate=0.1).
x = [1, 2] | L = sum(x) | step(L, [x]) => line 5, column 1: step needs a learning rate, as in step(L, [W, b], rate=0.1).
x = [1, 2] | L = sum(x) | step(L, [x], rate=x) => line 5, column 19: the learning rate must be a single number; x has shape (2,).
x = [1, 2] | L = sum(x) | step(L, [x], rate=0.1, times=10**9) => line 5, column 32: times must be a whole number from 1 to 1000.
x = [1, 2] | L = sum(x) | step(L, [x], rates=0.1) => line 5, column 1: step has no option rates; with rule=gradient_descent it takes rate, times, epochs, batches, over, axis, reduction, weight_decay. Did you mean rate?
x = [1, 2] | L = sum(x) | x' => line 5, column 1: x' is x after 1 step, but no step so far changed it; put step(…, [x], rate=…) before.
x = 1 | y = 2 | dy/dx => line 5, column 1: dy/dx asks for the derivative of y, which is given and not computed from x. Ask for that of something defined by a formula.
x = 1 | h = 2*x | L = h**2 | dh/dL => line 6, column 1: h does not depend on L: L is computed from h. Did you mean dL/dh?
E = [[1, 2], [3, 4]] | rows = [0, 1] | L = sum(E[rows]) | dL/drows => line 6, column 1: there is no derivative with respect to rows: it is used as whole numbers, such as rows to pick or sizes, which cannot vary a little.
x = 1 | L = x**2 | d3L/dx3 => line 5, column 1: d3L/dx3: only first and second derivatives are there, as in dL/dw and d2L/dw2.
x = 1 | L = x**2 | step(L, [x], rate=0.1, rule=lion) => line 5, column 29: step knows no rule lion; the rules are gradient_descent, momentum, heavy_ball, nesterov, adagrad, rmsprop, adam, adamw, newton, perceptron, as in step(L, [W], rate=0.1, rule=momentum).
""")


@pytest.mark.parametrize(("lines", "said"), [*SHAPES, *NAMES, *CALLS, *DATA, *QUESTIONS])
def test_messages(lines: str, said: str) -> None:
    assert message(block(lines)) == said


SHEETS = [
    ("", "sheet.md is empty: a sheet needs at least one block marked ```byhand with formulas and a question."),
    (" \n\n", "sheet.md is empty: a sheet needs at least one block marked ```byhand with formulas and a question."),
    ("# Title\ntext", "sheet.md has no block marked ```byhand, so there is nothing to solve. Put the formulas between ```byhand and ```."),
    ("```python\nx = 1\n```", "sheet.md has no block marked ```byhand, so there is nothing to solve. Put the formulas between ```byhand and ```."),
    (block("x = 1"), "sheet.md asks for nothing: add a line such as dL/dW, or the names you want to see."),
    (block(""), "sheet.md asks for nothing: add a line such as dL/dW, or the names you want to see."),
    ("text\n```byhand\nx = 1\nx", "line 2, column 1: the block marked byhand that starts here is never closed; end it with a line ```."),
    (
        "```byhand\nx = 1\n\n(b) more\n```byhand\nx\n```",
        "line 1, column 1: the block that starts here is not closed before the next one starts on line 5; end it with a line ```.",
    ),
    ("```Byhand\nx = 1\nx\n```", "line 1, column 1: this block is marked Byhand, and byhand reads blocks marked byhand; start it with ```byhand."),
    ("```{byhand}\nx = 1\nx\n```", "line 1, column 1: this block is marked {byhand}, and byhand reads blocks marked byhand; start it with ```byhand."),
    ("- a\n  ```byhand\n  x = 1\n  x\n  ```", "line 2, column 1: this block stands inside a list or a quotation; start its ```byhand at the left margin."),
    ("> ```byhand\n> x = 1\n> ```", "line 1, column 1: this block stands inside a list or a quotation; start its ```byhand at the left margin."),
    (
        "    ```byhand\n    x = 1\n    ```",
        "line 1, column 1: this block is indented by four spaces or more, which makes it prose; start its ```byhand at the left margin.",
    ),
    (block("x = 1\x1b[31m\nx"), "line 3, column 6: the invisible control character U+001B stands here; delete it, or save the file as plain text."),
    ("a\0b", "line 1, column 2: the invisible control character U+0000 stands here; delete it, or save the file as plain text."),
    ("x " * 60_000 + block("x = 1\nx"), "sheet.md has 120,011 characters of text between its blocks; the limit is 100,000."),
]


@pytest.mark.parametrize(("text", "said"), SHEETS)
def test_sheets_as_a_whole(text: str, said: str) -> None:
    assert message(text) == said


def lines(count: int, line: str) -> str:
    return "\n".join(line.format(k=k, next=k + 1) for k in range(count))


TOO_MUCH = [
    ("x = " + "(" * 10_000 + "1" + ")" * 10_000 + "\nx", "line 3, column 105: brackets are nested more than 100 deep."),
    ("x = 1\nL = " + "+".join(["x"] * 100_000) + "\nL", "line 4, column 1: the formula has 200,003 characters; the limit is 20,000."),
    ("x = 1\nL = " + "*".join(["x"] * 5_000) + "\nL", "line 4, column 6: a product of more than 200 factors is refused."),
    ("x = 1.5\nL = x" + "**2" * 50 + "\nL", "line 4, column 144: an exponent of 65536 is refused: exponents go from -1000 to 1000."),
    ("x = 1.01\nL = " + "*".join(["sin(x)"] * 200) + "\nL\ndL/dx", None),
    (f"a0 = 0.5\n{lines(5_000, 'a{next} = sin(a{k})')}\nda5000/da0", "line 1004, column 1: this sheet defines 5,000 quantities by formulas; the limit is 1,000."),
    (f"a0 = 2\n{lines(60, 'a{next} = a{k} * a{k}')}\na60", "line 13, column 1: a10 is too large for a 64-bit float, which holds numbers up to 1.8e308."),
    (
        f"x : (n,)\nW : (n, n)\nh0 = 1*x\n{lines(30, 'h{next} = h{k} + tanh(W @ h{k}) * h{k}')}\ndh30/dx",
        "line 36, column 1: dh30/dx written entry by entry would have more than 2,000 signs: ask for the derivative of something nearer to x, "
        "or for the gradient of a single number, where everything on the way keeps its name.",
    ),
    ("A = full((10**4, 10**4), 0)\nA", "line 3, column 5: an array with 100,000,000 entries is refused; the limit is 200,000."),
    ("a = ones(10000)\nouter(a, a)", "line 4, column 1: an array with 100,000,000 entries is refused; the limit is 1,000,000."),
    ("a = ones(10000)\na + reshape(a, (10000, 1))", "line 4, column 3: an array with 100,000,000 entries is refused; the limit is 1,000,000."),
    ("A = zeros((" + "1, " * 60 + "))\nA", "line 3, column 5: an array with 60 axes is refused; the limit is 16."),
    ("x = ones(2)\nx[" + "None, " * 60 + "]", "line 4, column 2: an array with 61 axes is refused; the limit is 16."),
    (
        'A = ones((2, 2))\neinsum("ab,cd,ef,gh,ij,kl,mn,op,qr,st,uv->abcdefghijklmnopqrstuv", ' + ", ".join("A" * 11) + ")",
        "line 4, column 1: an array with 22 axes is refused; the limit is 16.",
    ),
    ("x = ones(300)\nW = ones((300, 300))\ny = W @ x\ndy/dW", "line 6, column 1: dy/dW has 27,000,000 entries, one for each pair of an entry of y (300,) and one of W (300, 300); the limit is 100,000. Declare the shapes with letters to see the formula alone."),
    (
        "W = full((50, 50), 0.01)\nL = sum(W**2)\nstep(L, [W], rate=0.1, times=1000)",
        "line 5, column 1: this sheet would hold more than 2,000,000 numbers from here on; take smaller arrays, or fewer steps.",
    ),
    (
        "x = 1\nL = x**2\n" + "step(L, [x], rate=0.01, times=900)\n" * 2,
        "line 6, column 1: x would take 1,800 steps on this sheet; the limit is 1,000.",
    ),
    ("y" * 3_000 + " = 1\n1", "line 3, column 1: a name of 3000 characters is refused; the limit is 100."),
    ("x" + "\u0301" * 500 + " = 1\n1", "line 3, column 1: a name of 501 characters is refused; the limit is 100."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), TOO_MUCH, ids=lambda text: ascii(text)[:20])
def test_too_much_is_refused_in_time(text: str, said: str | None) -> None:
    start = time.perf_counter()
    found = message(block(text))
    assert time.perf_counter() - start < 10
    assert found == said if said is not None else "more than can be shown" in found, found


FINE = [
    (f"a0 = 1\n{lines(60, 'a{next} = a{k} + a{k}')}\na60, da60/da0", "a60", 2**60),
    ("sum = 3\nlambda = 2\ne = sum * lambda\ne", "e", 6),
    ("pi = 3\nI = 2\nT = pi * I\nT", "T", 6),
    ("dL = 3\ndx = 2\nx = 4\nL = x**2\ndL/dx", "dL/dx", 8),
    ("x = [1, -1]\nstep(x)", "step(x)", [1, 0]),
    ("x\t=\t−2   # a comment; `code`, $math$\nx", "x", -2),
    ("x : (m,)\nL = sum(x)\nx = [1, 2]\ndL/dx", "dL/dx", [1, 1]),
    ("x : (m,)\nm = 2\nL = m * sum(ones(m))\nL", "L", 4),
    ("x = [1, 2]\nw = [3]\nL = sum(x)\ndL/dw", "dL/dw", [0]),
]


@pytest.mark.parametrize(("text", "name", "value"), FINE)
def test_what_looks_odd_and_is_fine(text: str, name: str, value: object) -> None:
    solution = solve_text(block(text))
    found = json_of(solution)["values"]
    assert found[name] == pytest.approx(value)
    assert all(render(solution, form) for form in ("text", "md", "tex", "html"))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "---\ntitle: t\n---\n", "---\ntitle:\n - a\nnonsense\n---\n", "---\nnever closed\n\n"])
def test_line_ends_marks_and_front_matter(start: str, ending: str) -> None:
    sheet = (start + block("x = 1\nx")).replace("\n", ending)
    assert json_of(solve_text(sheet))["values"] == {"x": 1}
    wrong = (start + block("x = 1\ny")).replace("\n", ending)
    with pytest.raises(ByhandError) as caught:
        solve_text(wrong)
    assert (caught.value.line, caught.value.column) == (start.count("\n") + 4, 1)


def json_of(solution: Solution) -> dict[str, dict[str, object]]:
    return json.loads(render(solution, "json"))
