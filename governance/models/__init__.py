from governance.models.approval import ApprovalDecision, ApprovalRequest, ApprovalStatus, Vote
from governance.models.audit import AuditDue, AuditLink
from governance.models.decision import Decision
from governance.models.evidence import EvidenceBundle, EvidenceDue
from governance.models.policy_bundle import BundleStatus, PolicyBundle, PolicyChange
from governance.models.policy_data import PolicyData
from governance.models.policy_input import PolicyInput
from governance.models.purpose import PurposeEntry
from governance.models.receipt import Receipt
from governance.models.secret import Secret
from governance.models.trusted_key import TrustedKey

__all__ = [
    "ApprovalDecision",
    "ApprovalRequest",
    "ApprovalStatus",
    "AuditDue",
    "AuditLink",
    "BundleStatus",
    "Decision",
    "EvidenceBundle",
    "EvidenceDue",
    "PolicyBundle",
    "PolicyChange",
    "PolicyData",
    "PolicyInput",
    "PurposeEntry",
    "Receipt",
    "Secret",
    "TrustedKey",
    "Vote",
]
