"""Two tenants: globex, whose people call, and theirs, whose every text says “quokka”.

Theirs has a row of every model (`tests.console.rows.fill`) and rows that services made: a frozen
workflow, an execution that waits for an approval, one that has ended with its evidence, a secret.
A made-up value is a real one with another word or id in it, so that both have one shape.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models

from catalog.models import Visibility, WorkflowTemplate
from governance.models import ApprovalRequest
from governance.services.set_secret import set_secret
from maestro.runtime.models import Execution, RunPreset, StepRun
from maestro.runtime.services.make_evidence import make_evidence
from maestro.tenancy.models import Membership, Tenant
from marketplace.models import WorkflowInstance
from marketplace.services.install_release import install_release
from tests.addresses import Address
from tests.api.calling import token_for
from tests.console.rows import fill
from tests.factories import actor_of, make_member, make_tenant
from tests.marketplace.worlds import released
from tests.runtime.driving import freeze, run

CANARY, MADE_UP = "quokka", "wombat"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ASKS = """
- {{id: {word}_first, task: core.set@1, with: {{values: {{said: {word} said}}}}}}
- {{id: {word}_ask, needs: [{word}_first], task: core.approval@1,
   with: {{count: 1, message: May the {word} go on?}}}}
"""
ENDS = "- {{id: {word}_first, task: core.set@1, with: {{values: {{said: {word} said}}}}}}"
NONE = "parameters: {type: object, properties: {}}"
# What the machine reads in a row: another word there would be a row that can't be.
MACHINES = {
    "action", "actor_kind", "category", "channel", "digest", "input_digest", "key_id", "kind",
    "media_type", "prefix", "publisher", "purpose", "record_digest", "resource_id",
    "resource_type", "revision", "risk", "scope", "slug", "status", "subject_id", "subject_type",
    "task", "token_digest", "trigger", "version", "version_digest", "version_number", "waiting_for",
    "workflow", "step_id", "latest_version", "verb", "record_type",
}  # fmt: skip


@dataclass
class Side:
    """A tenant with its rows."""

    tenant: Tenant
    rows: dict[type[models.Model], Any]
    """The first of every model: what a service made, where one makes it."""
    texts: dict[str, str]
    """What stands under each name of an argument, a field or a query parameter."""
    waiting: Execution
    ended: Execution
    asked: ApprovalRequest

    def values(self, address: Address, *, ended: bool = False) -> dict[str, str]:
        """What stands in the path for each argument. Raises `LookupError`, which says of which."""
        return {name: self._value(address, name, ended) for name in address.arguments}

    def _value(self, address: Address, argument: str, ended: bool) -> str:
        if address.front == "admin":
            return self._of_the_console(address, argument)
        stem = argument.removesuffix("_id")
        if argument == "pk":
            stem = address.name.partition(":")[2].partition("-")[0]
        if address.front == "gallery":
            return CANARY
        if argument == "slug" and address.front == "api" and not ended:
            return self.texts["workflow"]  # as everybody's; otherwise as one of the caller's own
        if argument in self.texts:
            return self.texts[argument]
        if stem == "execution":
            return str((self.ended if ended else self.waiting).pk)
        if stem == "request":
            return str(self.asked.pk)
        named = [model for model in self.rows if str(model._meta.model_name).endswith(stem)]
        named += [model for model in self.rows if str(model._meta.verbose_name).endswith(stem)]
        for model in named:
            return str(self.rows[model].pk)
        raise LookupError(
            f"{address.name} ({address.pattern}): no value is known for <{argument}>. Call it after"
            " a model (`execution_id`), or add it to `texts_of` in tests/isolation/world.py."
        )

    def _of_the_console(self, address: Address, argument: str) -> str:
        if argument == "app_label":
            return "runtime"
        if argument == "url":
            return "nowhere/"
        if argument == "content_type_id":
            return "1"
        for model, row in self.rows.items():
            label = f"{model._meta.app_label}_{model._meta.model_name}"
            if label in address.name or f"/{label.replace('_', '/', 1)}/" in address.pattern:
                return str(row.pk)
        return "7"  # of a library's table, which is of no tenant


def texts_of(side: Side, word: str, secret: str) -> dict[str, str]:
    """What a caller who knows what is there would give under each name of a field or a parameter."""
    tenant, execution = side.tenant, str(side.waiting.pk)
    member: Any = side.rows[Membership]
    template: Any = side.rows[WorkflowTemplate]
    installed: Any = side.rows[WorkflowInstance]
    return {
        "action": "cancel",
        "address": template.address,
        "after": execution,
        "answer": "allowed",
        "category": "FinOps",
        "confirmed": "1",
        "cursor": execution,
        "decision": "approve",
        "description": f"Of the {word}",
        "email": "nobody@nowhere.test",
        "extent": "9",
        "from": execution,
        "from_step": f"{word}_ask",
        "host": f"mail.{word}.example",
        "id": execution,
        "installation_name": installed.name,
        "mine": "1",
        "name": secret,
        "badge": "trusted",
        "below": execution,
        "installed": "yes",
        "standing": "listed",
        "visibility": "public-ecosystem",
        "next": f"/executions/{execution}/",
        "of": "receipts",
        "outcome": "allowed",
        "owner": f"Tests-{word}",
        "owner_team": f"Tests-{word}",
        "page": "1",
        "password": secret,
        "person": member.user.name,
        "port": "587",
        "preset": str(side.rows[RunPreset].pk),
        "preset_for_all": "1",
        "preset_name": f"Leavers {word}",
        "publisher": tenant.slug,
        "purpose": "practice",
        "q": f"{word}-flow",
        "rationale": "It may go on.",
        "risk": "low",
        "roles": "viewer",
        "scope": "tenant",
        "sender": f"post@{word}.example",
        "sender_name": f"{word} post",
        "show": "waiting",
        "since": "1",
        "slug": f"{word}-flow",
        "sort": "title",
        "started_by": str(side.waiting.started_by),
        "status": "waiting",
        "step": f"{word}_ask",
        "step_id": f"{word}_ask",
        "subject": execution,
        "tag": "leaver",
        "teams": f"{word} people",
        "tenant": tenant.slug,
        "theme": "dark",
        "time_zone": "UTC",
        "title": f"The {word} flow",
        "tls": "starttls",
        "to": "2026-12-31",
        "trigger": "person",
        "username": member.user.email,
        "value": f"{word} value",
        "verb": "execution.start",
        "version": "1.0.0",
        "view": "graph",
        "view_name": f"View {word}",
        "view_opens": "1",
        "opens": "1",
        "created_after": "2026-01-01T00:00:00Z",
        "created_before": "2027-01-01T00:00:00Z",
        "page_size": "5",
        "template_slug": f"{word}-flow",
        "tenant_slug": tenant.slug,
        "number": "1.0.0",
        "workflow": f"{tenant.slug}/{word}-flow",
        "workflow_slug": f"{tenant.slug}/{word}-flow",
    }


def make_side(slug: str, word: str) -> Side:
    """A tenant and its rows."""
    tenant = make_tenant(slug, name=f"{word.title()} Limited")
    actor = actor_of(tenant, "admin", "author", "operator", teams=[f"{word} people"])
    freeze(actor, ASKS.format(word=word), name=f"{word}-flow")
    waiting = run(actor, f"{word}-flow")
    freeze(actor, ENDS.format(word=word), name=f"{word}-done")
    ended = run(actor, f"{word}-done")
    released(
        actor,
        ENDS.format(word=word),
        name=f"{word}-done",
        parameters=NONE,
        visibility=Visibility.INTERNAL,
    )
    install_release(
        actor=actor,
        release=f"{slug}/{word}-done",
        name=f"{word}-installed",
        environment="development",
    )
    make_evidence()
    secret = f"{word}-token"
    set_secret(actor=actor, tenant_id=tenant.pk, name=secret, value=f"{word} {word} {word}")
    token_for(tenant, make_member(tenant, "viewer"), name=f"{word} token")
    fill(tenant, tag=f"{word}-")
    mark(tenant, word)
    rows = {
        model: model._base_manager.using("owner").filter(tenant_id=tenant.pk).order_by("pk").first()
        for model in tenant_models()
    } | {Tenant: tenant}
    asked = ApprovalRequest.objects.using("owner").get(
        tenant_id=tenant.pk,
        pk=StepRun.objects.using("owner").get(execution=waiting, step_id=f"{word}_ask").related_id,
    )
    side = Side(tenant, rows, {}, waiting, ended, asked)
    side.texts |= texts_of(side, word, secret)
    return side


def tenant_models() -> list[type[models.Model]]:
    """Every model of which a row belongs to a tenant."""
    return [
        model
        for model in apps.get_models()
        if any(field.attname == "tenant_id" for field in model._meta.fields)
    ]


def mark(tenant: Tenant, word: str) -> None:
    """Puts the word into every text of the tenant's rows that people read, frozen or not."""
    for model in tenant_models():
        table = model._meta.db_table
        changes = [text for field in model._meta.fields for text in _marked(field, word)]
        if not changes:
            continue
        with connections["owner"].cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            cursor.execute(
                f'UPDATE "{table}" SET {", ".join(changes)} WHERE tenant_id = %s',  # noqa: S608
                [tenant.pk],
            )
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def _marked(field: models.Field[Any, Any], word: str) -> Iterator[str]:
    column = f'"{field.column}"'
    if field.name in MACHINES or field.choices or field.name.endswith("_digest"):
        return
    if isinstance(field, ArrayField):
        if isinstance(field.base_field, models.CharField) and field.name not in ("roles", "scopes"):
            yield f"{column} = array_append({column}, '{word}')"
    elif isinstance(field, models.CharField | models.TextField):
        longest = getattr(field, "max_length", None) or 10_000
        if longest >= 40 and not field.name.endswith("_file"):
            longer = f"left({column}, {longest - 10}) || '-{word}'"
            as_it_is = f"{column} = '' OR {column} ILIKE '%%{word}%%'"
            yield f"{column} = CASE WHEN {as_it_is} THEN {column} ELSE {longer} END"


