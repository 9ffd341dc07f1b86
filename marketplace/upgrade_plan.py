"""What an upgrade of an installation would do, before it is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.capabilities import Capabilities, capabilities, new_in
from catalog.changes import Klass, VersionDiff
from catalog.diff import compare
from catalog.document_model import Document
from catalog.migration_rules import Migrated, migrate
from connectors.contract import Manifest


@dataclass(frozen=True, slots=True)
class Given:
    """What an installation was given for its version."""

    parameters: Mapping[str, Any]
    secrets: Mapping[str, str]
    endpoints: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """From one version to another: what changes, what is reached anew, what becomes of the inputs."""

    from_number: str
    to_number: str
    diff: VersionDiff
    reaches_now: Capabilities
    reaches_more: Capabilities
    reaches_less: Capabilities
    migrated: Migrated

    @property
    def needs_a_person(self) -> bool:
        """Whether nothing but a person may decide it: it breaks, or it reaches more."""
        return self.diff.klass in (Klass.BREAKING, Klass.CAPABILITY)


def plan_upgrade(
    before: Document, after: Document, *, given: Given, manifests: Mapping[str, Manifest]
) -> UpgradePlan:
    """What going from `before` to `after` means for somebody who gave `given` to `before`."""
    had, has = capabilities(before, manifests), capabilities(after, manifests)
    return UpgradePlan(
        from_number=before.version,
        to_number=after.version,
        diff=compare(before, after, manifests),
        reaches_now=has,
        reaches_more=new_in(has, had),
        reaches_less=new_in(had, has),
        migrated=migrate(
            after,
            version=before.version,
            parameters=given.parameters,
            secrets=given.secrets,
            endpoints=given.endpoints,
        ),
    )
