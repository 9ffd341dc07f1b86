"""Which tasks there are: those that come with Maestro, and those of installed packages.

A package offers tasks by entry points of the group `maestro.tasks`. An entry point names a `Task`,
or a callable without arguments (a class, say) that gives one, or a list of these. Pure Python.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from connectors.contract import Manifest, Task
from connectors.kinds.core import APPROVAL, CALL, WAIT, FailStep, SetValues, TransformValue
from connectors.kinds.email import SendEmail
from connectors.kinds.http import HttpRequest

GROUP = "maestro.tasks"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """Something that was offered and not taken: where it came from, and why not."""

    source: str
    message: str


class Registry:
    """The tasks by reference (`http.request@1`). Of two with one reference the first stays."""

    def __init__(
        self, tasks: Iterable[Task | tuple[str, Task]], problems: Iterable[LoadProblem] = ()
    ) -> None:
        """`tasks` in order of precedence, each by itself or with the source it came from."""
        self._tasks: dict[str, Task] = {}
        found = list(problems)
        for item in tasks:
            source, task = item if isinstance(item, tuple) else ("built in", item)
            wrong = _wrong(task)
            if not wrong and task.manifest.ref in self._tasks:
                wrong = f"{task.manifest.ref} is there already; its own name is needed."
            if wrong:
                found.append(LoadProblem(source, wrong))
            else:
                self._tasks[task.manifest.ref] = task
        every = {ref: self._tasks[ref].manifest for ref in sorted(self._tasks)}
        self._every = MappingProxyType(every)
        self._manifests = MappingProxyType(
            {ref: _for_everybody(its) for ref, its in every.items() if not its.system}
        )
        self.problems: tuple[LoadProblem, ...] = tuple(found)

    def get(self, ref: str) -> Task | None:
        """The task of this reference, or None."""
        return self._tasks.get(ref)

    def manifests(self, *, system: bool = False) -> Mapping[str, Manifest]:
        """The manifests that a document may name, by reference, in alphabetical order.

        Those of Maestro's own documents (`system`) are all of them.
        """
        return self._every if system else self._manifests

    def nearest(self, ref: str) -> str | None:
        """The known reference that is written most like `ref`, or None when none is near."""
        task = ref.partition("@")[0]
        same = [its for its in self._manifests.values() if its.task == task]
        if same:
            return max(same, key=lambda its: its.major).ref
        near = difflib.get_close_matches(ref, self._manifests, n=1, cutoff=0.6)
        return near[0] if near else None


def builtin_tasks() -> list[Task]:
    """The tasks that come with Maestro."""
    return [
        SetValues(),
        TransformValue(),
        FailStep(),
        WAIT,
        APPROVAL,
        CALL,
        HttpRequest(),
        SendEmail(),
    ]


def load(offers: Iterable[Any]) -> Registry:
    """The registry of the built-in tasks, the offered ones and what the entry points `offers` give.

    What can't be loaded becomes a `LoadProblem`; it never keeps the others from working.
    """
    tasks: list[Task | tuple[str, Task]] = [*builtin_tasks(), *_offered]
    problems: list[LoadProblem] = []
    for offer in sorted(offers, key=lambda offer: (str(offer.name), str(offer.value))):
        source = f"{offer.name} = {offer.value}"
        try:
            tasks.extend((source, task) for task in _given(offer.load()))
        except Exception as error:  # noqa: BLE001 - foreign code is imported and called here
            problems.append(LoadProblem(source, f"{type(error).__name__}: {error}"))
    registry = Registry(tasks, problems)
    for problem in registry.problems:
        _log.warning("A task was not loaded from %s: %s", problem.source, problem.message)
    return registry


_installed: Registry | None = None
_offered: list[Task] = []


def offer(*tasks: Task) -> None:
    """Let an app of Maestro add its own tasks, while it starts; those that are there stay."""
    global _installed
    known = {task.manifest.ref for task in _offered}
    _offered.extend(task for task in tasks if task.manifest.ref not in known)
    _installed = None


def registry() -> Registry:
    """The registry of this process, loaded once."""
    global _installed
    if _installed is None:
        _installed = load(entry_points(group=GROUP))
    return _installed


def install(other: Registry) -> None:
    """Let `other` be this process's registry from now on."""
    global _installed
    _installed = other


def _for_everybody(manifest: Manifest) -> Manifest:
    """The manifest without the places that only Maestro's own documents may fill."""
    places = manifest.input_schema.get("properties", {})
    open_to_all = {name: its for name, its in places.items() if not _is_system(its)}
    if len(open_to_all) == len(places):
        return manifest
    return replace(manifest, input_schema={**manifest.input_schema, "properties": open_to_all})


def _is_system(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("x-system") is True


def _given(offered: Any) -> list[Any]:
    if isinstance(offered, list | tuple):
        return [task for item in offered for task in _given(item)]
    if isinstance(offered, type) or not hasattr(offered, "manifest"):
        return _given(offered()) if callable(offered) else [offered]
    return [offered]


def _wrong(task: Any) -> str:
    """What keeps this from being a task; empty when nothing does."""
    manifest = getattr(task, "manifest", None)
    if not isinstance(manifest, Manifest):
        return f"{type(task).__name__} has no manifest."
    missing = [name for name in ("plan", "execute") if not callable(getattr(task, name, None))]
    if missing:
        return f"{manifest.ref} has no {' and no '.join(missing)}."
    if manifest.control and not isinstance(task, type(WAIT)):
        return f"{manifest.ref} says it is a control task; only the engine's own are."
    return ""
