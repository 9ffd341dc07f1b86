"""Rows of every model of the console, in a tenant, as many as wanted."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from catalog.document import parse_document
from catalog.models import WorkflowDefinition, WorkflowTag, WorkflowVersion
from connectors.models import Connection
from connectors.registry import registry
from governance.models import (
    ApprovalDecision,
    ApprovalRequest,
    AuditDue,
    AuditLink,
    Decision,
    EvidenceBundle,
    EvidenceDue,
    PolicyBundle,
    PolicyData,
    PolicyInput,
    PurposeEntry,
    Receipt,
    Secret,
    TrustedKey,
)
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.kernel.models import Heartbeat, OutboxEvent
from maestro.runtime.models import Execution, ExecutionEvent, RunPreset, SavedFilter, StepRun
from maestro.tenancy.models import ApiToken, Membership, Tenant, User
from tests.console.rows_marketplace import of_the_marketplace
from tests.factories import make_user
from tests.runtime import driving

_numbers = count()
CANARY = "c4n4ry"  # stands in every place that no page may show
DIGEST = "sha256:" + "0" * 64
FROZEN = dict(
    parse_document(
        driving.document("- {id: a, task: core.set@1, with: {values: {n: 1}}}"),
        manifests=registry().manifests(),
    ).frozen
)


def _make(model: type[models.Model], **fields: Any) -> Any:
    return model._default_manager.using("owner").create(**fields)


def fill(tenant: Tenant, number: int = 1, *, tag: str = "") -> dict[type[models.Model], Any]:
    """`number` rows of every tenant's model; the last of each."""
    rows: dict[type[models.Model], Any] = {}
    for index in range(number):
        rows = _one_of_each(tenant, f"{tag}{index}")
    return rows


def _one_of_each(tenant: Tenant, name: str) -> dict[type[models.Model], Any]:
    own: dict[str, Any] = {"tenant_id": tenant.pk}
    moment = now()
    user = make_user(f"{name}-{new_id()}@{tenant.slug}.test")
    definition = _make(
        WorkflowDefinition, **own, slug=f"flow-{name}-{str(new_id())[-6:]}", title=f"Flow {name}",
        description="About it", category="HR", risk="high", owner_team="People Ops",
        status="active", publisher=tenant.slug, latest_version="1.0.0",
    )  # fmt: skip
    version = _make(
        WorkflowVersion, **own, definition=definition, version="1.0.0", order=[1, 0, 0, 1],
        digest=DIGEST, frozen=FROZEN, source="kind: Workflow <b>",
        media_type="application/yaml", frozen_by=user.pk, frozen_by_name=user.name,
    )  # fmt: skip
    decision = _make(
        Decision, **own, actor_kind="user", actor_id=user.pk, actor_name=user.name,
        action="execution.start", resource_type="workflow", resource_id=str(definition.pk),
        allow=True, purpose="practice", channel="page", revision="r1", input_digest=DIGEST,
        latency_us=120, decided_at=moment,
    )  # fmt: skip
    execution = _make(
        Execution, **own, definition=definition, version=version, title=definition.title,
        workflow=definition.address, version_number="1.0.0", version_digest=DIGEST, risk="high",
        status="failed", purpose="practice", trigger="person", started_by=user.pk,
        started_by_name=user.name, decision_id=decision.pk, started_at=moment, finished_at=moment,
        error={"code": "rejected", "message": "<script>alert(1)</script>"},
        parameters={"employee": "somebody"}, wake_at=None,
    )  # fmt: skip
    step = _make(
        StepRun, **own, execution=execution, step_id=f"step-{name}", task="core.approval@1",
        status="waiting", waiting_for="approval", next_attempt_at=moment + timedelta(hours=1),
        started_at=moment, related_id=new_id(), log=["one line"],
    )  # fmt: skip
    event = _make(
        ExecutionEvent, **own, execution=execution, step_id=step.step_id, kind="waiting",
        at=moment, data={"for": "approval"},
    )  # fmt: skip
    request = _make(
        ApprovalRequest, **own, subject_type="step", subject_id=str(step.pk), count=1,
        message=f"May {name} go on?", started_by=user.pk, expires_at=moment + timedelta(hours=2),
    )  # fmt: skip
    vote = _make(
        ApprovalDecision, **own, request=request, decided_by=user.pk, decided_by_name=user.name,
        vote="approve", rationale="Checked it.", decision_id=decision.pk,
    )  # fmt: skip
    receipt = _make(
        Receipt, **own, kind="workflow.freeze", subject_type="workflow_version",
        subject_id=str(version.pk), actor_kind="user", actor_id=user.pk, actor_name=user.name,
        purpose="practice", statement={"_type": "statement"}, digest=DIGEST,
        decision_id=decision.pk,
    )  # fmt: skip
    return {
        Tenant: tenant,
        User: user,
        Membership: _make(Membership, **own, user=user, roles=["operator"], teams=["Legal"]),
        ApiToken: _make(
            ApiToken,
            **own,
            user=user,
            name="ci",
            prefix="mst_abcdefgh",
            token_digest=f"{CANARY}-{new_id()}",
        ),
        WorkflowDefinition: definition,
        WorkflowVersion: version,
        WorkflowTag: _make(WorkflowTag, **own, definition=definition, name="leaver"),
        Decision: decision,
        Receipt: receipt,
        AuditLink: _make(
            AuditLink,
            **own,
            record_id=decision.pk,
            record_type="governance.decision",
            seq=next(_numbers),
            verb=decision.action,
            record_digest=DIGEST,
            hash=DIGEST,
        ),
        # The trigger has put it there.
        AuditDue: AuditDue.objects.using("owner").get(record_id=receipt.pk),
        EvidenceBundle: _make(
            EvidenceBundle,
            **own,
            subject_type="execution",
            subject_id=execution.pk,
            digest=DIGEST,
            size=6,
            key_id="0" * 64,
            content=CANARY.encode(),
        ),
        PolicyInput: _make(
            PolicyInput, **own, digest=f"sha256:{new_id()}", content=CANARY.encode()
        ),
        PolicyData: PolicyData.objects.using("owner").get_or_create(
            **own, defaults={"revision": 1, "content": {"regions": ["eu"]}, "updated_at": moment}
        )[0],
        PurposeEntry: _make(
            PurposeEntry,
            **own,
            name=f"own.{name}",
            title="Our own",
            description="About it.",
            updated_at=moment,
        ),
        EvidenceDue: _make(
            EvidenceDue,
            **own,
            id=execution.pk,
            subject_type="execution",
            since=moment,
            next_attempt_at=moment,
        ),
        Secret: _make(
            Secret,
            **own,
            name=f"token-{name}",
            ciphertext=CANARY.encode(),
            nonce=CANARY.encode(),
            wrapped_key=CANARY.encode(),
            key_id="k1",
            version=1,
            updated_at=moment,
            created_by=user.pk,
        ),
        Connection: _make(
            Connection, **own, kind="smtp", name=f"c-{name}", config={"host": "mail.example.test"}
        ),
        ApprovalRequest: request,
        ApprovalDecision: vote,
        Execution: execution,
        StepRun: step,
        ExecutionEvent: event,
        RunPreset: _make(
            RunPreset,
            **own,
            definition=definition,
            name=f"Leavers {name}",
            owner=user.pk,
            saved_by=user.pk,
            saved_by_name=user.name,
            updated_at=moment,
            answers={"parameters": {"employee": "somebody"}, "purpose": "practice"},
        ),
        SavedFilter: _make(
            SavedFilter,
            **own,
            owner=user.pk,
            page="executions",
            name=f"Failed {name}",
            query="status=failed",
            updated_at=moment,
        ),
        **of_the_marketplace(_make, tenant, definition, version, user, CANARY),
        OutboxEvent: _make(
            OutboxEvent, **own, kind="execution.failed", subject=str(execution.pk), data={"n": 1}
        ),
    }


