"""Governance in the console. Approval requests are with the runtime, which goes on when they are
decided (`maestro/runtime/admin/approval.py`)."""

from governance.admin.approval_decision import ApprovalDecisionAdmin
from governance.admin.audit import AuditDueAdmin, AuditLinkAdmin
from governance.admin.decision import DecisionAdmin
from governance.admin.evidence import EvidenceBundleAdmin, EvidenceDueAdmin
from governance.admin.policy_bundle import PolicyBundleAdmin
from governance.admin.policy_input import PolicyInputAdmin
from governance.admin.purpose import PolicyDataAdmin, PurposeEntryAdmin
from governance.admin.receipt import ReceiptAdmin
from governance.admin.secret import SecretAdmin
from governance.admin.trusted_key import TrustedKeyAdmin

__all__ = [
    "ApprovalDecisionAdmin",
    "AuditDueAdmin",
    "AuditLinkAdmin",
    "DecisionAdmin",
    "EvidenceBundleAdmin",
    "EvidenceDueAdmin",
    "PolicyBundleAdmin",
    "PolicyDataAdmin",
    "PolicyInputAdmin",
    "PurposeEntryAdmin",
    "ReceiptAdmin",
    "SecretAdmin",
    "TrustedKeyAdmin",
]
