from __future__ import annotations

from catalog.document import Document
from catalog.models import Standing, WorkflowTemplate
from maestro.kernel.clock import now
from marketplace.models import Release, ReleaseStatus
from marketplace.services.index_template import index_template
from marketplace.services.request_publish import facts_of


def show_release(
    template: WorkflowTemplate,
    release: Release,
    *,
    document: Document,
    visibility: str,
    author_name: str,
) -> None:
    """Let the template say what its latest release does, and be found by those it is for.

    A release below the latest changes no more than its own state. For services that hold the
    template's row.
    """
    highest = Release.objects.filter(template=template).installable().newest_first().first()
    if highest is not None and highest.pk == release.pk:
        Release.objects.filter(template=template, status=ReleaseStatus.PUBLISHED).exclude(
            pk=release.pk
        ).update(status=ReleaseStatus.SUPERSEDED, status_at=now())
        for name, value in facts_of(document).items():
            setattr(template, name, value)
        template.author_name = author_name
        template.visibility = visibility
        template.standing = Standing.LISTED
        template.latest_number = release.number
        template.latest_release_id = release.pk
        template.last_reviewed_at = now()
        template.certified_until = None  # another release was
    else:
        Release.objects.filter(pk=release.pk).update(status=ReleaseStatus.SUPERSEDED)
        release.status = ReleaseStatus.SUPERSEDED
    template.save()
    index_template(template)
