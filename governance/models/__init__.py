from governance.models.approval import ApprovalDecision, ApprovalRequest, ApprovalStatus, Vote
from governance.models.audit import AuditDue, AuditLink
from governance.models.decision import Decision
from governance.models.evidence import EvidenceBundle, EvidenceDue
from governance.models.receipt import Receipt
from governance.models.secret import Secret

__all__ = [
    "ApprovalDecision",
    "ApprovalRequest",
    "ApprovalStatus",
    "AuditDue",
    "AuditLink",
    "Decision",
    "EvidenceBundle",
    "EvidenceDue",
    "Receipt",
    "Secret",
    "Vote",
]
