"""What a version reaches: hosts, tasks, secrets, tables, projects, channels, other workflows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from catalog.control_tasks import CALL
from catalog.document_model import Document, Step
from connectors.contract import REACH_KINDS, Manifest
from connectors.outbound.hosts import host_of


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Names, each sorted and once.

    `hosts` are those of the endpoints' defaults, `host` or `host:port`; `open_endpoints` are the
    endpoints without one, whose host is given when it is installed or run. `tables`, `projects`
    and `channels` are what a step's `with` names where the task's manifest says that it names one;
    an expression stands for itself. `workflows` are the addresses that it calls.
    """

    hosts: tuple[str, ...] = ()
    open_endpoints: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def as_json(self) -> dict[str, list[str]]:
        """All kinds with their names, the empty ones too."""
        return {one.name: list(getattr(self, one.name)) for one in fields(self)}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Capabilities:
        """What `as_json` gave; kinds that are not known are left out."""
        known = (one.name for one in fields(Capabilities))
        return Capabilities(**{name: tuple(value.get(name, ())) for name in known})


def capabilities(document: Document, manifests: Mapping[str, Manifest]) -> Capabilities:
    """What `document` reaches. `manifests` are the tasks by `kind.task@major`."""
    named: dict[str, set[str]] = {kind: set() for kind in REACH_KINDS}
    for step in document.steps:
        for kind, name in named_in(step, manifests):
            named[kind].add(name)
    defaults = [one.default for one in document.endpoints.values() if one.default]
    return Capabilities(
        hosts=_sorted(host_of(default) or default for default in defaults),
        open_endpoints=_sorted(one.name for one in document.endpoints.values() if not one.default),
        tasks=_sorted(step.task for step in document.steps),
        secrets=_sorted(document.secrets),
        tables=_sorted(named["table"]),
        projects=_sorted(named["project"]),
        channels=_sorted(named["channel"]),
        workflows=_sorted(workflow_of(step) for step in document.steps if step.task == CALL),
    )


def new_in(after: Capabilities, before: Capabilities) -> Capabilities:
    """What `after` reaches and `before` did not. The other way round: what is not reached now."""
    return Capabilities(
        **{
            one.name: tuple(
                name for name in getattr(after, one.name) if name not in getattr(before, one.name)
            )
            for one in fields(Capabilities)
        }
    )


def workflow_of(step: Step) -> str:
    """The address of the workflow that a step calls."""
    return str(step.with_.get("workflow", ""))


def named_in(step: Step, manifests: Mapping[str, Manifest]) -> Iterator[tuple[str, str]]:
    """The tables, projects and channels that a step's `with` names: (kind, name)."""
    manifest = manifests.get(step.task)
    if manifest is not None:
        yield from _named(manifest.input_schema, step.with_)


def _named(schema: Any, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, Mapping):
        return
    kind = schema.get("x-reach")
    if kind in REACH_KINDS:
        names = value if isinstance(value, list) else [value]
        yield from ((kind, name) for name in names if isinstance(name, str) and name)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(keyword, ()):
            yield from _named(branch, value)
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties")
        for key, item in value.items():
            yield from _named(properties.get(key, rest), item)
    elif isinstance(value, list) and kind not in REACH_KINDS:
        for item in value:
            yield from _named(schema.get("items"), item)


def _sorted(names: Any) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
