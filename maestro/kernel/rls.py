"""Row-level security as migration operations: one line a model.

Four roles meet a table. The owner migrates it. `maestro_app` serves people and is held to one
tenant. `maestro_jobs` runs the engine, the pump and the sweepers over all tenants, on the tables
that name it. `maestro_platform` reads, for reviewers and the admin. None of the last three owns a
table or bypasses row security (PostgreSQL 18 manual, § 5.9).
"""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

APP, JOBS, PLATFORM = "maestro_app", "maestro_jobs", "maestro_platform"
TENANT = "(SELECT maestro_tenant())"  # a sub-select, so that it is asked once a statement
OWN = f"tenant_id = {TENANT}"
RIGHTS = {
    "": "",
    "r": "SELECT",
    "a": "SELECT, INSERT",
    "rw": "SELECT, INSERT, UPDATE, DELETE",
}

TENANT_FUNCTION = """
CREATE OR REPLACE FUNCTION maestro_tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    tenant text := current_setting('maestro.tenant', true);
BEGIN
    -- What a finished transaction leaves behind is '', not NULL.
    IF tenant IS NULL OR tenant = '' THEN
        RAISE EXCEPTION 'no tenant is set for this transaction'
            USING ERRCODE = 'MT001', HINT = 'Open maestro.kernel.tenant.tenant_scope().';
    END IF;
    RETURN tenant::uuid;
END $$
"""

APPEND_ONLY_FUNCTION = """
CREATE OR REPLACE FUNCTION maestro_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'MT002';
END $$
"""

# Runs as the tables' owner, so that no other role needs a right on the queue, and none can take a
# record out of it before it is linked.
AUDITED_FUNCTION = """
CREATE OR REPLACE FUNCTION maestro_audited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO public."{queue}" (record_id, tenant_id, record_type)
        VALUES (NEW.id, NEW.tenant_id, TG_ARGV[0]);
    RETURN NULL;
END $$
"""

SAME_TENANT_FUNCTION = """
CREATE OR REPLACE FUNCTION maestro_same_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named uuid := to_jsonb(NEW) ->> TG_ARGV[0];
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id = $1 AND tenant_id = $2)', TG_ARGV[1])
        INTO found USING named, NEW.tenant_id;
    IF NOT found THEN
        RAISE EXCEPTION '%.% names no row of this tenant', TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END $$
"""


class _TableOperation(Operation):
    """An operation in SQL on one model's table; the state of the models is not touched."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str) -> None:
        self.model = model

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing: policies and grants are not part of a model's state."""

    def _table(self, apps: Apps) -> str:
        app_label, name = self.model.split(".")
        table: str = apps.get_model(app_label, name)._meta.db_table
        return table

    def forwards(self, table: str, apps: Apps) -> list[str]:
        """The statements that put it in force."""
        raise NotImplementedError

    def backwards(self, table: str, apps: Apps) -> list[str]:
        """The statements that take it back."""
        raise NotImplementedError

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in self.forwards(self._table(to_state.apps), to_state.apps):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in self.backwards(self._table(from_state.apps), from_state.apps):
            schema_editor.execute(statement, params=None)


def _grants(table: str, *, app: str, jobs: str, platform: str) -> list[str]:
    roles = ((APP, app), (JOBS, jobs), (PLATFORM, platform))
    return [
        f'GRANT {RIGHTS[rights]} ON "{table}" TO {role}' for role, rights in roles if RIGHTS[rights]
    ]


def _readable(shared_when: str) -> str:
    return f"{OWN} OR ({shared_when})" if shared_when else OWN


