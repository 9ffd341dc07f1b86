from __future__ import annotations

from uuid import UUID

from django.db.models import Max

from catalog.models import Standing, WorkflowTemplate
from maestro.kernel.clock import now
from marketplace.models import Certification, Release, ReleaseStatus


def restand(template_id: UUID) -> WorkflowTemplate:
    """Let a template stand where its releases say. In the transaction that moved one of them."""
    template = WorkflowTemplate.objects.select_for_update().get(pk=template_id)
    latest = Release.objects.filter(template=template).installable().newest_first().first()
    if latest is None:
        template.standing = Standing.WITHDRAWN
    else:
        deprecated = latest.status == ReleaseStatus.DEPRECATED
        template.standing = Standing.DEPRECATED if deprecated else Standing.LISTED
        template.latest_number = latest.number
        template.latest_release_id = latest.pk
    valid = Certification.objects.filter(release=latest).valid(now()) if latest else None
    template.certified_until = valid.aggregate(until=Max("expires_at"))["until"] if valid else None
    template.save(
        update_fields=[
            "standing",
            "latest_number",
            "latest_release_id",
            "certified_until",
            "updated_at",
        ]
    )
    return template
