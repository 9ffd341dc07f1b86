"""What the database itself holds, whatever the code above it forgets: row security, references, rights.

The lists here are exact: a new table, right or reference is a line here, or it fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connections, models

from maestro.kernel.tenant import PLATFORM_TENANT

pytestmark = pytest.mark.django_db(databases=["owner"])

OWN = "(tenant_id = ( SELECT maestro_tenant() AS maestro_tenant))"
SERVING = ("maestro_app", "maestro_jobs", "maestro_platform")
SHARED = {
    # What is global or of the system, what was granted, what is published and found.
    "catalog_workflowdefinition": ["scope", "runtime_grant"],
    "catalog_workflowversion": ["scope", "runtime_grant", "marketplace_release"],
    "catalog_workflowtag": ["scope)::text = 'global'::text"],
    "catalog_workflowtemplate": ["standing", "visibility", "catalog_templateaudience"],
    "catalog_templateaudience": ["member_id = ( SELECT maestro_tenant()"],
    "runtime_withdrawal": ["runtime_grant"],
    "marketplace_release": ["catalog_workflowtemplate", "reviewed_for", "runtime_grant"],
    "marketplace_certification": ["catalog_workflowtemplate"],
    "marketplace_releasehealth": ["catalog_workflowtemplate"],
    "marketplace_upgradeproposal": ["installer_id = ( SELECT maestro_tenant()"],
}
"""Tables of which a tenant may read rows of others, and what the condition must speak of."""

# What each role may do: s(elect), i(nsert), u(pdate), d(elete); of the app, the jobs, the platform.
RIGHTS = {
    # Of a tenant.
    "catalog_groupmember":        "siud -    s",
    "catalog_partnergroup":       "siud -    s",
    "catalog_templateaudience":   "siud -    s",
    "catalog_workflowdefinition": "siud s    s",
    "catalog_workflowtag":        "siud -    s",
    "catalog_workflowtemplate":   "siud siud s",
    "catalog_workflowversion":    "si   s    s",
    "connectors_connection":      "siud s    s",
    "governance_approvaldecision": "si  s    s",
    "governance_approvalrequest": "siud siud s",
    "governance_auditdue":        "s    siud s",
    "governance_auditlink":       "s    si   s",
    "governance_decision":        "si   si   s",
    "governance_evidencebundle":  "s    si   s",
    "governance_evidencedue":     "s    siud s",
    "governance_policydata":      "siud -    s",
    "governance_policyinput":     "si   sid  s",
    "governance_purposeentry":    "siud -    s",
    "governance_receipt":         "si   si   s",
    "governance_secret":          "siud s    s",
    "kernel_outboxevent":         "siud siud s",
    "marketplace_adoption":       "s    siud s",
    "marketplace_certification":  "si   s    s",
    "marketplace_finding":        "si   -    s",
    "marketplace_instancechange": "si   -    s",
    "marketplace_release":        "siud s    s",
    "marketplace_releasehealth":  "s    siud s",
    "marketplace_review":         "si   -    s",
    "marketplace_reviewevidence": "si   -    s",
    "marketplace_reviewlease":    "siud -    s",
    "marketplace_rollout":        "siud siud s",
    "marketplace_submission":     "siud s    s",
    "marketplace_templategroupobjectpermission": "siud - s",
    "marketplace_templateuserobjectpermission": "siud - s",
    "marketplace_upgradeproposal": "siud s   s",
    "marketplace_workflowinstance": "siud s  s",
    "runtime_execution":          "siud siud s",
    "runtime_executionevent":     "si   si   s",
    "runtime_grant":              "siud s    s",
    "runtime_runpreset":          "siud -    s",
    "runtime_savedfilter":        "siud -    s",
    "runtime_steprun":            "siud siud s",
    "runtime_withdrawal":         "si   s    s",
    "tenancy_apitoken":           "siud -    s",
    "tenancy_membership":         "siud s    s",
    # Of nobody: who there is, how the platform is.
    "kernel_clockoffset":         "s    s    s",
    "governance_policybundle":    "si   -    s",
    "governance_policychange":    "si   -    s",
    "governance_trustedkey":      "si   s    s",
    "kernel_heartbeat":           "s    siud s",
    "marketplace_verifiedpublisher": "siud - s",
    "tenancy_tenant":             "siud s    s",
    "tenancy_user":               "siud s    s",
    # Of the libraries. Nobody but the app, which signs people in, reads the keys of sessions.
    "django_session":             "siud -    -",
    "tenancy_user_groups":        "siud -    -",
    "tenancy_user_user_permissions": "siud - -",
    "auth_group_permissions":     "siud -    -",
    **dict.fromkeys(
        (
            "auth_group", "auth_permission", "axes_accessattempt", "axes_accessattemptexpiration",
            "axes_accessfailurelog", "axes_accesslog", "django_admin_log", "django_content_type",
        ),
        "siud - s",
    ),
    **dict.fromkeys(
        (f"django_celery_beat_{kind}" for kind in (
            "clockedschedule", "crontabschedule", "intervalschedule", "periodictask",
            "periodictasks", "solarschedule",
        )),
        "siud siud s",
    ),
}  # fmt: skip
COLUMNS = {
    ("governance_secret", "last_used_at", "maestro_jobs", "UPDATE"),
    *(
        ("governance_secret", wrapping, "maestro_jobs", "UPDATE")
        for wrapping in ("key_id", "wrapped_key")
    ),
    ("governance_policychange", "bundles", "maestro_app", "UPDATE"),
    ("governance_trustedkey", "revoked_at", "maestro_app", "UPDATE"),
    ("governance_trustedkey", "revoked_by_name", "maestro_app", "UPDATE"),
    ("governance_policychange", "rules", "maestro_app", "UPDATE"),
    *(
        ("governance_policybundle", moved, "maestro_app", "UPDATE")
        for moved in (
            "activated_at", "activated_by", "activated_by_name", "replaced_id", "retired_at",
            "status",
        )
    ),
}  # fmt: skip
"""Rights on a single column."""
ANOTHERS = {
    "runtime.Execution.definition",
    "runtime.Execution.version",
    "runtime.Grant.version",
    "runtime.RunPreset.definition",
}
"""References that may name another tenant's row: what is run may be shared, or installed."""


