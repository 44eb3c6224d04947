"""The LaTeX page: complete, balanced, safe, and known to pdflatex character by character."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import DOCUMENT, GRADIENT_Z, X, sym
from trees import lines

from byhand.derive import steps
from byhand.lang import leaf
from byhand.rules import RULES
from byhand.show import tex_text as table
from byhand.show.document import Claim, Document, Line, Lines, Note, Prose, Section, StepLine, Worked
from byhand.show.tex import render
from byhand.show.tex_math import tex_math
from byhand.show.tex_prose import tex_prose
from byhand.show.tex_text import is_known, tex_text

NASTY = "100% of $5 & #1 {open \\input{x} ^^4 _a_ ~ <b> | \" 'q' --- “quoted” – ﬁ ﬀ z̄ x̂ naïve Gauß Łódź \u2028 \u200d 中 🙂 ħ ½ ∂L/∂W₁ₖᵀ² ↦"
PROSE = (
    "# A *head* & co\n\n## Two\n\n### Three\n\n1. one\n2. two\n\n   * deep\n     * deeper\n       * deepest\n         * too deep\n           * far too deep\n\n"
    "> said\n\n| a | b & c |\n|---|---|\n| 1_2 | `x_y` |\n\n```\n\\end{document} %  two--dashes\n```\n\n---\n\n"
    "$\\alpha_1 \\le σ$ and $$\\sum_i x_i$$ and $\\input{/etc/passwd}$ and [text](http://x.y/%20_) and ![image](z.png) and `$x$`  \nnext\n\n7. seven\n"
)


def balanced(tex: str) -> bool:
    """Braces and environments, verbatim text apart."""
    body = re.sub(r"\\[\\{}%]", "", tex)
    body = re.sub(r"%.*", "", body)
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", body.split("\\begin{document}", 1)[-1]):
        if kind == "begin":
            stack.append(name)
        elif name != "document" and (not stack or stack.pop() != name):
            return False
    return not stack and body.count("{") == body.count("}")


def nasty() -> Document:
    step = StepLine(NASTY, NASTY, Line((sym("x"),)), (StepLine(NASTY, NASTY, Line((sym("y"), X))),))
    worked = Worked("x", sym("x"), Line((sym("z"),)), (step,))
    blocks = (Prose(PROSE), Prose(NASTY), Note(NASTY), Lines(NASTY, ()), worked, Claim(sym("a"), sym("b"), "holds", NASTY))
    return Document(NASTY, (Section(None, blocks), Section("b", (Prose("words"),)), Section("c", ())))


@pytest.mark.parametrize("document", [DOCUMENT, nasty(), Document("", ())])
def test_braces_and_environments_are_balanced(document: Document) -> None:
    assert balanced(render(document))


def test_every_reason_of_every_rule_can_be_set() -> None:
    texts = [text for rule in RULES for text in (rule.summary, rule.formula, *(m.because for m in rule.messages.values()), *(s.message for s in rule.slips))]
    texts += [module.read_text(encoding="utf-8") for module in (*Path(leaf.__file__).parent.glob("lea*.py"), *Path(steps.__file__).parent.glob("*.py"))]
    assert len(texts) > 50
    unknown = {c for text in texts for c in text if not c.isascii() and not is_known(c)}
    assert not unknown, f"add these characters to the table in show/tex_text.py: {sorted(unknown)}"


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("∂pᵢ/∂x", r"$\partial$p${}_{i}$/$\partial$x"),
        ("W₁ᵀ", r"W${}_{1}^{\top}$"),
        ("z̄", r"$\bar{z}$"),
        ("Y\u0304", r"$\bar{Y}$"),
        ("x⁻¹", r"x${}^{- 1}$"),
        ("100% & #1_a", r"100\% \& \#1\_a"),
        ("a\\b{c}", r"a\textbackslash{}b\{c\}"),
        ("Łódź ß", r"Łódź \ss{}"),
        ("ﬁ", "fi"),
        ("中", r"\other{中}"),
    ],
)
def test_text_as_latex(text: str, tex: str) -> None:
    assert tex_text(text) == tex


def test_the_table_of_characters_covers_its_own_keys_in_math_mode() -> None:
    assert all(value and value.isascii() for value in table.MATH.values())
    assert len(table.HIGH) == 28
    assert len(table.LOW) == 32


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_balanced(text: str) -> None:
    tex = tex_text(text)
    assert balanced(tex)
    assert tex.replace(r"\$", "").count("$") % 2 == 0
    assert not re.search(r"(?<!\\)[#&%]", tex)


@given(st.text(alphabet="\\{}$_^&%ab1 (|*`#\n-[]", max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_prose_is_balanced(markdown: str) -> None:
    assert balanced(tex_prose(markdown))


@pytest.mark.parametrize(
    "tex",
    [
        r"\input{x}",
        r"\def\a{b}",
        r"\csname x\endcsname",
        "^^5cinput",
        r"\begin{verbatim}",
        r"\end{aligned}",
        r"\end {document}",
        "a & b",
        "a % b",
        "{a",
        "a\\",
        r"\left( x",
    ],
)
def test_mathematics_that_is_more_than_a_formula_is_shown_as_text(tex: str) -> None:
    assert tex_math(tex) is None
    assert "$" not in re.sub(r"\\\$", "", tex_prose(f"a $`{tex}`$ b"))


@pytest.mark.parametrize("tex", [r"\frac{1}{2}", r"\begin{pmatrix} 1 & 2 \end{pmatrix}", r"\left( x \right)", "x^2", r"\{a\}"])
def test_ordinary_mathematics_is_kept(tex: str) -> None:
    assert tex_math(tex) == tex


def test_greek_letters_in_mathematics_are_translated() -> None:
    assert tex_math("σ₁ x²") == r"\sigma _{1} x^{2}"


def test_steps_are_nested_lists() -> None:
    tex = render(Document("T", (Section(None, (GRADIENT_Z,)),)))
    assert tex.count(r"\begin{steps}") == tex.count(r"\end{steps}") == 2
    assert r"\item{} 2.\ \textbf{softmax}: $p = \operatorname{softmax}(z)$: $\partial$p" in tex


def deep(levels: int) -> StepLine:
    return StepLine("rule", "why", Line((sym("x"),)), (deep(levels - 1),) if levels else ())


def compiled(document: Document, folder: Path, engine: str = "pdflatex") -> str:
    (folder / "page.tex").write_text(render(document), encoding="utf-8")
    done = subprocess.run([engine, "-interaction=nonstopmode", "-halt-on-error", "page.tex"], cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / "page.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    return log


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("document", [DOCUMENT, nasty(), Document("T", (Section(None, (Worked("x", sym("x"), Line((sym("y"),)), (deep(7),)),)),))])
def test_it_compiles(document: Document, tmp_path: Path) -> None:
    assert "Overfull \\hbox" not in compiled(document, tmp_path) or document.title == NASTY


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_every_formula_compiles(tmp_path: Path) -> None:
    found: list[Line] = []

    @given(lines)
    @settings(max_examples=40, deadline=None, derandomize=True)
    def collect(line: Line) -> None:
        found.append(line)

    collect()
    log = compiled(Document("T", (Section(None, (Lines("All", tuple(found)),)),)), tmp_path)
    assert "Overfull \\hbox" not in log
