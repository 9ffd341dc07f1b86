"""Grants, row security, and the two questions that are asked before a tenant is known."""

from django.db import migrations

from maestro.kernel.rls import APP, JOBS, RowSecurity, SharedTable

# SECURITY DEFINER: they run as the owner, whose policy sees every row, and answer only for the
# person or the token given. search_path is fixed so that nobody puts a table of theirs before ours.
IDENTITY = f"""
CREATE FUNCTION maestro_seats(person uuid)
RETURNS TABLE (tenant_id uuid, slug varchar, name varchar, time_zone varchar,
               roles varchar[], teams varchar[], attributes jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.slug, t.name, t.time_zone, m.roles, m.teams, m.attributes
    FROM tenancy_membership m JOIN tenancy_tenant t ON t.id = m.tenant_id
    WHERE m.user_id = person ORDER BY t.name, t.slug
$$;
CREATE FUNCTION maestro_token(wanted text)
RETURNS TABLE (token_id uuid, user_id uuid, user_name varchar, email varchar, scopes varchar[],
               expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz,
               tenant_id uuid, slug varchar, name varchar, time_zone varchar,
               roles varchar[], teams varchar[], attributes jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.id, u.id, u.name, u.email, a.scopes, a.expires_at, a.revoked_at, a.last_used_at,
           t.id, t.slug, t.name, t.time_zone, m.roles, m.teams, m.attributes
    FROM tenancy_apitoken a
    JOIN tenancy_user u ON u.id = a.user_id AND u.is_active
    JOIN tenancy_tenant t ON t.id = a.tenant_id
    JOIN tenancy_membership m ON m.tenant_id = a.tenant_id AND m.user_id = a.user_id
    WHERE a.token_digest = wanted
$$;
REVOKE ALL ON FUNCTION maestro_seats(uuid), maestro_token(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maestro_seats(uuid), maestro_token(text) TO {APP};
"""  # noqa: S608 - the role's name is a constant of ours

LIBRARY_TABLES = [
    "auth.Group",
    "auth.Permission",
    "contenttypes.ContentType",
    "sessions.Session",
    "admin.LogEntry",
    "axes.AccessAttempt",
    "axes.AccessLog",
    "axes.AccessFailureLog",
    "axes.AccessAttemptExpiration",
    "django_celery_beat.SolarSchedule",
    "django_celery_beat.IntervalSchedule",
    "django_celery_beat.ClockedSchedule",
    "django_celery_beat.CrontabSchedule",
    "django_celery_beat.PeriodicTasks",
    "django_celery_beat.PeriodicTask",
]


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("axes", "__latest__"),
        ("django_celery_beat", "__latest__"),
    ]

    operations = [
        SharedTable("tenancy.Tenant", jobs="r"),
        SharedTable("tenancy.User", jobs="r"),
        RowSecurity("tenancy.Membership", jobs="r"),
        RowSecurity("tenancy.ApiToken"),
        migrations.RunSQL(
            IDENTITY, "DROP FUNCTION maestro_seats(uuid); DROP FUNCTION maestro_token(text)"
        ),
        *(SharedTable(model) for model in LIBRARY_TABLES),
        # The pages' own list of who belongs to a group or has a permission.
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON auth_group_permissions,"
            f" tenancy_user_groups, tenancy_user_user_permissions TO {APP};"
            # Beat runs as the jobs role: it reads its entries and notes when each last ran.
            f" GRANT SELECT, INSERT, UPDATE, DELETE ON django_celery_beat_solarschedule,"
            f" django_celery_beat_intervalschedule, django_celery_beat_clockedschedule,"
            f" django_celery_beat_crontabschedule, django_celery_beat_periodictasks,"
            f" django_celery_beat_periodictask TO {JOBS}",
            migrations.RunSQL.noop,
        ),
    ]
