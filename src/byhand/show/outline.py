"""What every page needs of a document: headings, anchors, and which lines would only repeat another."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain, count

from byhand.show.document import Block, Document, Line, Prose, Section, StepLine, Worked
from byhand.show.prose import words
from byhand.show.tree import Array, Tree, mathematical
from byhand.show.unicode import text

_LONGEST_HEADING = 72
FEW_LINKS = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A section in a table of contents, with the quantities that are worked out in it."""

    anchor: str
    heading: str
    worked: tuple[Worked, ...]


def anchored(document: Document) -> Document:
    """The same document with anchors that are fit for links, each once."""
    taken: set[str] = set()

    def fresh(block: Block) -> Block:
        if not isinstance(block, Worked):
            return block
        plain = slug(block.anchor)
        anchor = next(name for name in chain((plain,), (f"{plain}-{k}" for k in count(2))) if name not in taken)
        taken.add(anchor)
        return replace(block, anchor=anchor)

    return replace(document, sections=tuple(replace(section, blocks=tuple(map(fresh, section.blocks))) for section in document.sections))


def section_anchors(document: Document) -> tuple[str, ...]:
    """``part-a`` where the letter says which part it is, else its number."""
    labels = [section.label for section in document.sections]
    return tuple(slug(f"part-{label}") if label and labels.count(label) == 1 else f"part-{number}" for number, label in enumerate(labels, 1))


def contents(document: Document) -> tuple[Entry, ...]:
    """Every section that has a letter or works something out."""
    entries: list[Entry] = []
    for anchor, section in zip(section_anchors(document), document.sections):
        worked = tuple(block for block in section.blocks if isinstance(block, Worked))
        if section.label or worked:
            entries.append(Entry(anchor, heading(section), worked))
    return tuple(entries)


def slug(name: str) -> str:
    """Text made fit for an anchor: ``dL/dW1'`` becomes ``dL-dW1-1``."""
    bare = name.rstrip("'")
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", bare).strip("-") or "x"
    return f"{plain}-{len(name) - len(bare)}" if bare != name else plain


def heading(section: Section) -> str:
    """The letter and the beginning of what the person wrote: ``(a) The gradients``."""
    said = next((_opening(section, block.markdown) for block in section.blocks if isinstance(block, Prose) and block.markdown.strip()), "")
    label = f"({section.label})" if section.label else ""
    start = re.split(r"(?<=[^.]{2}[.:;?])\s", said.removeprefix(label).strip())[0].rstrip(".:;")
    if len(start) > _LONGEST_HEADING:
        start = start[:_LONGEST_HEADING].rsplit(" ", 1)[0] + " …"
    return f"{label} {start}".strip() or "Solution"


def _opening(section: Section, markdown: str) -> str:
    """The paragraph that begins with the letter, or else all that is said."""
    return next((said for paragraph in _paragraphs(markdown) if _has_label(section, said := words(paragraph))), words(markdown))


def says_its_label(section: Section) -> bool:
    """Whether a paragraph of the section's own prose begins with its letter, so that a heading need not."""
    first = section.blocks[0] if section.blocks else None
    return isinstance(first, Prose) and any(_has_label(section, words(paragraph)) for paragraph in _paragraphs(first.markdown))


def _paragraphs(markdown: str) -> list[str]:
    return re.split(r"\n\s*\n", markdown)


def _has_label(section: Section, said: str) -> bool:
    return section.label is not None and said.lstrip("# *").startswith(f"({section.label})")


def starts_with_words(section: Section) -> bool:
    """Whether a section begins with a plain paragraph, before which its letter may be put."""
    first = section.blocks[0] if section.blocks else None
    return isinstance(first, Prose) and first.markdown.lstrip()[:1].isalpha()


def is_short(line: Line) -> bool:
    """A line that others may stand beside: a name and one small thing that it equals."""
    if len(line.links) > FEW_LINKS:
        return False
    last = mathematical(line.links[-1])
    return not isinstance(last, Array) or len(last.rows[0]) * max(len(cell) for row in last.rows for cell in row) <= _LONGEST_HEADING // 2


def own_line(step: StepLine, shown: Line | None) -> Line | None:
    """The line of a step, unless the line above it has just said the same."""
    return None if shown and step.line.links == shown.links[: len(step.line.links)] else step.line


def used(step: StepLine) -> tuple[Tree, Tree] | None:
    """The two sides of the equality that a step uses, where it is short enough to stand in a sentence."""
    if step.through is None or len(step.through.links) != FEW_LINKS:
        return None
    left, right = step.through.links
    return (left, right) if len(text(left)) + len(text(right)) <= _LONGEST_HEADING - 12 else None


def sentence(remark: str) -> str:
    """A remark as a sentence, with a capital letter and a full stop."""
    said = " ".join(remark.split())
    first = said.split(" ", 1)[0]
    if first.isalpha() and first.islower() and len(first) > 1:
        said = said[0].upper() + said[1:]
    return said if not said or said[-1] in ".:!?" else f"{said}."