class RowSecurity(_TableOperation):
    """Holds a tenant table to its tenant.

    `jobs` is what the engine's role may do with all rows: "" nothing, "r" read, "a" append,
    "rw" all. `shared_when` is an SQL condition under which every tenant may read a row
    (it may name the table's own columns); nobody writes another tenant's row.
    """

    def __init__(self, model: str, jobs: str = "", shared_when: str = "", app: str = "rw") -> None:
        super().__init__(model)
        self.jobs, self.shared_when, self.app = jobs, shared_when, app

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"jobs": self.jobs, "shared_when": self.shared_when, "app": self.app}
        return self.__class__.__name__, [self.model], kwargs

    def forwards(self, table: str, apps: Apps) -> list[str]:
        own, readable = OWN, _readable(self.shared_when)
        statements = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY owner_all ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)',
            f'CREATE POLICY app_read ON "{table}" FOR SELECT TO {APP} USING ({readable})',
            f'CREATE POLICY app_insert ON "{table}" FOR INSERT TO {APP} WITH CHECK ({own})',
            f'CREATE POLICY app_update ON "{table}" FOR UPDATE TO {APP}'
            f" USING ({own}) WITH CHECK ({own})",
            f'CREATE POLICY app_delete ON "{table}" FOR DELETE TO {APP} USING ({own})',
            f'CREATE POLICY platform_read ON "{table}" FOR SELECT TO {PLATFORM} USING (true)',
        ]
        if self.jobs:
            statements.append(
                f'CREATE POLICY jobs_all ON "{table}" TO {JOBS} USING (true) WITH CHECK (true)'
            )
        return statements + _grants(table, app=self.app, jobs=self.jobs, platform="r")

    def backwards(self, table: str, apps: Apps) -> list[str]:
        names = ["owner_all", "app_read", "app_insert", "app_update", "app_delete", "platform_read"]
        names += ["jobs_all"] if self.jobs else []
        return [
            *(f'DROP POLICY "{name}" ON "{table}"' for name in names),
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
            f'REVOKE ALL ON "{table}" FROM {APP}, {JOBS}, {PLATFORM}',
        ]

    def describe(self) -> str:
        return f"Hold {self.model} to its tenant"


class ShareWhen(_TableOperation):
    """Says anew when every tenant may read a row of a table that `RowSecurity` holds already.

    `before` is what was said until then, for the way back.
    """

    def __init__(self, model: str, shared_when: str, before: str = "") -> None:
        super().__init__(model)
        self.shared_when, self.before = shared_when, before

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"shared_when": self.shared_when, "before": self.before}
        return self.__class__.__name__, [self.model], kwargs

    def forwards(self, table: str, apps: Apps) -> list[str]:
        return [f'ALTER POLICY app_read ON "{table}" USING ({_readable(self.shared_when)})']

    def backwards(self, table: str, apps: Apps) -> list[str]:
        return [f'ALTER POLICY app_read ON "{table}" USING ({_readable(self.before)})']

    def describe(self) -> str:
        return f"Say when every tenant may read {self.model}"