def made_up_of(value: str, ids: Collection[str]) -> str:
    """A value like this that nothing has; `ids` are those of what is there."""

    def other(found: re.Match[str]) -> str:
        return nobodys(found[0]) if found[0] in ids else found[0]

    return _UUID.sub(other, value.replace(CANARY, MADE_UP))


def nobodys(text: str) -> str:
    """The id that stands for this one where a made-up one is sent."""
    return str(UUID(int=UUID(text).int ^ 0xFFFF_FFFF_FFFF))


def ids_of(tenant: Tenant) -> set[str]:
    """The id of every row of a tenant, of its people, and its own."""
    people = Membership.objects.using("owner").filter(tenant_id=tenant.pk)
    found = {str(tenant.pk), *map(str, people.values_list("user_id", flat=True))}
    for model in tenant_models():
        keys = model._base_manager.using("owner").filter(tenant_id=tenant.pk)
        found |= {str(key) for key in keys.values_list("pk", flat=True) if isinstance(key, UUID)}
    return found


def digests(alias: str, tenant: Tenant, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """How many rows a tenant has in each table, and a digest of them."""
    tables = sorted({model._meta.db_table for model in tenant_models()} - without)
    # Names of tables and an id of ours are put into the statement.
    asked = " UNION ALL ".join(
        f"SELECT '{table}', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY"  # noqa: S608
        f" t::text)), '') FROM \"{table}\" t WHERE tenant_id = '{tenant.pk}'"
        for table in tables
    )
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [str(tenant.pk)])
        cursor.execute(asked)
        return dict(cursor.fetchall())
