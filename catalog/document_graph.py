"""The order of steps: what `needs` says, who comes before whom, and cycles by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def find_cycles(needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """One cycle for each knot of steps that wait for each other, in the order of waiting.

    Tarjan's strongly connected components, without recursion: 2,000 steps may stand in one row.
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    cycles: list[list[str]] = []
    for start in needs:
        if start in order:
            continue
        work = [(start, iter(needs[start]))]
        order[start] = low[start] = len(order)
        stack.append(start)
        on_stack.add(start)
        while work:
            name, rest = work[-1]
            for other in rest:
                if other not in needs:
                    continue
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(needs[other])))
                    break
                if other in on_stack:
                    low[name] = min(low[name], order[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == order[name]:
                    knot = _pop_until(name, stack, on_stack)
                    if len(knot) > 1 or name in needs[name]:
                        cycles.append(_walk_round(knot, needs))
    return cycles


def _pop_until(name: str, stack: list[str], on_stack: set[str]) -> set[str]:
    knot: set[str] = set()
    while True:
        top = stack.pop()
        on_stack.discard(top)
        knot.add(top)
        if top == name:
            return knot


def _walk_round(knot: set[str], needs: Mapping[str, Sequence[str]]) -> list[str]:
    """A way round inside the knot: each step waits for the next, the last for the first."""
    name = next(step for step in needs if step in knot)
    seen: dict[str, int] = {}
    way: list[str] = []
    while name not in seen:
        seen[name] = len(way)
        way.append(name)
        name = next(other for other in needs[name] if other in knot)
    return way[seen[name] :]


class Order:
    """Who waits for whom, near and far. `needs` has the direct needs of each step, by id."""

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        self._index = {name: index for index, name in enumerate(needs)}
        self._before = ancestors(needs)

    def waits(self, step: str, other: str) -> bool:
        """Whether `step` runs only after `other`."""
        return bool(self._before.get(step, 0) >> self._index[other] & 1)


def ancestors(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """For each step the steps before it, near and far, as a bit set over their order in `needs`.

    Only for what has no cycles; steps that stand in one, or after one, have only their near ones.
    """
    bit = {name: 1 << index for index, name in enumerate(needs)}
    before: dict[str, int] = {}
    waiting = {name: sum(1 for one in set(of) if one in bit) for name, of in needs.items()}
    followers: dict[str, list[str]] = {name: [] for name in needs}
    for name, of in needs.items():
        for one in set(of):
            if one in followers:
                followers[one].append(name)
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        name = ready.pop()
        bits = 0
        for one in needs[name]:
            bits |= bit.get(one, 0) | before.get(one, 0)
        before[name] = bits
        for follower in followers[name]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    for name, of in needs.items():
        if name not in before:
            before[name] = sum(bit.get(one, 0) for one in set(of))
    return before