class SameTenant(_TableOperation):
    """Makes a reference a composite key, so that it can't name another tenant's row.

    The model's foreign key says `db_constraint=False`; this adds `(tenant_id, field)` →
    `(tenant_id, id)` of the other table, checked at commit. The other table needs a unique
    constraint on `(tenant_id, id)`, which the first reference to it makes.

    With `by_trigger` a trigger checks it where it is set, and no index or key is needed on the other
    table: for what is written all the time. It trusts the engine's role, whose one statement takes
    the tenant and the reference from the same row. The row that is named may be deleted; take it
    for references to tables of which nothing is.
    """

    def __init__(self, model: str, field: str, *, by_trigger: bool = False) -> None:
        super().__init__(model)
        self.field, self.by_trigger = field, by_trigger

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"by_trigger": True} if self.by_trigger else {}
        return self.__class__.__name__, [self.model, self.field], kwargs

    def _names(self, table: str, apps: Apps) -> tuple[str, str, str]:
        app_label, name = self.model.split(".")
        field: Any = apps.get_model(app_label, name)._meta.get_field(self.field)
        return (
            f"{table}_{field.column}_same_tenant",
            field.column,
            field.related_model._meta.db_table,
        )

    def forwards(self, table: str, apps: Apps) -> list[str]:
        constraint, column, other = self._names(table, apps)
        if self.by_trigger:
            return [
                SAME_TENANT_FUNCTION,
                f'CREATE TRIGGER "{constraint}" BEFORE INSERT OR UPDATE OF "{column}", tenant_id'
                f' ON "{table}" FOR EACH ROW'
                f""" WHEN (NEW."{column}" IS NOT NULL AND current_user <> '{JOBS}')"""
                f" EXECUTE FUNCTION maestro_same_tenant('{column}', '{other}')",
            ]
        return [
            f'CREATE UNIQUE INDEX IF NOT EXISTS "{other}_tenant_and_id"'
            f' ON "{other}" (tenant_id, id)',
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{constraint}"'
            f' FOREIGN KEY (tenant_id, "{column}") REFERENCES "{other}" (tenant_id, id)'
            " DEFERRABLE INITIALLY DEFERRED",
        ]

    def backwards(self, table: str, apps: Apps) -> list[str]:
        constraint, _, _ = self._names(table, apps)
        if self.by_trigger:
            return [f'DROP TRIGGER "{constraint}" ON "{table}"']
        return [f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"']

    def describe(self) -> str:
        return f"Hold {self.model}.{self.field} to rows of the same tenant"


class AppendOnly(_TableOperation):
    """Refuses every update and delete of a table's rows, whoever asks."""

    def forwards(self, table: str, apps: Apps) -> list[str]:
        return [
            f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION maestro_append_only()",
        ]

    def backwards(self, table: str, apps: Apps) -> list[str]:
        return [f'DROP TRIGGER append_only ON "{table}"']

    def describe(self) -> str:
        return f"Make {self.model} append-only"


class Expires(_TableOperation):
    """Lets the engine's role delete rows of an `AppendOnly` table that are older than a day.

    Nobody changes one still, and nobody else deletes one.
    """

    def forwards(self, table: str, apps: Apps) -> list[str]:
        return [
            f'DROP TRIGGER append_only ON "{table}"',
            f'CREATE TRIGGER append_only BEFORE UPDATE ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION maestro_append_only()",
            f'CREATE TRIGGER kept_for_a_day BEFORE DELETE ON "{table}" FOR EACH ROW'
            f" WHEN (current_user <> '{JOBS}' OR OLD.created_at > now() - interval '1 day')"
            " EXECUTE FUNCTION maestro_append_only()",
            f'GRANT DELETE ON "{table}" TO {JOBS}',
        ]

    def backwards(self, table: str, apps: Apps) -> list[str]:
        return [
            f'REVOKE DELETE ON "{table}" FROM {JOBS}',
            f'DROP TRIGGER kept_for_a_day ON "{table}"',
            f'DROP TRIGGER append_only ON "{table}"',
            *AppendOnly(self.model).forwards(table, apps),
        ]

    def describe(self) -> str:
        return f"Let old rows of {self.model} expire"


class Audited(_TableOperation):
    """Puts every new row of an append-only table into the queue of the audit chain.

    In the writer's own transaction, which so waits for nobody. Rows that are there already are put
    into it too. A column that is added later must be null in rows that are linked already: what a
    record says is what is not null in it.
    """

    def __init__(self, model: str, queue: str = "governance.AuditDue") -> None:
        super().__init__(model)
        self.queue = queue

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {"queue": self.queue}

    def forwards(self, table: str, apps: Apps) -> list[str]:
        queue = apps.get_model(self.queue)._meta.db_table
        label = self.model.lower()
        return [
            AUDITED_FUNCTION.replace("{queue}", queue),
            f'CREATE TRIGGER audited AFTER INSERT ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION maestro_audited('{label}')",
            f'INSERT INTO "{queue}" (record_id, tenant_id, record_type)'  # noqa: S608
            f" SELECT id, tenant_id, '{label}' FROM \"{table}\" ON CONFLICT DO NOTHING",
        ]

    def backwards(self, table: str, apps: Apps) -> list[str]:
        return [f'DROP TRIGGER audited ON "{table}"']

    def describe(self) -> str:
        return f"Link the records of {self.model} in the audit chain"


class SharedTable(_TableOperation):
    """Grants for a table that belongs to no tenant, such as the users or a library's own."""

    def __init__(self, model: str, app: str = "rw", jobs: str = "", platform: str = "r") -> None:
        super().__init__(model)
        self.rights = {"app": app, "jobs": jobs, "platform": platform}

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model], dict(self.rights)

    def forwards(self, table: str, apps: Apps) -> list[str]:
        return _grants(table, **self.rights)

    def backwards(self, table: str, apps: Apps) -> list[str]:
        return [f'REVOKE ALL ON "{table}" FROM {APP}, {JOBS}, {PLATFORM}']

    def describe(self) -> str:
        return f"Grant the use of {self.model}"