def asked(statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return list(cursor.fetchall())


def tenant_tables() -> set[str]:
    """Every table with a `tenant_id`, as the database has them."""
    found = asked(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')"
        " AND c.relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in found}


def test_every_table_of_a_tenant_is_known_by_a_model() -> None:
    known = {model._meta.db_table for model in apps.get_models() if has_tenant(model)}
    assert tenant_tables() == known
    assert len(known) > 15


def test_every_table_of_a_tenant_holds_its_owner_to_row_security_too() -> None:
    held = asked(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        " AND relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in held} == tenant_tables()


def test_every_policy_is_one_of_the_kernels() -> None:
    """No policy says more than the tenant's own, but for reading what is global."""
    wanted, jobs = {}, {table for table, rights in RIGHTS.items() if rights.split()[1] != "-"}
    for table in tenant_tables():
        wanted |= {
            (table, "app_read"): ("maestro_app", "SELECT", OWN, None),
            (table, "app_insert"): ("maestro_app", "INSERT", None, OWN),
            (table, "app_update"): ("maestro_app", "UPDATE", OWN, OWN),
            (table, "app_delete"): ("maestro_app", "DELETE", OWN, None),
            (table, "owner_all"): ("maestro_owner", "ALL", "true", "true"),
            (table, "platform_read"): ("maestro_platform", "SELECT", "true", None),
        }
        if table in jobs:
            wanted[table, "jobs_all"] = ("maestro_jobs", "ALL", "true", "true")
    found = {}
    for table, name, roles, command, permissive, using, check in asked(
        "SELECT tablename, policyname, array_to_string(roles, ','), cmd, permissive, qual,"
        " with_check FROM pg_policies WHERE schemaname = 'public'"
    ):
        assert permissive == "PERMISSIVE"
        if name == "app_read" and table in SHARED:
            assert using.startswith(f"({OWN} OR "), table
            assert all(word in using for word in SHARED[table]), table
            using = OWN
        if name == "app_read" and table == "governance_purposeentry":  # the platform's too
            assert using == f"({OWN} OR (tenant_id = '{PLATFORM_TENANT}'::uuid))"
            using = OWN
        found[table, name] = (roles, command, using, check)
    assert found == wanted


def has_tenant(model: type[models.Model]) -> bool:
    return any(field.name == "tenant_id" for field in model._meta.fields)


def references() -> Iterator[tuple[str, str, str, str]]:
    """From one tenant's table to another: its name, the table, its column, the other table."""
    for model in apps.get_models():
        if not has_tenant(model):
            continue
        for field in model._meta.fields:
            other = field.related_model
            if isinstance(field, models.ForeignKey) and has_tenant(other):
                name = f"{model._meta.label}.{field.name}"
                yield name, model._meta.db_table, str(field.column), other._meta.db_table


@pytest.mark.parametrize(
    ("table", "column", "other"), [pytest.param(*rest, id=name) for name, *rest in references()]
)
def test_a_reference_can_name_no_row_of_another_tenant(
    table: str, column: str, other: str, request: pytest.FixtureRequest
) -> None:
    by_key = asked(
        """
        SELECT ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY key(number, place)
                     JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
               ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY key(number, place)
                     JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
        FROM pg_constraint WHERE contype = 'f' AND convalidated
        AND conrelid = %s::regclass AND confrelid = %s::regclass
        """,
        table,
        other,
    )
    by_trigger = asked(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
        table,
    )
    held = (["tenant_id", column], ["tenant_id", "id"]) in by_key or any(
        f"maestro_same_tenant('{column}', '{other}')" in said
        and f"BEFORE INSERT OR UPDATE OF {column}, tenant_id" in said
        for (said,) in by_trigger
    )
    alone = any(column in named and "tenant_id" not in named for named, _ in by_key)
    assert not alone
    assert held != (request.node.callspec.id in ANOTHERS)


def test_every_reference_that_is_let_go_is_there() -> None:
    assert {name for name, *_ in references()} >= ANOTHERS


def test_the_rights_of_each_role_are_these_and_no_more() -> None:
    letters = {"SELECT": "s", "INSERT": "i", "UPDATE": "u", "DELETE": "d"}
    found: dict[str, dict[str, str]] = {}
    for table, role, right in asked(
        "SELECT c.relname, coalesce(r.rolname, 'public'), a.privilege_type"
        " FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a"
        " LEFT JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE a.grantee <> c.relowner AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND c.relnamespace = 'public'::regnamespace"
    ):
        of_table = found.setdefault(table, {})
        of_table[role] = of_table.get(role, "") + letters.get(right, f" {right} ")
    got = {
        table: " ".join(
            "".join(sorted(rights.pop(role, "-"), key="siud-".find)) for role in SERVING
        )
        for table, rights in found.items()
    }
    assert [rights for rights in found.values() if rights] == []  # to anybody else
    assert got == {table: " ".join(rights.split()) for table, rights in RIGHTS.items()}


def test_the_rights_on_single_columns_are_these() -> None:
    found = asked(
        "SELECT c.relname, t.attname, r.rolname, a.privilege_type FROM pg_attribute t"
        " JOIN pg_class c ON c.oid = t.attrelid CROSS JOIN LATERAL aclexplode(t.attacl) a"
        " JOIN pg_roles r ON r.oid = a.grantee WHERE c.relnamespace = 'public'::regnamespace"
    )
    assert set(found) == COLUMNS


def test_no_serving_role_is_more_than_it_needs_to_be() -> None:
    found = asked(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND NOT (rolsuper OR rolbypassrls"
        " OR rolcreaterole OR rolcreatedb OR rolreplication)",
        list(SERVING),
    )
    assert {name for (name,) in found} == set(SERVING)
    memberships = "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
    assert {name for (name,) in asked(memberships)}.isdisjoint(SERVING)


@pytest.mark.parametrize(
    "catalog", ["pg_class.rel", "pg_proc.pro", "pg_namespace.nsp", "pg_type.typ"]
)
def test_no_serving_role_owns_anything(catalog: str) -> None:
    table, prefix = catalog.split(".")
    # Constants of ours are put into the statement.
    owned = f"SELECT {prefix}name FROM {table} WHERE pg_get_userbyid({prefix}owner) = ANY(%s)"  # noqa: S608
    assert asked(owned, list(SERVING)) == []


def test_no_serving_role_makes_anything_in_the_schema() -> None:
    (made,) = asked(
        "SELECT bool_or(has_schema_privilege(role, 'public', 'CREATE')) FROM unnest(%s::text[]) role",
        list(SERVING),
    )
    assert made == (False,)


def test_what_runs_as_the_owner_is_known_and_looks_in_our_schema_alone() -> None:
    """A function that is run with its owner's rights passes row security: each is a small door."""
    found = {
        name: (settings, acl)
        for name, settings, acl in asked(
            "SELECT proname, coalesce(array_to_string(proconfig, ','), ''), proacl::text"
            " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
    }
    doors = {"maestro_seats", "maestro_token"}
    assert set(found) == doors | {"maestro_audited"}  # a trigger, which nobody can call
    assert {settings for settings, _ in found.values()} == {"search_path=public, pg_temp"}
    for name in doors:
        _, acl = found[name]
        assert acl == "{maestro_owner=X/maestro_owner,maestro_app=X/maestro_owner}", name
