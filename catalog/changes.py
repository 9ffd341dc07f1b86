"""The changes from one version of a workflow to the next, and what each asks of its number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalog.source_problems import Path, pointer


class Klass(StrEnum):
    """What a change means for those who use the workflow, the gravest first."""

    BREAKING = "breaking"
    """What works today stops working unless somebody acts."""
    CAPABILITY = "capability"
    """It reaches more, or asks fewer people: nobody is taken over it without being asked."""
    COMPATIBLE = "compatible"
    """Nothing to do."""


CODES: dict[str, tuple[Klass, str]] = {
    "parameter_required": (Klass.BREAKING, "A new parameter must be given and has no default."),
    "parameter_became_required": (
        Klass.BREAKING,
        "A parameter must be given now: it is required, or its default is gone.",
    ),
    "parameter_removed": (Klass.BREAKING, "A parameter is gone, or has another name."),
    "parameter_narrowed": (
        Klass.BREAKING,
        "A type, list, bound, pattern or format takes less, or can't be shown to take as much.",
    ),
    "output_removed": (Klass.BREAKING, "An output is gone, or has another name."),
    "output_step_removed": (
        Klass.BREAKING,
        "A step that an output read is gone, or has another id.",
    ),
    "secret_added": (Klass.BREAKING, "A new secret must be bound."),
    "endpoint_must_be_bound": (
        Klass.BREAKING,
        "An endpoint has no default: it is new, or its default is gone.",
    ),
    "task_major": (Klass.BREAKING, "Another major version of a task is used."),
    "endpoint_added": (Klass.CAPABILITY, "A new endpoint, with a default."),
    "endpoint_host": (Klass.CAPABILITY, "An endpoint leads to another host or scheme by default."),
    "secret_reach": (Klass.CAPABILITY, "A secret goes to a task or an endpoint it did not go to."),
    "task_added": (Klass.CAPABILITY, "A task that was not used before."),
    "task_capability": (Klass.CAPABILITY, "Its tasks are able to do more: network, mail, control."),
    "workflow_called": (Klass.CAPABILITY, "It runs another workflow that it did not run."),
    "workflow_range": (Klass.CAPABILITY, "It may run versions of a workflow that it might not."),
    "table_reached": (Klass.CAPABILITY, "It reaches another table."),
    "project_reached": (Klass.CAPABILITY, "It reaches another project."),
    "channel_reached": (Klass.CAPABILITY, "It reaches another channel."),
    "risk_raised": (Klass.CAPABILITY, "Its risk is higher."),
    "approval_weakened": (
        Klass.CAPABILITY,
        "A step that asks people is gone, asks fewer or others, or may be skipped.",
    ),
    "parameter_added": (Klass.COMPATIBLE, "A new parameter that may be left out."),
    "parameter_optional": (Klass.COMPATIBLE, "A parameter may be left out now."),
    "parameter_widened": (Klass.COMPATIBLE, "A parameter takes all that it took, and more."),
    "parameter_default": (Klass.COMPATIBLE, "What is used when a parameter is left out."),
    "parameter_described": (Klass.COMPATIBLE, "The words about a parameter."),
    "output_added": (Klass.COMPATIBLE, "A new output."),
    "output_changed": (Klass.COMPATIBLE, "How an output is made."),
    "secret_removed": (Klass.COMPATIBLE, "A secret is not asked for any more."),
    "endpoint_removed": (Klass.COMPATIBLE, "An endpoint is not reached any more."),
    "endpoint_default": (
        Klass.COMPATIBLE,
        "The default of an endpoint: a new one, or another path at the same host.",
    ),
    "step_added": (Klass.COMPATIBLE, "A new step."),
    "step_removed": (Klass.COMPATIBLE, "A step is gone."),
    "step_changed": (Klass.COMPATIBLE, "What a step is given, waits for or does on an error."),
    "step_order": (Klass.COMPATIBLE, "The steps are written in another order."),
    "template_changed": (Klass.COMPATIBLE, "A template of a message is new, gone or other."),
    "example_changed": (Klass.COMPATIBLE, "The examples."),
    "migration_changed": (
        Klass.COMPATIBLE,
        "How installations of older versions come to this one.",
    ),
    "risk_lowered": (Klass.COMPATIBLE, "Its risk is lower."),
    "described": (Klass.COMPATIBLE, "The words about the workflow, its secrets and endpoints."),
}
"""Every code with its class and when it is given; `docs/versions.md` has the same table."""

_ORDER = list(Klass)


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `path` is a JSON pointer into the version after, or before where it is gone.

    `message` is one sentence for a person. `before` and `after` are JSON values, None where there
    was or is nothing.
    """

    code: str
    path: str
    message: str
    before: Any = None
    after: Any = None

    @property
    def klass(self) -> Klass:
        """Breaking, capability or compatible: by its code."""
        return CODES[self.code][0]

    def as_dict(self) -> dict[str, Any]:
        """The change as the API gives it."""
        return {
            "class": self.klass.value,
            "code": self.code,
            "path": self.path,
            "message": self.message,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """All changes, the gravest first, else in the order of the document."""

    changes: tuple[Change, ...] = ()

    @property
    def klass(self) -> Klass | None:
        """The gravest class; None where nothing changed."""
        return self.changes[0].klass if self.changes else None

    def of(self, klass: Klass) -> tuple[Change, ...]:
        """The changes of one class."""
        return tuple(one for one in self.changes if one.klass is klass)


def ordered(changes: list[Change]) -> VersionDiff:
    """The changes as a diff, none twice."""
    single = {(one.code, one.path, one.message): one for one in changes}
    return VersionDiff(tuple(sorted(single.values(), key=lambda one: _ORDER.index(one.klass))))


def change(code: str, path: Path, message: str, before: Any = None, after: Any = None) -> Change:
    """The change at `path`, a list of keys."""
    return Change(code, pointer(path), message, before, after)
