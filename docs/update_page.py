"""The page of update rules: the formulas of each, as its file declares them."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.lang.expr import Expr, named, var
from byhand.lang.names import Updated
from byhand.lang.update_rule import UpdateRule
from byhand.rules.updates import UPDATE_RULES
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.markdown import fenced
from byhand.show.notation import notation

START = """# Update rules

How [`step`](sheets.md#tasks) makes new parameters: w is the parameter, g its gradient, η the learning rate, t the number of the
step. Powers, roots and quotients are entry by entry. A state is 0 before the first step.
"""
CONVENTIONS = Conventions()


def update_page() -> str:
    """Every update rule with its formulas, in the order of a step."""
    return START + "".join("\n" + "\n\n".join(_parts(rule)) + "\n" for rule in UPDATE_RULES)


def _parts(rule: UpdateRule) -> Iterator[str]:
    others = f" (also {', '.join(f'`{name}`' for name in rule.others)})" if rule.others else ""
    yield f"## {rule.title}"
    yield f"`rule={rule.name}`{others}. {rule.summary}"
    yield fenced("\\begin{aligned}\n" + " \\\\\n".join(_lines(rule)) + "\n\\end{aligned}")
    if rule.hyperparameters:
        rows = [f"| `{one.name}`{''.join(f', `{name}`' for name in one.others)} | {float(one.default):g} | {one.summary} |" for one in rule.hyperparameters]
        yield "\n".join(["| option | default | |", "|---|---|---|", *rows])
    slips = dict.fromkeys((slip.id, line.title, slip.message) for line in rule.lines for slip in line.slips)
    if slips:
        yield "Typical slips:\n\n" + "\n".join(f"* {id_}, in the line of the {title}: {message}." for id_, title, message in slips)
    yield f"Source: {rule.source}."


def _lines(rule: UpdateRule) -> Iterator[str]:
    scalars = [*(one.symbol for one in rule.hyperparameters), "eta", "t"]
    q: dict[str, Expr] = {name: var(name) for name in scalars} | {name: var(name, ("n",)) for name in ("w", "g", *(one.name for one in rule.states))}
    if rule.direction is not None:
        q["g"] = named("d", rule.direction(q["g"], var("H", ("n", "n"))))
        yield _equation("d", rule.direction(var("g", ("n",)), var("H", ("n", "n"))))
    if rule.error is not None and rule.signed_error is not None:
        z, t, x = var("z"), var("t"), var("x", ("n",))
        yield _equation("e", rule.error(z, t)) + r" & \text{for targets 0 and 1}"
        yield _equation("e", rule.signed_error(z, t)) + r" & \text{for targets } {-1} \text{ and } 1"
        q["g"] = -var("e") * x
    for line in rule.lines:
        made = q[f"{line.of}'"] = named(Updated(line.of, 1), line.build(q))
        q["g"] = made if line.of == "g" else q["g"]
        yield _equation(made.name, made.body) + (r" & \text{if } \lambda \neq 0" if line.only_with else "")


def _equation(name: str | Updated, body: Expr) -> str:
    return f"{latex(CONVENTIONS.sym(name))} &= {latex(notation(body, CONVENTIONS))}"
