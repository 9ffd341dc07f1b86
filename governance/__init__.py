"""May they, who decided, can it be proved: policy, decisions, receipts, secrets, approvals."""
