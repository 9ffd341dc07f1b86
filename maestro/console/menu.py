"""The menu's badges: how much waits in each queue, by one statement for all of them."""

from __future__ import annotations

from typing import LiteralString

from django.http import HttpRequest

from maestro.console.dashboard import MOST, fetch
from maestro.kernel.clock import now
from marketplace.admin.queues import RENEWED_BEFORE

# While one is in review, every review of it that is in force approves: any other ended it. So what
# is reviewed is passed.
_WAITING: LiteralString = """
WITH waiting AS (
    SELECT s.id, s.required_reviews AS asked, s.checked_at,
        ARRAY(SELECT r.kind FROM marketplace_review r WHERE r.submission_id = s.id) AS passed
    FROM marketplace_submission s WHERE s.status = 'in_review' LIMIT 5000
)
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM governance_approvalrequest
        WHERE status = 'pending' AND subject_type <> 'review' LIMIT %(most)s) a) AS approvals,
    count(*) FILTER (WHERE 'security' = ANY (asked) AND NOT 'security' = ANY (passed)) AS security,
    count(*) FILTER (WHERE 'performance' = ANY (asked) AND NOT 'performance' = ANY (passed))
        AS performance,
    count(*) FILTER (WHERE 'docs' = ANY (asked) AND NOT 'docs' = ANY (passed)) AS docs,
    count(*) FILTER (WHERE asked <@ passed AND checked_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM marketplace_finding f WHERE f.submission_id = waiting.id AND f.level = 'error'
    )) AS approve,
    (SELECT count(*) FROM (SELECT 1 FROM marketplace_release r
        JOIN catalog_workflowtemplate t ON t.id = r.template_id
        WHERE r.status = 'published' AND t.visibility <> 'internal-only' AND NOT EXISTS (
            SELECT 1 FROM marketplace_certification c
            WHERE c.release_id = r.id AND c.expires_at > %(until)s AND c.revokes_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM marketplace_certification b WHERE b.revokes_id = c.id)
        ) LIMIT %(most)s) n) AS certify
FROM waiting
"""


def waiting_in_queues() -> dict[str, int]:
    """How much waits in each queue, of the long ones counted to a thousand."""
    return fetch(_WAITING, {"most": MOST, "until": now() + RENEWED_BEFORE})[0]


def _badge(request: HttpRequest, queue: str) -> str:
    """Asked once a request."""
    known: dict[str, int] | None = getattr(request, "console_waiting", None)
    if known is None:
        known = waiting_in_queues()
        request.console_waiting = known  # type: ignore[attr-defined]
    return str(known[queue])


def approvals_badge(request: HttpRequest) -> str:
    """Approvals that wait."""
    return _badge(request, "approvals")


def security_badge(request: HttpRequest) -> str:
    """Security reviews that wait."""
    return _badge(request, "security")


def performance_badge(request: HttpRequest) -> str:
    """Performance reviews that wait."""
    return _badge(request, "performance")


def docs_badge(request: HttpRequest) -> str:
    """Docs reviews that wait."""
    return _badge(request, "docs")


def approve_badge(request: HttpRequest) -> str:
    """What waits for an approver."""
    return _badge(request, "approve")


def certify_badge(request: HttpRequest) -> str:
    """Releases that wait to be certified."""
    return _badge(request, "certify")
