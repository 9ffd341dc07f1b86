from __future__ import annotations

from uuid import UUID

from django.db.models import Max

from catalog.models import Standing, Visibility, WorkflowTemplate
from maestro.kernel.clock import now
from marketplace.models import Certification, Release, ReleaseStatus
from marketplace.services.update_template import WIDTH


def _width(visibility: str) -> int:
    return WIDTH.index(Visibility(visibility))


def restand(template_id: UUID) -> WorkflowTemplate:
    """Let a template stand where its releases say. In the transaction that moved one of them.

    Where the one that is the latest now was reviewed for fewer, no more find it.
    """
    template = WorkflowTemplate.objects.select_for_update().get(pk=template_id)
    latest = Release.objects.filter(template=template).installable().newest_first().first()
    if latest is None:
        template.standing = Standing.WITHDRAWN
    else:
        deprecated = latest.status == ReleaseStatus.DEPRECATED
        template.standing = Standing.DEPRECATED if deprecated else Standing.LISTED
        template.latest_number = latest.number
        template.latest_release_id = latest.pk
        template.visibility = min(template.visibility, latest.reviewed_for, key=_width)
    valid = Certification.objects.filter(release=latest).valid(now()) if latest else None
    template.certified_until = valid.aggregate(until=Max("expires_at"))["until"] if valid else None
    template.save(
        update_fields=[
            "standing",
            "visibility",
            "latest_number",
            "latest_release_id",
            "certified_until",
            "updated_at",
        ]
    )
    return template
