"""`/api/submissions/`, `/api/templates/` and `/api/releases/`: from a version to a release, and what
becomes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import WorkflowTemplate
from maestro.api.views.base import ID, ActorView
from maestro.api.views.publishing_shapes import (
    ApprovalNew,
    DeprecationNew,
    ReleaseSerializer,
    RetractionNew,
    ReviewNew,
    ReviewSerializer,
    SubmissionDetailSerializer,
    SubmissionNew,
    SubmissionSummary,
    TemplateChange,
    TemplateSerializer,
    WithdrawalNew,
    detail_of,
)
from maestro.api.views.upgrades import RollingOut
from marketplace.models import Release, Submission
from marketplace.querysets import SubmissionQuerySet
from marketplace.services.approve_release import approve_release
from marketplace.services.decide_review import decide_review
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.read_submissions import read_submission, read_submissions
from marketplace.services.request_publish import request_publish
from marketplace.services.update_template import update_template
from marketplace.services.withdraw_release import withdraw_release

SLUG = "[a-z0-9-]+"
NUMBER = r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*"


class SubmissionViewSet(ActorView, mixins.ListModelMixin, viewsets.GenericViewSet[Submission]):
    """Versions that the tenant put forward to be published."""

    queryset = Submission.objects.none()
    serializer_class = SubmissionSummary
    lookup_value_regex = ID
    filter_backends: list[Any] = []

    def get_queryset(self) -> SubmissionQuerySet:
        """The tenant's own."""
        if getattr(self, "swagger_fake_view", False):
            return Submission.objects.none()
        return read_submissions(actor=self.actor)

    @extend_schema(responses=SubmissionDetailSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One submission, with what was found and decided."""
        return self._shown(pk)

    @extend_schema(request=SubmissionNew, responses={201: SubmissionDetailSerializer})
    def create(self, request: Request) -> Response:
        """Ask that a frozen version of a workflow be published."""
        asked = SubmissionNew(data=request.data)
        asked.is_valid(raise_exception=True)
        made = request_publish(actor=self.actor, **asked.validated_data)
        answer = self._shown(made.pk)
        answer.status_code = 201
        answer["Location"] = f"/api/submissions/{made.pk}/"
        return answer

    @extend_schema(request=ApprovalNew, responses=SubmissionDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: UUID) -> Response:
        """Approve what is reviewed, or refuse it, as an approver of the platform."""
        asked = ApprovalNew(data=request.data)
        asked.is_valid(raise_exception=True)
        decide = approve_release if asked.validated_data["approve"] else reject_submission
        decide(
            actor=self.actor,
            submission_id=UUID(str(pk)),
            rationale=asked.validated_data["rationale"],
        )
        return self._shown(pk)

    @extend_schema(request=ReviewNew, responses={201: ReviewSerializer})
    @action(detail=True, methods=["post"])
    def reviews(self, request: Request, pk: UUID) -> Response:
        """Decide one of its reviews, or override one of somebody else's."""
        asked = ReviewNew(data=request.data)
        asked.is_valid(raise_exception=True)
        review = decide_review(
            actor=self.actor, submission_id=UUID(str(pk)), **asked.validated_data
        )
        return Response(ReviewSerializer(review).data, status=201)

    @extend_schema(request=RetractionNew, responses=SubmissionDetailSerializer)
    @action(detail=True, methods=["post"])
    def retract(self, request: Request, pk: UUID) -> Response:
        """Take it back, as long as it is not published."""
        asked = RetractionNew(data=request.data)
        asked.is_valid(raise_exception=True)
        retract_submission(actor=self.actor, submission_id=UUID(str(pk)), **asked.validated_data)
        return self._shown(pk)

    def _shown(self, pk: UUID) -> Response:
        found = read_submission(actor=self.actor, submission_id=UUID(str(pk)))
        return Response(SubmissionDetailSerializer().to_representation(detail_of(found)))


class TemplateViewSet(ActorView, viewsets.GenericViewSet[WorkflowTemplate]):
    """Who finds a template of the tenant's."""

    queryset = WorkflowTemplate.objects.none()
    serializer_class = TemplateSerializer
    lookup_field = "template_slug"
    lookup_value_regex = SLUG
    filter_backends: list[Any] = []
    pagination_class = None

    @extend_schema(request=TemplateChange, responses=TemplateSerializer)
    def partial_update(self, request: Request, template_slug: str) -> Response:
        """Change its visibility, and the partners whom it names."""
        asked = TemplateChange(data=request.data)
        asked.is_valid(raise_exception=True)
        row = update_template(actor=self.actor, template=template_slug, **asked.validated_data)
        return Response(TemplateSerializer(row).data)


class ReleaseMoves(RollingOut, ActorView, viewsets.GenericViewSet[Release]):
    """What its publisher does with a release."""

    queryset = Release.objects.none()
    serializer_class = ReleaseSerializer
    filter_backends: list[Any] = []
    pagination_class = None

    @extend_schema(request=DeprecationNew, responses=ReleaseSerializer)
    @action(detail=False, methods=["post"])
    def deprecate(
        self, request: Request, publisher: str, template_slug: str, number: str
    ) -> Response:
        """Advise against it; it can still be installed and run."""
        asked = DeprecationNew(data=request.data)
        asked.is_valid(raise_exception=True)
        release = f"{publisher}/{template_slug}@{number}"
        row = deprecate_release(actor=self.actor, release=release, **asked.validated_data)
        return Response(ReleaseSerializer(row).data)

    @extend_schema(request=WithdrawalNew, responses=ReleaseSerializer)
    @action(detail=False, methods=["post"])
    def withdraw(
        self, request: Request, publisher: str, template_slug: str, number: str
    ) -> Response:
        """Take it back for good; installations of it are stopped, or warned."""
        asked = WithdrawalNew(data=request.data)
        asked.is_valid(raise_exception=True)
        release = f"{publisher}/{template_slug}@{number}"
        row = withdraw_release(actor=self.actor, release=release, **asked.validated_data)
        return Response(ReleaseSerializer(row).data)
