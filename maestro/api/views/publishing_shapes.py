"""What the API takes and gives of submissions, templates and releases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.models import WorkflowTemplate
from maestro.api.exact import Exact
from marketplace.models import Finding, Release, Review, Submission
from marketplace.services.audience import audience_of, revision_of
from marketplace.services.read_submissions import SubmissionDetail

_SUMMARY = [
    "id",
    "title",
    "workflow",
    "number",
    "digest",
    "risk",
    "visibility",
    "status",
    "note",
    "required_reviews",
    "compared_with",
    "execution_id",
    "requested_by_name",
    "created_at",
    "due_at",
    "checked_at",
    "decided_at",
    "approved_by_name",
    "rationale",
]


class SubmissionSummary(serializers.ModelSerializer[Submission]):
    """A submission. `workflow` is `publisher/slug`, `execution_id` its pipeline."""

    workflow = serializers.CharField(source="template.address", read_only=True)
    status = serializers.CharField(read_only=True)

    class Meta:
        model = Submission
        fields = _SUMMARY
        read_only_fields = _SUMMARY


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """What an automatic check found; an `error` must be mended."""

    class Meta:
        model = Finding
        fields = ["check_name", "level", "code", "path", "message", "hint"]
        read_only_fields = fields


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """What one reviewer decided, and why. `overrides` is the review that it stands in for."""

    overrides = serializers.UUIDField(source="overrides_id", allow_null=True, read_only=True)

    class Meta:
        model = Review
        fields = [
            "id",
            "kind",
            "decision",
            "rationale",
            "checklist",
            "controls",
            "links",
            "reviewer_name",
            "overrides",
            "created_at",
        ]
        read_only_fields = fields


class SubmissionDetailSerializer(SubmissionSummary):
    """A submission with its changes, reach, findings and reviews, and which reviews are missing."""

    findings = FindingSerializer(many=True, read_only=True)
    reviews = ReviewSerializer(many=True, read_only=True)
    missing_reviews = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta(SubmissionSummary.Meta):
        fields = [
            *_SUMMARY,
            "changes",
            "capabilities",
            "new_capabilities",
            "findings",
            "reviews",
            "missing_reviews",
        ]
        read_only_fields = fields


def detail_of(found: SubmissionDetail) -> Any:
    """What the serializer above shows of a submission."""
    plain = {name: getattr(found.submission, name) for name in _SUMMARY if name != "workflow"}
    return {
        **plain,
        "template": {"address": found.submission.template.address},
        "changes": found.submission.changes,
        "capabilities": found.submission.capabilities,
        "new_capabilities": found.submission.new_capabilities,
        "findings": found.findings,
        "reviews": found.reviews,
        "missing_reviews": found.missing,
    }


class SubmissionNew(Exact):
    """A version to be published, the latest if none is named.

    `audience` names tenants by slug and groups as `group:<name>`, for a partner-curated template.
    """

    workflow = serializers.CharField(max_length=127)
    version = serializers.CharField(max_length=64, required=False, default="")
    visibility = serializers.CharField(max_length=16)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    audience = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=200, required=False, default=list
    )


class ApprovalNew(Exact):
    """An approval, or with `approve` false a refusal; why."""

    approve = serializers.BooleanField(required=False, default=True)
    rationale = serializers.CharField(max_length=4000)


class ChecklistItem(Exact):
    """One item of a checklist."""

    item = serializers.CharField(max_length=200)
    done = serializers.BooleanField()
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ReviewNew(Exact):
    """A decision on one kind of review: security, performance or docs.

    `decision` is approve, request_changes or reject; `overrides` names a review of somebody else's.
    """

    kind = serializers.CharField(max_length=12)
    decision = serializers.CharField(max_length=16)
    rationale = serializers.CharField(max_length=4000)
    checklist = ChecklistItem(many=True, required=False, default=list)
    controls = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=50, required=False, default=list
    )
    links = serializers.ListField(
        child=serializers.CharField(max_length=500), max_length=50, required=False, default=list
    )
    overrides = serializers.UUIDField(required=False, allow_null=True, default=None)


class RetractionNew(Exact):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class TemplateSerializer(serializers.ModelSerializer[WorkflowTemplate]):
    """A template: what its latest release says, and who finds it."""

    address = serializers.CharField(read_only=True)
    audience = serializers.SerializerMethodField()
    revision = serializers.SerializerMethodField(help_text="send it back as expected_revision")

    class Meta:
        model = WorkflowTemplate
        fields = [
            "id",
            "address",
            "title",
            "visibility",
            "audience",
            "revision",
            "standing",
            "latest_number",
        ]
        read_only_fields = fields

    def get_audience(self, row: WorkflowTemplate) -> list[str]:
        """Whom it names: groups first, then tenants."""
        return audience_of(row)

    def get_revision(self, row: WorkflowTemplate) -> str:
        """What is looked at of who finds it."""
        return revision_of(row.visibility, audience_of(row))


class TemplateChange(Exact):
    """What may be changed; what is left out stays. `audience` replaces the whole list."""

    visibility = serializers.CharField(max_length=16, required=False)
    audience = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=200, required=False
    )
    expected_revision = serializers.CharField(
        max_length=80,
        required=False,
        help_text="revision that was looked at; another one is answered 409",
    )


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A release, and where it stands."""

    address = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)

    class Meta:
        model = Release
        fields = [
            "id",
            "address",
            "number",
            "title",
            "digest",
            "risk",
            "status",
            "status_reason",
            "replacement",
            "status_at",
            "is_breaking",
            "changelog",
        ]
        read_only_fields = fields


class DeprecationNew(Exact):
    """Why, and what to use: `publisher/slug`, or with `@number`."""

    reason = serializers.CharField(max_length=500)
    replacement = serializers.CharField(
        max_length=192, required=False, default="", allow_blank=True
    )


class WithdrawalNew(DeprecationNew):
    """As a deprecation; `mode` is stop or warn."""

    mode = serializers.CharField(max_length=4)
