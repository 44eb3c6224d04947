"""Whether a picture can be read: no label on another, none on a circle or a box that is not its own, no arrow through a box."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from byhand.show.labels import Extent, extent
from byhand.show.picture import Circle, Label, Picture, Point, Rectangle, Stroke

HAIR = 0.01
UNIT = 5.0
"""Smaller circles are points of a plot or of an ellipsis."""


def troubles(picture: Picture) -> list[str]:
    """Everything that lies on something else, or outside the picture."""
    return [*_labels(picture), *_around(picture), *_arrows(picture), *_outside(picture), *_circles(picture)]


def _labels(picture: Picture) -> Iterator[str]:
    labels = [mark for mark in picture.marks if isinstance(mark, Label)]
    for one, other in combinations(labels, 2):
        if _meet(extent(one), extent(other)):
            yield f"label {one.text} at {one.at} lies on {other.text} at {other.at}"


def _around(picture: Picture) -> Iterator[str]:
    """A label is inside its circle or box, or does not touch it."""
    for label in (mark for mark in picture.marks if isinstance(mark, Label)):
        box = extent(label)
        for mark in picture.marks:
            if isinstance(mark, Circle) and mark.radius > UNIT:
                if not _near(mark.center, label.at) and _box_to_point(box, mark.center) < mark.radius - HAIR:
                    yield f"label {label.text} lies on the circle at {mark.center}"
                if _near(mark.center, label.at) and box[2] - box[0] > 2 * mark.radius:
                    yield f"label {label.text} is wider than its circle"
            if isinstance(mark, Rectangle):
                whole = (mark.corner[0], mark.corner[1], mark.corner[0] + mark.width, mark.corner[1] + mark.height)
                if _meet(box, whole) and not _inside(box, whole):
                    yield f"label {label.text} sticks out of its box"


def _arrows(picture: Picture) -> Iterator[str]:
    boxes = [mark for mark in picture.marks if isinstance(mark, Rectangle)]
    circles = [mark for mark in picture.marks if isinstance(mark, Circle) and mark.radius > UNIT]
    for stroke in (mark for mark in picture.marks if isinstance(mark, Stroke)):
        for start, end in pairwise(stroke.points):
            steps = [(start[0] + (end[0] - start[0]) * k / 200, start[1] + (end[1] - start[1]) * k / 200) for k in range(1, 200)]
            for box in boxes:
                if any(box.corner[0] + 1 < x < box.corner[0] + box.width - 1 and box.corner[1] + 1 < y < box.corner[1] + box.height - 1 for x, y in steps):
                    yield f"a line from {start} to {end} goes through the box at {box.corner}"
            for circle in circles:
                if any((x - circle.center[0]) ** 2 + (y - circle.center[1]) ** 2 < (circle.radius - 1) ** 2 for x, y in steps):
                    yield f"a line from {start} to {end} goes through the circle at {circle.center}"


def _circles(picture: Picture) -> Iterator[str]:
    circles = [mark for mark in picture.marks if isinstance(mark, Circle) and mark.radius > UNIT]
    for one, other in combinations(circles, 2):
        if (one.center[0] - other.center[0]) ** 2 + (one.center[1] - other.center[1]) ** 2 < (one.radius + other.radius) ** 2:
            yield f"circles at {one.center} and {other.center} touch"


def _outside(picture: Picture) -> Iterator[str]:
    for mark in picture.marks:
        for x, y in _corners(mark):
            if not (-1 <= x <= picture.width + 1 and -1 <= y <= picture.height + 1):
                yield f"{mark} sticks out of the picture at {(x, y)}"


def _corners(mark: object) -> Iterator[Point]:
    match mark:
        case Circle((x, y), radius):
            yield from ((x - radius, y - radius), (x + radius, y + radius))
        case Rectangle((x, y), width, height):
            yield from ((x, y), (x + width, y + height))
        case Stroke(points):
            yield from points
        case Label():
            left, top, right, bottom = extent(mark)
            yield from ((left, top), (right, bottom))
        case _:
            raise AssertionError(mark)


def _meet(one: Extent, other: Extent) -> bool:
    return one[0] < other[2] - HAIR and other[0] < one[2] - HAIR and one[1] < other[3] - HAIR and other[1] < one[3] - HAIR


def _inside(one: Extent, whole: Extent) -> bool:
    return whole[0] <= one[0] and whole[1] <= one[1] and one[2] <= whole[2] and one[3] <= whole[3]


def _near(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) < HAIR and abs(one[1] - other[1]) < HAIR


def _box_to_point(box: Extent, point: Point) -> float:
    dx = max(box[0] - point[0], 0, point[0] - box[2])
    dy = max(box[1] - point[1], 0, point[1] - box[3])
    return float((dx * dx + dy * dy) ** 0.5)
