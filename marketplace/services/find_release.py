from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.document import Document
from catalog.models import Standing, Visibility, WorkflowTemplate
from catalog.policies import approvals_asked
from catalog.services.read_document import document_of
from governance.resource import Resource
from governance.services.verify_receipt import Verification
from governance.services.verify_release import verify_release
from maestro.kernel.errors import NotFound
from maestro.runtime.models import Withdrawal
from marketplace.models import Release


@dataclass(frozen=True, slots=True)
class FoundRelease:
    """A release that a tenant sees, its document, and whether its signature verifies now.

    `withdrawal` is empty, `warn` or `stop`.
    """

    release: Release
    template: WorkflowTemplate
    document: Document
    verification: Verification
    withdrawal: str

    @property
    def address(self) -> str:
        """`publisher/slug@number`."""
        return f"{self.release.address}@{self.release.number}"

    def as_seen_by(self, tenant_id: UUID) -> Resource:
        """The release as policy sees it when `tenant_id` reads it or takes it along."""
        return Resource(
            type="release",
            id=str(self.release.pk),
            tenant_id=self.release.tenant_id,
            attributes=self.facts(tenant_id),
        )

    def facts(self, tenant_id: UUID) -> dict[str, Any]:
        """What the rules ask of it when `tenant_id` takes it."""
        template = self.template
        named = template.visibility == Visibility.PARTNERS and template.tenant_id != tenant_id
        return {
            "publisher_id": str(template.tenant_id),
            "visibility": template.visibility,
            "listed": template.standing != Standing.UNLISTED,
            "in_audience": named,  # row security lets only those read it who are
            "release_state": "withdrawn" if self.withdrawal else self.release.status,
            "withdrawal": self.withdrawal,
            "verified": self.verification.verified,
            "risk": self.document.risk,
            "approvals": approvals_asked(self.document),
        }


def find_release(*, tenant_id: UUID, address: str) -> FoundRelease:
    """The release at `publisher/slug@number`; without a number the template's latest.

    A withdrawn one is found by its number. Raises `NotFound` for what the tenant does not see.
    """
    named, _, number = address.partition("@")
    publisher, _, slug = named.partition("/")
    template = WorkflowTemplate.objects.at_address(tenant_id, publisher, slug).first()
    rows = Release.objects.filter(template=template).select_related("version")
    rows = rows.filter(number=number) if number else rows.installable().newest_first()
    release = rows.defer("version__frozen", "version__source").first() if template else None
    if template is None or release is None:
        raise NotFound(
            f"There is no release {address} for you.",
            hint="Look for it in the marketplace, or ask its publisher to let you see it.",
        )
    return found(release, template)


def found(release: Release, template: WorkflowTemplate) -> FoundRelease:
    """The release with all that stands of it now."""
    document = document_of(release.version)
    return FoundRelease(
        release=release,
        template=template,
        document=document,
        verification=verify_release(
            statement=release.statement,
            signatures=release.signatures,
            digest=document.digest,
            publisher=release.publisher,
        ),
        withdrawal=_withdrawal(release),
    )


def _withdrawal(release: Release) -> str:
    if release.status != "withdrawn":
        return ""
    rows = Withdrawal.objects.of_version(release.version_id).values_list("mode", flat=True)
    return rows.first() or "stop"
