"""What the documentation can compute: a page for each rule, and what each command in it prints.

python3 dev.py docs            write it
python3 dev.py docs --check    say what is out of date, with exit status 1 if anything is
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from initialiser_page import initialiser_page
from update_page import update_page

from byhand.derive import derive
from byhand.lang.expr import Call, Expr, Named, Var, named, var
from byhand.lang.leaf import Leaf
from byhand.lang.leaves import LEAVES
from byhand.lang.names import Grad
from byhand.lang.rule import Argument, Example, Option, Rule
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder, spelled_out
from byhand.rules import ACTIVATIONS, LAYERS, LOSSES, RULES, SOFTMAXES, TARGETS_AND_PENALTIES
from byhand.sheets.single import read_with_shapes
from byhand.show.conventions import Conventions, detect
from byhand.show.latex import latex
from byhand.show.markdown import fenced
from byhand.show.notation import notation

ROOT = Path(__file__).resolve().parent.parent
RULE_PAGES = ROOT / "docs" / "rules"
UPDATES = ROOT / "docs" / "updates.md"
INITIALISERS = ROOT / "docs" / "initialisers.md"
GROUPS = {
    "Activations": ACTIVATIONS,
    "Softmax and its relatives": SOFTMAXES,
    "Losses": LOSSES,
    "Targets and penalties": TARGETS_AND_PENALTIES,
    "Layers": LAYERS,
}
GENERATED = "<!-- Written by docs/build.py from {}; change the declaration, not this page. -->\n\n"
FACTS = {"positive": "all entries are positive", "nonnegative": "no entry is negative", "sums_to_one": "the entries along the axis sum to one"}


# -------------------------------------------------------------------------------------------- pages of rules


def rule_pages() -> dict[Path, str]:
    """Every generated page with its text."""
    return {RULE_PAGES / "README.md": overview()} | {RULE_PAGES / f"{rule.name}.md": page(rule) for rule in RULES}


def overview() -> str:
    text = GENERATED.format("src/byhand/rules and src/byhand/lang/leaves.py")
    text += "# Rules\n\nA rule is a function with a name and a definition. Its derivative follows from the definition; what a page\n"
    text += "says beyond the definition is a claim that the tests prove.\n"
    for title, rules in GROUPS.items():
        text += f"\n## {title}\n\n| | |\n|---|---|\n" + "".join(f"| [`{rule.name}`]({rule.name}.md) | {_cell(rule.summary)} |\n" for rule in rules)
    text += "\n## Elementwise functions\n\nThese, and powers with a fixed exponent, are the only functions whose derivative is stated.\n\n"
    text += "| | derivative |\n|---|---|\n" + "".join(f"| `{leaf.name}` | {_cell(_leaf_text(leaf))} |\n" for leaf in LEAVES)
    lines = [f"* {slip.id}, in the derivative of `{leaf.name}`: {_spelled(slip.message)}." for leaf in LEAVES for slip in leaf.slips]
    return text + "\nTypical slips, where y is the value at x:\n\n" + "\n".join(lines) + "\n"


def _leaf_text(leaf: Leaf) -> str:
    return leaf.because + ("; kinked at 0" if leaf.kinked and "0" not in leaf.because else "")


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def page(rule: Rule) -> str:
    """The page of one rule."""
    example = shown_example(rule)
    written = call_text(rule, example)
    node, variables = read_with_shapes(written, example.shapes)
    assert isinstance(node, Call)
    conventions = Conventions(vectors=detect([node.body]), parameters=frozenset(variables))
    source = f"src/byhand/rules/{module_of(rule)}.py"
    parts = [
        GENERATED.format(source) + f"# {rule.name}",
        rule.summary,
        f"```text\n{rule.formula}\n```",
        f"Written `{signature(rule)}`.{_facts(rule)}",
        f"With `{example.shapes}`, `{written}` is by definition",
        _math(node.body, conventions),
        "## Gradients",
        *_gradients(rule, node, variables, conventions),
        *_slips(rule),
        "## On a sheet",
        f"```byhand\n{sheet_text(example, written, node, variables)}```",
        f"Source: {rule.source}. Declared in [{module_of(rule)}.py](../../{source}).",
    ]
    return "\n\n".join(parts) + "\n"


def module_of(rule: Rule) -> str:
    """The module in which a rule is declared."""
    imports = (ROOT / "src/byhand/rules/__init__.py").read_text(encoding="utf-8")
    constant = rule.name.upper()
    return next(m[1] for m in re.finditer(r"from byhand\.rules\.(\w+) import (.+)", imports) if constant in re.findall(r"\w+", m[2]))


def shown_example(rule: Rule) -> Example:
    """The first example that is not about single numbers alone."""
    return next((one for one in rule.examples if re.search(r"\(\w", one.shapes)), rule.examples[0])


def signature(rule: Rule) -> str:
    return f"{rule.name}({', '.join([_argument(one) for one in rule.arguments] + [_option(one) for one in rule.options])})"


def _argument(argument: Argument) -> str:
    return argument.name if argument.default is None else f"{argument.name}={argument.default}"


def _option(option: Option) -> str:
    return option.name if option.default is None else f"{option.name}={_setting(option.default)}"


def call_text(rule: Rule, example: Example) -> str:
    """The rule applied as a sheet has it."""
    given = re.findall(r"(\w+)\s*:", example.shapes)
    settings = [f"{name}={_setting(value)}" for name, value in example.options.items()]
    return f"{rule.name}({', '.join([*(one.name for one in rule.arguments if one.name in given), *settings])})"


def _setting(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(list(value)) if isinstance(value, tuple) else str(value)


def sheet_text(example: Example, written: str, node: Call, variables: Mapping[str, Var]) -> str:
    """A sheet that asks for the gradients of a weighted sum of the value."""
    value, incoming, loss = _fresh(variables, "y", "out"), _fresh(variables, "g", "weights"), _fresh(variables, "L", "loss")
    weighted = f"sum({incoming} * {value})" if node.shape else f"{incoming} * {value}"
    asked = ", ".join(f"d{loss}/d{name}" for name in variables)
    return f"{example.shapes}\n{incoming} : {shape_text(node.shape)}\n{value} = {written}\n{loss} = {weighted}\n{asked}\n"


def _fresh(variables: Mapping[str, Var], *names: str) -> str:
    return next(name for name in names if name not in variables)


def _facts(rule: Rule) -> str:
    return f" Known of the value: {' and '.join(FACTS[fact] for fact in rule.facts)}." if rule.facts else ""


def _gradients(rule: Rule, node: Call, variables: Mapping[str, Var], conventions: Conventions) -> Iterator[str]:
    """The message to each argument: the one that the rule states, or the one that follows from its definition."""
    value, incoming = named(_fresh(variables, "y", "out"), node), var(_fresh(variables, "g", "weights"), node.shape)
    yield f"The gradient that arrives at the value `{value.name}` is `{incoming.name}`. What it becomes at each argument:"
    derived, shown = derive(value, list(variables.values()), seed=incoming).gradients, list[Expr]()
    for name, variable in variables.items():
        if name in rule.messages:
            message = rule.messages[name]
            yield f"**{name}**: {message.because}."
            yield _math(message.formula(incoming, value, *node.args, **dict(node.options)), conventions)
        elif variable.name in derived:
            yield f"**{name}**: as it follows from the definition."
            shown.append(spelled_out([body := derived[variable.name].body], lambda name: not isinstance(name, Grad))[body])
            yield _math(shown[-1], conventions)
    yield from _inside(shown, value, conventions)


def _inside(shown: list[Expr], value: Named, conventions: Conventions) -> Iterator[str]:
    """What the names stand for that byhand gave to parts of the definition."""
    parts = [node for node in postorder(*shown) if isinstance(node, Named) and node.name != value.name]
    if any(isinstance(node, Named) and node.name != value.name for node in postorder(*shown, enter_named=False)):
        equations = [f"{latex(conventions.sym(node.name))} = {latex(notation(node.body, conventions))}" for node in parts]
        yield "Here byhand has named parts of the definition:"
        yield fenced(r",\qquad ".join(equations))


def _slips(rule: Rule) -> Iterator[str]:
    lines = [f"* {slip.id}, in the value: {_spelled(slip.message)}." for slip in rule.value_slips]
    lines += [f"* {slip.id}, in the gradient of {slip.argument}: {_spelled(slip.message)}." for slip in rule.slips]
    if lines:
        yield "## Typical slips"
        yield "\n".join(lines)


def _spelled(message: str) -> str:
    """With the argument's own name where an exercise has another."""
    return re.sub(r"\{(\w+)\}", r"\1", message)


