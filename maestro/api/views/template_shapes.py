"""Templates, releases and who has them, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from maestro.api.views.workflow_shapes import FacetValueSerializer
from marketplace.models import Release
from marketplace.services.read_release import ReleasePage
from marketplace.services.search_marketplace import Listed
from marketplace.trust import MIN_TENANTS

_INSTALLS = f"Null where they are fewer than {MIN_TENANTS}, but for the publisher."


class TemplateSummary(serializers.Serializer[Any]):
    """A template in a list. `marks` are its badges and warnings (docs/trust.md)."""

    address = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    risk = serializers.CharField()
    publisher = serializers.CharField()
    owner_team = serializers.CharField()
    visibility = serializers.CharField()
    standing = serializers.CharField()
    latest_number = serializers.CharField()
    marks = serializers.ListField(child=serializers.CharField())
    installs = serializers.IntegerField(allow_null=True, help_text=_INSTALLS)
    installed_here = serializers.BooleanField()
    failure_rate = serializers.FloatField(
        allow_null=True, help_text="From 0 to 1, over 30 days; null where too few stand behind it."
    )
    updated_at = serializers.DateTimeField()


class MarketplacePageSerializer(serializers.Serializer[Any]):
    """A page of the marketplace."""

    count = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = TemplateSummary(many=True)
    facets = serializers.DictField(child=FacetValueSerializer(many=True))


class ReleaseSummary(serializers.Serializer[Any]):
    """A release in a list."""

    number = serializers.CharField()
    status = serializers.CharField()
    breaking = serializers.BooleanField()
    changelog = serializers.CharField()
    released_at = serializers.DateTimeField()


class HealthSerializer(serializers.Serializer[Any]):
    """How a release did over all tenants; each figure null where too few stand behind it."""

    runs_7 = serializers.IntegerField(allow_null=True)
    runs_30 = serializers.IntegerField(allow_null=True)
    tenants_30 = serializers.IntegerField(allow_null=True)
    failure_rate_7 = serializers.FloatField(allow_null=True)
    failure_rate_30 = serializers.FloatField(allow_null=True)
    average_seconds = serializers.FloatField(allow_null=True)
    p95_seconds = serializers.FloatField(allow_null=True)
    last_run_status = serializers.CharField(allow_blank=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    rolled_up_at = serializers.DateTimeField()


class ReleaseShown(ReleaseSummary):
    """A release with what there is to trust it by."""

    address = serializers.CharField()
    title = serializers.CharField()
    risk = serializers.CharField()
    digest = serializers.CharField()
    reason = serializers.CharField(help_text="Of its standing.", allow_blank=True)
    replacement = serializers.CharField(allow_blank=True)
    marks = serializers.ListField(child=serializers.CharField())
    capabilities = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    reviewed_by = serializers.ListField(child=serializers.CharField())
    certified_until = serializers.DateTimeField(allow_null=True)
    verified = serializers.BooleanField(help_text="Whether its signature verifies now.")
    why_not_verified = serializers.CharField(allow_blank=True)
    health = HealthSerializer(allow_null=True)


class ReleaseDetail(ReleaseShown):
    """A release with its attestation, a DSSE envelope over an in-toto statement."""

    attestation = serializers.JSONField(allow_null=True)


class TemplateDetail(serializers.Serializer[Any]):
    """A template with its latest release, and all releases, the highest first."""

    address = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    publisher = serializers.CharField()
    verified_publisher = serializers.BooleanField()
    owner_team = serializers.CharField()
    author = serializers.CharField(allow_blank=True)
    visibility = serializers.CharField()
    standing = serializers.CharField()
    installs = serializers.IntegerField(allow_null=True, help_text=_INSTALLS)
    last_reviewed_at = serializers.DateTimeField(allow_null=True)
    latest = ReleaseShown()
    releases = ReleaseSummary(many=True)


class AdoptionSerializer(serializers.Serializer[Any]):
    """An installation, as far as its publisher may know of it."""

    tenant = serializers.CharField()
    number = serializers.CharField()
    channel = serializers.CharField()
    status = serializers.CharField()
    since = serializers.DateTimeField()


class AdoptionPageSerializer(serializers.Serializer[Any]):
    """Who is on which version. `next` is given as `below` for the next page."""

    by_number = serializers.DictField(child=serializers.IntegerField())
    results = AdoptionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


def listed_template(each: Listed) -> dict[str, Any]:
    """A template as `TemplateSummary` has it."""
    template = each.template
    told = template.health_of == template.latest_release_id
    names = ("address", "title", "description", "category", "risk", "publisher", "owner_team",
             "visibility", "standing", "latest_number", "updated_at")  # fmt: skip
    return {name: getattr(template, name) for name in names} | {
        "marks": [rule.name for rule in each.marks],
        "installs": each.installs,
        "installed_here": each.is_installed,
        "failure_rate": template.failure_rate if told else None,
    }


def whole_release(found: ReleasePage) -> dict[str, Any]:
    """A release as `ReleaseShown` has it."""
    release = found.release
    return _release(release) | {
        "address": release.address,
        "title": release.title,
        "risk": release.risk,
        "digest": release.digest,
        "reason": release.status_reason,
        "replacement": release.replacement,
        "marks": [rule.name for rule in found.marks],
        "capabilities": release.capabilities,
        "reviewed_by": release.reviewed_by,
        "certified_until": found.certification.expires_at if found.certification else None,
        "verified": found.verification.verified,
        "why_not_verified": found.verification.why_not,
        "health": HealthSerializer(found.health).data if found.health else None,
    }


def whole_template(found: ReleasePage) -> dict[str, Any]:
    """A template as `TemplateDetail` has it."""
    template = found.template
    names = ("address", "title", "description", "category", "publisher", "owner_team",
             "visibility", "standing", "last_reviewed_at")  # fmt: skip
    return {name: getattr(template, name) for name in names} | {
        "author": template.author_name,
        "installs": found.installs,
        "verified_publisher": found.publisher is not None,
        "latest": whole_release(found),
        "releases": [_release(each) for each in found.releases],
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "number": release.number,
        "status": release.status,
        "breaking": release.is_breaking,
        "changelog": release.changelog,
        "released_at": release.created_at,
    }
