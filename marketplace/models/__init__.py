from marketplace.models.grant import TemplateGroupObjectPermission, TemplateUserObjectPermission
from marketplace.models.installation import (
    Adoption,
    ChangeKind,
    Channel,
    InstanceChange,
    InstanceStatus,
    Rollout,
    UpgradeProposal,
    WorkflowInstance,
)
from marketplace.models.publisher import VerifiedPublisher
from marketplace.models.release import Certification, Release, ReleaseHealth, ReleaseStatus
from marketplace.models.review import (
    Review,
    ReviewDecision,
    ReviewEvidence,
    ReviewKind,
    ReviewLease,
)
from marketplace.models.submission import Finding, Level, Submission, SubmissionStatus

__all__ = [
    "Adoption",
    "Certification",
    "ChangeKind",
    "Channel",
    "Finding",
    "InstanceChange",
    "InstanceStatus",
    "Level",
    "Release",
    "ReleaseHealth",
    "ReleaseStatus",
    "Review",
    "ReviewDecision",
    "ReviewEvidence",
    "ReviewKind",
    "ReviewLease",
    "Rollout",
    "Submission",
    "SubmissionStatus",
    "TemplateGroupObjectPermission",
    "TemplateUserObjectPermission",
    "UpgradeProposal",
    "VerifiedPublisher",
    "WorkflowInstance",
]