def fill_libraries(number: int = 1) -> dict[type[models.Model], Any]:
    """`number` rows of every model that belongs to no tenant; the last of each."""
    rows: dict[type[models.Model], Any] = {}
    for _ in range(number):
        index = next(_numbers)
        name = f"{index}-{str(new_id())[-8:]}"
        person = make_user()
        sign_in = {
            "username": f"{name}@acme.test", "ip_address": "192.0.2.7", "user_agent": name,
            "http_accept": "*/*", "path_info": "/sign-in/",
        }  # fmt: skip
        attempt = _make(
            AccessAttempt, **sign_in, get_data=CANARY, post_data=CANARY, failures_since_start=3
        )
        interval = _make(IntervalSchedule, every=index + 1, period="seconds")
        rows = {
            PolicyBundle: _make(
                PolicyBundle, revision=f"r-{name}", digest=f"sha256:{new_id()}",
                content=CANARY.encode(), built_at=now(), built_by_name="Maestro",
            ),
            TrustedKey: _make(
                TrustedKey, publisher="initech", holder_id=new_id(), key_id=f"{new_id().hex}"[-32:],
                pem="a public key", added_at=now(), added_by_name="Piet",
            ),
            Heartbeat: _make(Heartbeat, name=f"worker-{name}", seen_at=now()),
            LogEntry: _make(
                LogEntry, user=person, object_id="1", object_repr="A row", action_flag=CHANGE,
                content_type=ContentType.objects.get_for_model(Tenant), change_message="Changed.",
            ),
            Group: _make(Group, name=name),
            AccessAttempt: attempt,
            AccessAttemptExpiration: _make(
                AccessAttemptExpiration, access_attempt=attempt, expires_at=now()
            ),
            AccessFailureLog: _make(AccessFailureLog, **sign_in),
            AccessLog: _make(AccessLog, **sign_in, session_hash=CANARY),
            IntervalSchedule: interval,
            CrontabSchedule: _make(CrontabSchedule, minute=str(index % 60)),
            ClockedSchedule: _make(ClockedSchedule, clocked_time=now()),
            SolarSchedule: _make(SolarSchedule, event="sunrise", latitude=index, longitude=1),
            PeriodicTask: _make(PeriodicTask, name=name, task="runtime.pump", interval=interval),
        }  # fmt: skip
    return rows


def registered() -> list[type[models.Model]]:
    """Every model of the console."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def key_of(row: Any) -> str:
    """Its primary key as an address has it."""
    return str(row.pk) if isinstance(row.pk, UUID | int) else row.pk