def _math(expr: Expr, conventions: Conventions) -> str:
    return fenced(latex(notation(expr, conventions)))


# ------------------------------------------------------------------------------------- commands and their output

_FENCE = re.compile(r"^(?P<marks>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=marks)$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\bfile=(\S+)")
LEFT_OUT = "…\n"
"""A line of its own in the place of output that a page leaves out."""


def fences(text: str) -> Iterator[tuple[str, str]]:
    """The outermost fences of a Markdown text: what stands behind the marks, and the inside."""
    for match in _FENCE.finditer(text):
        yield match["info"].strip(), match["body"]


def refreshed(text: str) -> str:
    """The text with the present output behind every command; what is left out stays left out where the rest is still true."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples")
        for info, body in fences(text):
            if found := _FILE.search(info):
                (Path(folder) / found[1]).write_text(body, encoding="utf-8")
        return _FENCE.sub(lambda match: _rerun(match, folder), text)


def _rerun(match: re.Match[str], folder: str) -> str:
    if match["info"].strip() != "console":
        return match[0]
    body = "".join(_command(part, folder) for part in re.split(r"^(?=\$ )", match["body"], flags=re.MULTILINE))
    return f"{match['marks']}{match['info']}\n{body}{match['marks']}"


def _command(part: str, folder: str) -> str:
    """One command with its output; other commands than byhand's stay as they are."""
    line, _, shown = part.partition("\n")
    if not line.startswith("$ byhand "):
        return part
    words = shell_words(line[2:])
    ran = subprocess.run([sys.executable, "-m", "byhand", *words[1:]], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if ran.returncode not in (0, 2):
        raise RuntimeError(f"{line}\n{ran.stdout.decode('utf-8')}")
    output = "".join(f"{row.rstrip()}\n" for row in ran.stdout.decode("utf-8").splitlines())
    return part if LEFT_OUT in shown and agrees(shown, output) else f"{line}\n{output}"


def shell_words(line: str) -> list[str]:
    return [match[1] or match[2] for match in re.finditer(r'"([^"]*)"|(\S+)', line)]


def agrees(shown: str, output: str) -> bool:
    """Whether what is shown is the output with some stretches left out."""
    place = 0
    for stretch in shown.split(LEFT_OUT):
        found = output.find(stretch, place)
        if found < 0:
            return False
        place = found + len(stretch)
    return True


# -------------------------------------------------------------------------------------------------- all of it


def written_pages() -> Iterator[Path]:
    """The pages that people write."""
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from sorted((ROOT / "docs").glob("*.md"))


def everything() -> dict[Path, str]:
    """Each page that is computed in part or as a whole, as it ought to be."""
    updates = GENERATED.format("src/byhand/rules/updates") + update_page()
    initialisers = GENERATED.format("src/byhand/rules/initialisers") + initialiser_page()
    told = {path: refreshed(path.read_text(encoding="utf-8")) for path in written_pages() if path.exists()}
    return rule_pages() | told | {UPDATES: updates, INITIALISERS: initialisers}


def stale(wanted: Mapping[Path, str]) -> list[Path]:
    """Pages that differ from what they ought to be, and pages of rules that are gone."""
    differ = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return differ + [path for path in sorted(RULE_PAGES.glob("*.md")) if path not in wanted]


def main(arguments: list[str]) -> int:
    wanted = everything()
    outdated = stale(wanted)
    for path in outdated:
        print(f"{'out of date' if arguments else 'written'}: {path.relative_to(ROOT)}")
        if not arguments and path in wanted:
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        elif not arguments:
            path.unlink()
    return 1 if arguments and outdated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
