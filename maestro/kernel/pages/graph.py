"""The steps of a workflow as a drawing: layers from top to bottom, cords from need to step.

After Sugiyama, Tagawa and Toda (1981): layers by the longest path, an empty place in each layer
that a cord passes, few crossings by barycentres, and places as near to the neighbours as the gaps
allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _

MAX_STEPS: Final = 60
WIDTH: Final = 172  # of a box
HEIGHT: Final = 46
LAYER: Final = 88  # from the top of a layer to the next one's
GAP: Final = 28
MARGIN: Final = 14
SWEEPS: Final = 6
_LETTERS: Final = 21  # that fit into a box


@dataclass(frozen=True, slots=True)
class GraphStep:
    """A step to draw. `sub` is its second line, `gate` marks one that waits for people.

    `tone` says where a step of an execution is: ok, bad, run, warn, off or nothing.
    """

    id: str
    sub: str
    needs: tuple[str, ...] = ()
    gate: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A box. `name` and `line` are cut to fit; `id` is whole."""

    id: str
    name: str
    line: str
    x: float
    y: float
    gate: bool
    tone: str = ""

    @property
    def text_x(self) -> float:
        """Where its texts begin."""
        return self.x + 12


@dataclass(frozen=True, slots=True)
class Jack:
    """An end of a cord."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing in pixels; `cords` are SVG paths. `description` says the same in words."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    cords: tuple[str, ...]
    jacks: tuple[Jack, ...]
    description: str


def draw(steps: Sequence[GraphStep]) -> Graph | None:
    """The drawing, or None when there are no steps, more than 60, or they go in a circle."""
    if not 0 < len(steps) <= MAX_STEPS:
        return None
    layer_of = _layers(steps)
    if layer_of is None:
        return None
    rows, chains = _rows(steps, layer_of)
    _uncross(rows, chains)
    places = _places(rows, chains)
    left = min(places[key] - _width(key) / 2 for row in rows for key in row)
    places = {key: round(x - left + MARGIN, 1) for key, x in places.items()}
    right = max(places[key] + _width(key) / 2 for row in rows for key in row)
    by_id = {step.id: step for step in steps}
    nodes = tuple(
        Node(
            id=key,
            name=_cut(key),
            line=_cut(by_id[key].sub),
            x=round(places[key] - WIDTH / 2, 1),
            y=MARGIN + LAYER * depth,
            gate=by_id[key].gate,
            tone=by_id[key].tone,
        )
        for depth, row in enumerate(rows)
        for key in row
        if key in by_id
    )
    cords, jacks = _cords(chains, layer_of, places)
    return Graph(
        width=round(right + MARGIN),
        height=MARGIN * 2 + LAYER * (len(rows) - 1) + HEIGHT,
        nodes=nodes,
        cords=cords,
        jacks=jacks,
        description=_described(rows, by_id),
    )


def _layers(steps: Sequence[GraphStep]) -> dict[str, int] | None:
    """The longest path to each step; None for a cycle. A need that is no step is left out."""
    known = {step.id for step in steps}
    needs = {step.id: [need for need in step.needs if need in known] for step in steps}
    layer_of: dict[str, int] = {}
    waiting = list(needs)
    while waiting:
        ready = [name for name in waiting if all(need in layer_of for need in needs[name])]
        if not ready:
            return None
        for name in ready:
            layer_of[name] = max((layer_of[need] + 1 for need in needs[name]), default=0)
        waiting = [name for name in waiting if name not in layer_of]
    return layer_of


def _rows(
    steps: Sequence[GraphStep], layer_of: Mapping[str, int]
) -> tuple[list[list[str]], list[list[str]]]:
    """The layers, and for each need the chain of places that its cord passes.

    A place that is passed is named with a space, which no step's id has.
    """
    rows: list[list[str]] = [[] for _layer in range(max(layer_of.values()) + 1)]
    for step in steps:
        rows[layer_of[step.id]].append(step.id)
    chains = []
    for step in steps:
        for need in dict.fromkeys(step.needs):
            if need not in layer_of:
                continue
            between = range(layer_of[need] + 1, layer_of[step.id])
            passed = [f"{need} {step.id} {depth}" for depth in between]
            for depth, place in zip(between, passed, strict=True):
                rows[depth].append(place)
            chains.append([need, *passed, step.id])
    return rows, chains


def _neighbours(
    chains: Iterable[Sequence[str]],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for chain in chains:
        for upper, lower in pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _uncross(rows: list[list[str]], chains: Sequence[Sequence[str]]) -> None:
    """Orders each layer by the mean place of its neighbours, down and up in turn."""
    above, below = _neighbours(chains)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for depth in order:
            beside = rows[depth - 1 if down else depth + 1]
            rows[depth].sort(key=_middle(rows[depth], beside, near))


def _middle(
    row: Sequence[str], beside: Sequence[str], near: Mapping[str, list[str]]
) -> Callable[[str], tuple[float, int]]:
    """The mean place of a key's neighbours in the layer beside, else its own place."""
    index = {key: at for at, key in enumerate(beside)}
    current = {key: at for at, key in enumerate(row)}

    def middle(key: str) -> tuple[float, int]:
        found = [index[each] for each in near.get(key, ()) if each in index]
        mean = sum(found) / len(found) if found else float(current[key])
        return mean, current[key]

    return middle


