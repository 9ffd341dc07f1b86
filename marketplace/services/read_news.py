from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import semver

from catalog.changes import Klass
from catalog.models import WorkflowTemplate
from catalog.services.compare_versions import judge
from catalog.services.read_document import document_of
from marketplace.models import Release, ReleaseStatus, UpgradeProposal, WorkflowInstance
from marketplace.services.upgrade_installation import upgrade_to_undo


@dataclass(frozen=True, slots=True)
class News:
    """What its people are to know of an installation besides what it is.

    `latest` is the highest release above the installed one that may be installed, `klass` what going
    there means. `installed` is the release it runs, None if it is not here any more. `proposals` ask
    for a release above that one, the latest first. `former` is what a roll-back returns to.
    """

    instance: WorkflowInstance
    latest: Release | None
    klass: Klass | None
    installed: Release | None
    proposals: Sequence[UpgradeProposal]
    former: Mapping[str, Any] | None


def read_news(*, instance: WorkflowInstance) -> News:
    """The news of an installation that was read, in its tenant's scope."""
    latest, installed = latest_of(instance), _release(instance)
    klass = None
    if latest is not None and installed is not None:
        klass = judge(document_of(installed.version), document_of(latest.version)).diff.klass
    return News(
        instance=instance,
        latest=latest,
        klass=klass,
        installed=installed,
        proposals=_proposals(instance),
        former=upgrade_to_undo(instance),
    )


def latest_of(instance: WorkflowInstance) -> Release | None:
    """The highest release that it may be upgraded to; of a template out of sight there is none."""
    template = WorkflowTemplate.objects.at_address(
        instance.tenant_id, instance.publisher, instance.slug
    ).first()
    if template is None:
        return None
    rows = Release.objects.filter(template=template, order__gt=instance.order).installable()
    rows = rows.select_related("version").defer("version__frozen", "version__source")
    found: Release | None = rows.newest_first().first()
    return found


def warned(instances: Iterable[WorkflowInstance]) -> Mapping[UUID, str]:
    """Which of these run a release that is `deprecated` or `withdrawn`, by the installation's id."""
    rows = {one.pk: one.release_id for one in instances}
    found = dict(
        Release.objects.filter(pk__in=set(rows.values()))
        .filter(status__in=(ReleaseStatus.DEPRECATED, ReleaseStatus.WITHDRAWN))
        .values_list("pk", "status")
    )
    return {pk: found[release] for pk, release in rows.items() if release in found}


def _release(instance: WorkflowInstance) -> Release | None:
    rows = Release.objects.select_related("version").defer("version__frozen", "version__source")
    return rows.filter(pk=instance.release_id).first()


def _proposals(instance: WorkflowInstance) -> list[UpgradeProposal]:
    """Of the publisher's to this tenant: its row security lets the tenant read them."""
    rows = UpgradeProposal.objects.filter(
        installer_id=instance.tenant_id, installation_id=instance.pk
    )
    here = semver.Version.parse(instance.number)
    return [one for one in rows.order_by("-id")[:20] if semver.Version.parse(one.number) > here]
