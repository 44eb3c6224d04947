"""What a person reads of families: what is given, the recursion layer by layer, and proofs by induction written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly
from byhand.lang.walk import spelled_out, substitute
from byhand.read.rebuild import everywhere
from byhand.read.syntax import Ranged
from byhand.read.syntax import Tree as ReadTree
from byhand.run.evaluate import number_text
from byhand.sheets.families.claims import Decided, Families
from byhand.sheets.families.comparing import Evidence
from byhand.sheets.families.gradients import Gradients, Part, sign, words
from byhand.sheets.families.indices import Env, Region, affine, member, mostly
from byhand.sheets.families.model import Model
from byhand.sheets.families.proof import Case
from byhand.sheets.families.writing import Pen, spoken
from byhand.sheets.families.written import Writing
from byhand.sheets.lines import Writer
from byhand.show.document import Block, Claim, Line, Lines, StepLine, Worked
from byhand.show.tree import Product, Setting, Tree, rebuilt

# ------------------------------------------------------------------------------------------------ gradients


def gradient_blocks(pen: Pen, gradients: Gradients, fresh: Sequence[tuple[str, int]]) -> Iterator[Block]:
    """The recursion of each gradient: the layer at the end first, then the layer in general."""
    depths = gradients.families.system.depths
    for name, count in fresh:
        for part in _from_above(gradients, gradients.parts[name, count]):
            where = words(part.region, gradients.letters(name, count), depths)
            if where:
                yield Lines(f"For {where}", ())
            yield _worked(pen, gradients, part)


def _from_above(gradients: Gradients, parts: list[Part]) -> list[Part]:
    def height(part: Part) -> int:
        letter = gradients.families.prover.moving.get(part.name, 0)
        letters = gradients.letters(part.name, len(part.index))
        return max((point[letters[letter]] for point in part.region.points), default=0) if letter < len(letters) else 0

    return sorted(parts, key=height, reverse=True)


def _worked(pen: Pen, gradients: Gradients, part: Part) -> Worked:
    title = pen.name(part.gradient.name)
    steps: list[StepLine] = []
    for back, derivation in part.messages:
        model = part.model
        for bound in back.free:
            model = model.inside(model.region.over(bound))
        if derivation is not None:
            steps += pen.steps(derivation.steps_of(part.gradient.name), model, whole=not back.free)
        for bound in back.free:
            because = f"{_math(part)} is used for every {bound.letter} = {sign(bound.low)}, …, {sign(bound.high)}: the gradients of all its uses add up"
            steps.append(StepLine(f"sum over {bound.letter}", because, Line((title, pen.formula(part.gradient.body, part.model)))))
    if len(part.messages) > 1:
        used = ", ".join(spoken(member(back.equation.name, back.index)) for back, _ in part.messages)
        because = f"{_math(part)} is used in {used}: the gradients of all its uses add up"
        steps.append(StepLine("sum over all uses", because, Line((title, pen.formula(part.gradient.body, part.model)))))
    steps += [pen.step_line(step, part.model, alone=False) for step in part.inserted]
    return Worked(str(part.gradient.name), title, Line((title, pen.formula(part.gradient.body, part.model))), tuple(steps))


def _math(part: Part) -> str:
    return spoken(member(part.name, part.index))


# --------------------------------------------------------------------------------------------------- claims


def claim_blocks(pen: Pen, writer: Writer, families: Families, decided: Decided, sides: tuple[str, str]) -> Iterator[Block]:
    """A claim with its verdict, and the proof where there is one."""
    verdict = decided.verdict
    shown = _sides(pen, families, decided)
    left, right = shown if shown is not None else (Setting(sides[0]), Setting(sides[1]))
    where = words(decided.region, decided.letters, families.system.depths)
    found = verdict.counterexample
    lines: tuple[Line, ...] = ()
    explanation = verdict.reason
    if found is not None:
        place = f"entry [{', '.join(map(str, found.entry))}]" if found.entry else "the value"
        numbers = f"{number_text(found.left[found.entry])} on the left and {number_text(found.right[found.entry])} on the right"
        explanation = f"for {verdict.reason}, {place} is {numbers}"
        lines = tuple(writer.chain((pen.name(name),), value) for name, value in found.data.items())
    elif verdict.verdict == "holds" and where:
        explanation = f"for {where}, {explanation}"
    yield Claim(left, right, verdict.verdict, explanation, lines)
    if decided.cases and any(case.letter for case in decided.cases):
        yield induction(pen, families, decided, (left, right))


def unrolled(pen: Pen, families: Families, decided: Decided) -> Iterator[Block]:
    """The closed form of a recursion, with its proof."""
    sides = _sides(pen, families, decided)
    if sides is None:
        return
    where = words(decided.region, decided.letters, families.system.depths)
    yield Lines(f"Unrolled, for {where}" if where else "Unrolled", (Line(sides),))
    if any(case.letter for case in decided.cases):
        yield induction(pen, families, decided, sides)


def _sides(pen: Pen, families: Families, decided: Decided) -> tuple[Tree, Tree] | None:
    """Both sides as they are written, for indices well inside of their ranges."""
    largest = max((case.region for case in decided.cases), key=lambda region: len(region.points), default=decided.region)
    return _at(pen, families, decided, largest, {letter: Poly.letter(letter) for letter in decided.letters})


def _at(pen: Pen, families: Families, decided: Decided, region: Region, env: Env) -> tuple[Tree, Tree] | None:
    """Both sides of the claim at these indices."""

    def written(part: Region) -> tuple[Tree, Tree]:
        writing = Writing(pen, Gradients(families, "").model(part))
        return writing.tree(decided.left, env), writing.tree(decided.right, env)

    try:
        return mostly(region, written)
    except (ByhandError, KeyError):
        return None


# ----------------------------------------------------------------------------------------------- induction


def induction(pen: Pen, families: Families, decided: Decided, sides: tuple[Tree, Tree]) -> Worked:
    """The proof as it is written on paper: the claim where the recursion begins, the hypothesis, the step, the conclusion."""
    depths = families.system.depths
    ends = sorted((case for case in decided.cases if case.letter is None), key=lambda case: len(case.region.points))
    general = max((case for case in decided.cases if case.letter is not None), key=lambda case: len(case.region.points))
    points = tuple(point for case in decided.cases if case.letter is not None for point in case.region.points)
    steps = [_base(pen, families, case, decided) for case in _downwards(ends, general, families.deep)]
    steps += _step(pen, families, replace(general, region=Region(general.region.letters, _distinct(points))), decided)
    where = words(decided.region, decided.letters, depths)
    along = "downwards" if general.ahead > 0 else "upwards"
    said = f"by induction {along} in {general.letter} the claim holds for {where}, for every {' and '.join(families.deep)}"
    steps.append(StepLine("conclusion", said, Line(sides)))
    return Worked(f"induction-{general.letter}", sides[0], Line(sides), tuple(steps), ())


def _distinct(points: Iterable[Mapping[str, int]]) -> tuple[Mapping[str, int], ...]:
    return tuple({tuple(sorted(point.items())): point for point in points}.values())


def _downwards(ends: list[Case], general: Case, depths: tuple[str, ...]) -> list[Case]:
    """The end that the induction starts from first; of ends at a single depth those that say something new."""
    letter = general.letter or ""

    def height(case: Case) -> int:
        return max(point[letter] for point in case.region.points) if letter in case.region.letters else 0

    deep = [case for case in ends if not any(case.region.fixed(one, ()) is not None for one in depths)] or ends
    return sorted(deep, key=height, reverse=general.ahead > 0)


def _base(pen: Pen, families: Families, case: Case, decided: Decided) -> StepLine:
    """Both sides at an end, worked out."""
    assert case.evidence is not None
    sides = _at(pen, families, decided, case.region, case.env)
    left, right = case.evidence.after
    links: tuple[Tree, ...] = (pen.formula(left, case.evidence.model), pen.formula(right, case.evidence.model))
    if sides is not None:
        links = (sides[0], *_formula_of(pen, left, case.evidence), sides[1])
    where = _where(case, decided, families.system.depths)
    return StepLine("base", f"for {where}, from the recursion" if where else "from the recursion", Line(_unrepeated(links)))


def _step(pen: Pen, families: Families, case: Case, decided: Decided) -> list[StepLine]:
    evidence = case.evidence
    assert evidence is not None
    assert evidence.before is not None
    assert case.letter is not None
    further = {**case.env, case.letter: Poly.letter(case.letter) + case.ahead}
    here = {**case.env, case.letter: Poly.letter(case.letter)}
    where = _where(case, decided, families.system.depths)
    next_one = f"{case.letter} {'+' if case.ahead > 0 else '−'} 1"
    model = evidence.model
    every = "; both sides are sums over the same range, and it is shown term by term" if evidence.termwise else ""
    body = _term(decided.right) if evidence.termwise else decided.right
    above, now = (_one_side(pen, families, body, model.region, env) for env in (further, here))
    lefts = evidence.whole or (evidence.before[0], evidence.after[0])
    name, title = _title(pen, lefts[0], model), _title(pen, lefts[1], model)
    recursion = _replaced_seed(pen, evidence, lefts)
    above, now = above or pen.formula(evidence.before[1], model), now or pen.formula(evidence.after[1], model)
    found = [StepLine("induction hypothesis", f"suppose that the claim holds for {next_one}{every}", Line((name, above)))]
    found.append(StepLine("recursion", f"one layer, for {where}", Line((title, recursion))))
    put_in = _replaced(recursion, name, above)
    if put_in != recursion:
        found.append(StepLine("put in the hypothesis", f"what it says of {next_one}", Line((title, put_in))))
    joined = _joined(pen, families, model.region, decided, further, here)
    if joined is not None:
        because = "the product has one factor more than the one above it"
        found.append(StepLine("one factor more", because, Line(joined)))
    known = "the hypothesis says what the other factor of the outer product is; with it " if evidence.whole else ""
    because = f"{known}both sides are equal for all values and sizes: decided by the exact prover"
    found.append(StepLine("so it is the claim", because, Line((put_in, now))))
    return found


def _term(tree: ReadTree) -> ReadTree:
    """The terms of a sum over one range."""
    if isinstance(tree, Ranged) and tree.kind == "sum":
        more = tree.over[1:]
        return Ranged("sum", tree.body, more, tree.at) if more else tree.body
    return tree


def _one_side(pen: Pen, families: Families, body: ReadTree, region: Region, env: Env) -> Tree | None:
    """One side of the claim, or its terms, as it is written."""
    letters = {letter: Poly.letter(letter) for letter in region.letters if letter not in families.system.depths}

    def written(part: Region) -> Tree:
        return Writing(pen, Gradients(families, "").model(part)).tree(body, {**letters, **env})

    try:
        return mostly(region, written)
    except (ByhandError, KeyError):
        return None


def _title(pen: Pen, side: Expr, model: Model) -> Tree:
    return pen.name(side.name) if isinstance(side, (Named, Var)) and side not in model.atoms else pen.formula(side, model)


def _replaced_seed(pen: Pen, evidence: Evidence, lefts: tuple[Expr, Expr]) -> Tree:
    """The left side in terms of what the hypothesis speaks of."""
    assert evidence.before is not None
    assert evidence.seed is not None
    inside = lefts[1].body if isinstance(lefts[1], Named) else lefts[1]
    body = spelled_out([inside], lambda name: not isinstance(name, Grad))[inside]
    above = evidence.before[0]
    return pen.formula(substitute(body, {evidence.seed: above}, enter_named=True) if isinstance(above, Named) else body, evidence.model)


def _joined(pen: Pen, families: Families, region: Region, decided: Decided, further: Env, here: Env) -> tuple[Tree, ...] | None:
    """∏ over all factors as the product of the hypothesis and one factor."""
    whole = next((node for node in everywhere(decided.right) if isinstance(node, Ranged) and node.kind == "prod" and len(node.over) == 1), None)
    if whole is None:
        return None
    over = whole.over[0]
    letters = {letter: Poly.letter(letter) for letter in region.letters if letter not in families.system.depths}
    further, here = {**letters, **further}, {**letters, **here}
    try:
        low, high = affine(over.low, here), affine(over.high, here)
        shorter = (affine(over.low, further), affine(over.high, further))
    except ByhandError:
        return None
    grown = {(0, 1): high, (1, 0): low}.get((int((shorter[0] - low).constant or 0), int((high - shorter[1]).constant or 0)))
    at_end = grown is high or shorter[0] == low
    place = high if at_end else low

    def written(part: Region) -> tuple[Tree, ...]:
        writing = Writing(pen, Gradients(families, "").model(part))
        rest, one = writing.tree(whole, further), writing.tree(whole.body, {**here, over.letter: place})
        return writing.tree(whole, here), Product("matmul", rest, one) if at_end else Product("matmul", one, rest)

    try:
        return mostly(region, written)
    except (ByhandError, KeyError):
        return None


def _replaced(tree: Tree, old: Tree, new: Tree) -> Tree:
    return new if tree == old else rebuilt(tree, lambda part: _replaced(part, old, new))


def _formula_of(pen: Pen, side: Expr, evidence: Evidence) -> tuple[Tree, ...]:
    if not isinstance(side, Named):
        return ()
    known = spelled_out([side.body], lambda name: not isinstance(name, Grad))[side.body]
    return (pen.formula(known, evidence.model),)


def _unrepeated(links: tuple[Tree, ...]) -> tuple[Tree, ...]:
    return tuple(link for k, link in enumerate(links) if k == 0 or link != links[k - 1])


def _where(case: Case, decided: Decided, depths: tuple[str, ...]) -> str:
    fixed = [f"{letter} = {sign(index)}" for letter in decided.letters if (index := case.region.fixed(letter, depths)) is not None]
    return " and ".join([*fixed, *filter(None, [words(case.region, decided.letters, depths)])])