def _places(rows: Sequence[Sequence[str]], chains: Sequence[Sequence[str]]) -> dict[str, float]:
    """The middle of each box or place: near its neighbours', in order, with the gaps kept."""
    above, below = _neighbours(chains)
    places: dict[str, float] = {}
    for row in rows:
        _spread(row, dict.fromkeys(row, 0.0), places)
    for sweep in range(SWEEPS * 2 + 1):  # the last one looks upwards: steps stand under their needs
        near = above if sweep % 2 == 0 else below
        order = rows if sweep % 2 == 0 else list(reversed(rows))
        for row in order:
            wanted = {}
            for key in row:
                found = [places[each] for each in near.get(key, ())]
                wanted[key] = sum(found) / len(found) if found else places[key]
            _spread(row, wanted, places)
    return places


def _spread(row: Sequence[str], wanted: Mapping[str, float], places: dict[str, float]) -> None:
    """Puts a layer where it wants to be: least squares under the gaps, pooling violators."""
    offsets, at = [], 0.0
    for index, key in enumerate(row):
        if index:
            at += (_width(row[index - 1]) + _width(key)) / 2 + GAP
        offsets.append(at)
    blocks: list[tuple[float, int]] = []  # mean, size
    for key, offset in zip(row, offsets, strict=True):
        blocks.append((wanted[key] - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (mean, size), (other, more) = blocks.pop(), blocks.pop()
            blocks.append(((mean * size + other * more) / (size + more), size + more))
    keys = iter(zip(row, offsets, strict=True))
    for mean, size in blocks:
        for _key in range(size):
            key, offset = next(keys)
            places[key] = mean + offset


def _width(key: str) -> float:
    return 0.0 if " " in key else float(WIDTH)


def _cords(
    chains: Iterable[Sequence[str]], layer_of: Mapping[str, int], places: Mapping[str, float]
) -> tuple[tuple[str, ...], tuple[Jack, ...]]:
    cords, jacks = [], {}
    for chain in chains:
        depth = layer_of[chain[0]]
        x, y = places[chain[0]], MARGIN + LAYER * depth + HEIGHT
        jacks[x, y] = Jack(x, y)
        path = f"M{x:g} {y:g}"
        for key in chain[1:]:
            depth += 1
            to_x, to_y = places[key], MARGIN + LAYER * depth
            bend = (y + to_y) / 2
            path += f"C{x:g} {bend:g} {to_x:g} {bend:g} {to_x:g} {to_y:g}"
            x, y = to_x, to_y
            if " " in key:  # straight past the boxes of this layer
                y += HEIGHT
                path += f"V{y:g}"
        jacks[x, y] = Jack(x, y)
        cords.append(path)
    return tuple(cords), tuple(jacks.values())


def _described(rows: Sequence[Sequence[str]], by_id: Mapping[str, GraphStep]) -> str:
    parts = []
    for row in rows:
        names = [key for key in row if key in by_id]
        if len(names) == 1:
            said = _("%(step)s (waits for people)") if by_id[names[0]].gate else "%(step)s"
            parts.append(said % {"step": names[0]})
        else:
            said = _("%(steps)s and %(last)s at once")
            parts.append(said % {"steps": ", ".join(names[:-1]), "last": names[-1]})
    steps = _(", then ").join(parts)
    return _("%(steps)s. The same steps follow as a list.") % {"steps": steps}


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"
