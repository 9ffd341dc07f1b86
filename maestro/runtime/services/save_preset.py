from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import RunPreset
from maestro.runtime.pages.copying import without_secrets
from maestro.runtime.policies import (
    PRESET_SHARE,
    PRESET_WRITE,
    preset_context,
    preset_resource,
)
from maestro.runtime.services.prepare_run import Prepared, check_run

LONGEST_NAME = 80
LARGEST = 64 * 1024  # bytes of the answers in canonical JSON
MOST = 20  # of one person for one form, and as many of the tenant


def save_preset(
    *,
    actor: Actor,
    prepared: Prepared,
    name: str,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
    purpose: str = "",
    for_everybody: bool = False,
) -> RunPreset:
    """Keep the answers of a run form under a name, in place of those that had the name.

    They are the actor's, or with `for_everybody` the tenant's. What the schema marks as secret is
    left out. Raises `InvalidInput` with every problem, those of a start among them (`/preset/name` is the
    preset's own); `Denied`.
    """
    name = " ".join(name.replace("\x00", "").split())
    kept = without_secrets(prepared.document.parameters, parameters)
    problems = [
        *_wrong_name(name),
        *check_run(prepared=prepared, parameters=parameters, secrets=secrets, endpoints=endpoints),
    ]
    answers = {
        "parameters": kept,
        "secrets": dict(secrets),
        "endpoints": dict(endpoints),
        "purpose": purpose,
    }
    if not problems and len(canonical_bytes(answers)) > LARGEST:
        message = f"These answers are too large to keep: at most {LARGEST // 1024} KiB."
        problems.append(Problem("/preset", message, "too_large"))
    if problems:
        raise InvalidInput("These answers can't be saved like this.", problems=problems)
    tenant_id, definition = prepared.tenant_id, prepared.definition
    owner = None if for_everybody else actor.id
    action = PRESET_SHARE if for_everybody else PRESET_WRITE
    with tenant_scope(tenant_id):
        decision = authorize(
            actor=actor,
            action=action,
            resource=preset_resource(tenant_id),
            context=preset_context(prepared.installation_id),
        )
        same: dict[str, Any] = {
            "tenant_id": tenant_id,
            "definition_id": definition.pk,
            "installation_id": prepared.installation_id,
            "owner": owner,
        }
        _leave_room(same, name)
        preset, _ = RunPreset.objects.update_or_create(
            **same,
            name=name,
            defaults={
                "answers": answers,
                "saved_by": actor.id,
                "saved_by_name": actor.name,
                "updated_at": now(),
            },
        )
        issue_receipt(
            kind=action,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="preset",
            subject_id=str(preset.pk),
            subject_digest=digest_bytes(canonical_bytes(answers)),
            predicate={"name": name, "workflow": definition.address}
            | ({"installation": prepared.granted.grant.name} if prepared.granted else {}),
            decision=decision,
        )
    return preset


def _wrong_name(name: str) -> list[Problem]:
    if not name:
        return [
            Problem("/preset/name", "Give these answers a name to save them under.", "required")
        ]
    if len(name) > LONGEST_NAME:
        return [
            Problem("/preset/name", f"A name has at most {LONGEST_NAME} characters.", "too_long")
        ]
    return []


def _leave_room(same: Mapping[str, Any], name: str) -> None:
    others = RunPreset.objects.filter(**same).exclude(name=name)
    if others.count() >= MOST:
        message = f"{MOST} are saved for this form already."
        problem = Problem(
            "/preset/name", message, "too_many", "Delete one, or replace one by its name."
        )
        raise InvalidInput("These answers can't be saved like this.", problems=[problem])
