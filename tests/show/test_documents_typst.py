"""The PDF page: whatever a person wrote is text and never a command, every formula compiles, the same document is the same file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

typst = pytest.importorskip("typst")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from sample import DOCUMENT, FAILS, delta, matrix, number, partial, sym  # noqa: E402
from test_documents_tex import NASTY, PROSE, nasty  # noqa: E402
from trees import lines  # noqa: E402

from byhand.lang.names import Grad, Updated  # noqa: E402
from byhand.lang.sizes import Poly  # noqa: E402
from byhand.show.document import Block, Document, Line, Lines, Note, Prose, Section, StepLine, Table, Worked  # noqa: E402
from byhand.show.picture import Circle, Label, Picture, Rectangle, Stroke  # noqa: E402
from byhand.show.tree import Array, Entry, Filled, Forms, Function, Kronecker, Member, Numeral, Power, Product, Quotient, Sigma, Sum, Sym, Tree  # noqa: E402
from byhand.show.typst_math import typst_math  # noqa: E402
from byhand.show.typst_page import PREAMBLE, TYPST, compiled, render, source  # noqa: E402
from byhand.show.typst_prose import typst_prose  # noqa: E402
from byhand.show.typst_tex import typst_tex  # noqa: E402
from byhand.show.typst_text import literal, raw, words  # noqa: E402

STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
OURS = set(re.findall(r"#let (\w+)", PREAMBLE)) | {"strong", "emph", "heading", "list", "enum", "raw", "show", "none", "true", "place", "h"}


def skeleton(page: str) -> str:
    """What is left for Typst to obey once its string literals are taken out."""
    return STRINGS.sub('""', page)


def page_of(*blocks: Block) -> str:
    return source(Document("", (Section(None, blocks),))).removeprefix(PREAMBLE)


# ---------------------------------------------------------------------------------------------------- text


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_strings_and_greek_letters(text: str) -> None:
    assert skeleton(raw(text)).count('""') == skeleton(literal(text)).count('""') == 1
    assert re.fullmatch(r'(#"";|\$[Α-ωϑϕϵ]\$)*', skeleton(words(text)))
    assert (words(text) + raw(text)).isprintable()
    page_of(Note(text or "x")).encode()


def test_greek_letters_are_quantities_and_greek_words_are_not() -> None:
    assert words("rate η of δᵢⱼ") == '#"rate ";$η$#" of ";$δ$#"ᵢⱼ";'
    assert words("λόγος") == '#"λόγος";'


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψωϑϕϵ"), max_size=20).filter(str.strip)
)
@settings(max_examples=200, deadline=None)
def test_text_of_strangers_changes_nothing_but_strings(text: str) -> None:
    def shown(words: str) -> str:
        step = StepLine(words, words, Line((sym("x"),)))
        picture = Picture(10, 10, (Label((1, 1), words),), words, (), words)
        return skeleton(
            page_of(
                Note(words),
                Lines(words, ()),
                Worked("x", sym("x"), Line((sym("x"),)), (step,)),
                replace(FAILS, explanation=words),
                Table(words, (words,), ((words,),)),
                picture,
            )
        )

    assert shown(f"a{text}") == shown("plain")


@given(st.text(alphabet="\\{}$_^&%ab1 (|*`#\n-[]\"';@<>!~/=+,", max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_prose_compiles_and_has_no_command_but_ours(markdown: str) -> None:
    page = typst_prose(markdown)
    assert set(re.findall(r"#(\w+)", skeleton(page))) <= OURS
    assert not re.search(r"(?<!\\)#(?!\w|\"\")", skeleton(page))
    compiled(f"{PREAMBLE}\n{page}")


def test_a_nasty_document_compiles() -> None:
    assert render(nasty()).startswith(b"%PDF-")
    assert PROSE
    assert NASTY


@pytest.mark.parametrize(
    "attack",
    [
        '#read("/etc/hostname")',
        '$#read("/etc/hostname")$',
        '#import "@preview/x:1.0.0"',
        "`#panic()`",
        "*#panic()*",
        '"; panic()',
        '\\"#panic()',
        '$\\text{" #panic() }$',
    ],
)
def test_commands_in_prose_are_shown_and_not_run(attack: str) -> None:
    page = page_of(Prose(attack), Note(attack))
    assert "panic" not in skeleton(page)
    assert "read" not in skeleton(page)
    assert "import" not in skeleton(page)
    compiled(PREAMBLE + page)


def test_even_a_command_could_read_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    for path in ("/etc/hostname", f"{tmp_path}/secret.txt", "../secret.txt", "pyproject.toml"):
        with pytest.raises(typst.TypstError):
            compiled(f"#read({literal(path)})")


# ---------------------------------------------------------------------------------------------- mathematics


@pytest.mark.parametrize(
    ("tree", "spelled"),
    [
        (sym("W1"), "W_(1)"),
        (sym("eps"), "ε"),
        (sym("h_out"), 'h_("out")'),
        (sym("ys"), 'italic("ys")'),
        (sym("mhat_W"), 'hat(m)_("W")'),
        (sym("z[l-1]"), "z_(l − 1)"),
        (sym('z["#]'), 'z_("\\"" "#")'),
        (Sym(Updated("w", 20)), "w^((20))"),
        (sym("w*"), "w^(*)"),
        (partial("W1"), "frac(∂L, ∂W_(1))"),
        (delta("z"), "δ_(z)"),
        (Sym(Grad("L", "z"), "bar"), "macron(z)"),
        (Sym(Grad("dL/dw", "w")), "frac(∂^2 L, ∂w^2)"),
        (Sym(Updated("W1", 2)), "W_(1)^(′′)"),
        (number(0.5), "inline(frac(1, 2))"),
        (Numeral(Poly.letter("n") + 1), "n + 1"),
        (Power(Sum(((False, sym("a")), (True, sym("b")))), number(2)), "(a − b)^(2)"),
        (Power(sym("x"), number(0.5)), "x^(0.5)"),
        (Product("hadamard", Product("matmul", sym("A"), sym("B")), sym("C")), "(A thin B) ⊙ C"),
        (Quotient(sym("a"), sym("b")), "frac(a, b)"),
        (Function("softmax", (sym("x"), sym("y")), (("axis", "0"),)), 'op("softmax") (x\\, y\\, upright("axis") = "0")'),
        (Function("abs", (Function("max", (sym("x"), sym("y"))),)), 'abs(op("max") (x\\, y))'),
        (Sigma(("i", "j"), Entry(sym("x1"), ("i", "j"))), "∑_(i j) (x_(1))_(i j)"),
        (Entry(sym("Z"), ("i", ":")), 'Z_(i\\,":")'),
        (Kronecker("i", "j"), "δ_(i j)"),
        (Filled(1, (Poly.letter("m"), 3)), "𝟏_(m × 3)"),
        (Member(sym("x"), (Poly.letter("n"),), ("one-hot",)), 'x ∈ ℝ^(n)", one-hot"'),
        (matrix("1 -0.5", "1.2e-5 ⋯"), 'display(mat(delim: "[", 1, −0.5; 1.2 ⋅ 10^(−5), ⋯))'),
        (Array((("nan",),), "scalar"), '"nan"'),
        (Forms(sym("a"), sym("b")), "b"),
    ],
)
def test_formulas(tree: Tree, spelled: str) -> None:
    assert typst_math(tree) == spelled
    compiled(f"$ {spelled} $")


@given(st.lists(lines, min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_any_formula_compiles(found: list[Line]) -> None:
    step = StepLine("a", "b", found[0], (StepLine("c", "d", found[-1]),))
    render(Document("t", (Section("a", (Lines("c", tuple(found)), Worked("x", found[0].links[0], found[0], (step,)))),)))


def test_a_long_formula_is_broken_and_stays_on_the_page() -> None:
    many = Sum(tuple((False, sym(f"term_number_{k}")) for k in range(60)))
    page = page_of(Lines("", (Line((sym("y"), many)),)))
    assert page.count(TYPST.next_row) > 5


def test_a_half_stays_with_what_it_halves() -> None:
    half = Product("scale", number(0.5), Sum(tuple((False, sym(f"term_number_{k}")) for k in range(9))))
    assert "inline(frac(1, 2)) thin (" in page_of(Lines("", (Line((sym("y"), half, number(3))),)))


@pytest.mark.parametrize(
    ("tex", "spelled"),
    [
        (r"y^s = (1 - \varepsilon)\,y", r"attach(y, t: s) = \( 1 − ε \) thin y"),
        (r"\frac{\partial L}{\partial W_{ij}}", "frac(∂ L, ∂ attach(W, b: i j))"),
        (r"\left[\sum_{i=1}^n x_i\right]", r"lr(\[ attach(∑, b: i = 1, t: n) attach(x, b: i) \])"),
        (r"\begin{pmatrix}1 & -2\\ 3 & 4\end{pmatrix}", 'mat(delim: "(", 1, − 2; 3, 4)'),
        (r"\begin{aligned} a &= b \\ &= c\end{aligned}", 'a & = b \\ "" & = c'),
        (r"\|x\|, 50\%", 'class("normal", ‖) x class("normal", ‖) \\, 50 %'),
        (r"\text{if } x_{\text{out}}", '"if " attach(x, b: "out")'),
        ("Wᵀx₁²", "attach(W, t: ⊤) attach(x, b: 1, t: 2)"),
        (r"f''(x)", r"attach(f, t: ′′) \( x \)"),
        (r"\sqrt[3]{x}", "root(3, x)"),
    ],
)
def test_latex_of_prose(tex: str, spelled: str) -> None:
    found = typst_tex(tex)
    assert found is not None
    assert re.sub(r"\s+", " ", found) == spelled
    compiled(f"$ {found} $")


@pytest.mark.parametrize(
    "tex",
    [
        r"\input{x}",
        r"\unknown",
        "{a",
        "a}",
        r"\frac{a}",
        "a_",
        r"\left(a",
        r"\begin{verbatim}a\end{verbatim}",
        "a & b",
        "#read",
        r"\text{a{b}}",
        "a^b_c_d",
        "{" * 30 + "}" * 30,
    ],
)
def test_latex_that_is_not_understood_is_shown_as_it_is(tex: str) -> None:
    assert typst_tex(tex) is None
    compiled(PREAMBLE + page_of(Prose(f"see ${tex}$ here")))


TOKENS = [
    r"\alpha",
    r"\frac",
    r"\sqrt",
    r"\left(",
    r"\right)",
    r"\surd",
    r"\lfloor",
    r"\langle",
    r"\text{a #b}",
    r"\mathrm",
    r"\hat",
    r"\max",
    r"\begin{cases}",
    r"\end{cases}",
    r"\begin{bmatrix}",
    r"\end{bmatrix}",
    r"\\",
    *"ab12+-=<>()[]|/,;:!.'*~_^{}&#$\"%σₖ²中",
]


@given(st.lists(st.sampled_from(TOKENS), max_size=12).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_any_latex_that_is_understood_compiles(tex: str) -> None:
    found = typst_tex(tex)
    if found is not None:
        assert not re.search(r"(?<!\\)#(?!none|true)", skeleton(found))
        compiled(f"$ {found} $")


# --------------------------------------------------------------------------------------------------- pages


def test_the_sample_has_all_that_it_says() -> None:
    page = source(DOCUMENT)
    for said in (
        "One step of gradient descent with label smoothing",
        "Forward pass",
        "chain rule",
        "✓ This holds.",
        "✗ This does not hold.",
        "each score receives",
    ):
        assert said in page
    assert page.count("#worked[") == 3


def test_the_same_document_is_the_same_file() -> None:
    assert render(DOCUMENT) == render(DOCUMENT)


def test_tables_and_pictures() -> None:
    table = Table("Compared", ("quantity", "what it is", "number"), ((sym("W1"), "words " * 30, "1.5"), (delta("z"), "few", "-2")))
    marks = (
        Circle((40, 60), 20, "accent", True),
        Rectangle((300, 40), 80, 120),
        Stroke(((60, 60), (300, 100)), arrow=True, dashed=True),
        Stroke(()),
        Label((40, 60), (sym("W1"), " = 0.5"), halo=True),
    )
    page = page_of(table, Picture(400, 220, marks, "A network", (), "The network"))
    assert "#sidebyside" in page
    assert "(start, start, end,)" in page
    assert "A network" in page
    assert compiled(PREAMBLE + page).startswith(b"%PDF-")


def test_other_scripts_are_set_with_what_fonts_there_are() -> None:
    assert render(Document("名前", (Section(None, (Prose("日本語 עברית"),)),))).startswith(b"%PDF-")


def test_a_letter_that_the_prose_says_itself_is_not_said_twice() -> None:
    assert page_of_section("a", "A sheet.\n\n(a) What is asked?").endswith(
        '#bookmark("(a) What is asked?");\n#opening[#"A sheet.";\n\n#"(a) What is asked?";\n];\n\n'
    )
    assert page_of_section("a", "What is asked?").endswith('#bookmark("(a) What is asked?");\n#opening[*#"(a)";* #"What is asked?";\n];\n\n')


def page_of_section(label: str, prose: str) -> str:
    return source(Document("", (Section(label, (Prose(prose),)),))).removeprefix(PREAMBLE)
