"""Upgrades of installations, roll-outs and proposals, as the API shows them and is sent them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from maestro.api.exact import Exact
from maestro.api.views.installation_shapes import InstallationProblem
from maestro.api.views.policy import ReasonSerializer
from maestro.api.views.template_shapes import ReleaseSummary
from maestro.api.views.version_shapes import VersionChanges, changes_of
from marketplace.following import bound, rate_of, waves_of
from marketplace.models import InstanceChange, Rollout
from marketplace.services.prepare_upgrade import PreparedUpgrade
from marketplace.services.simulate_upgrade import SimulatedUpgrade


class MigrationNote(serializers.Serializer[Any]):
    """What a rule, or nothing but the new version, did to one thing that was given."""

    done = serializers.CharField(help_text="renamed, set, filled, removed or left_out")
    part = serializers.CharField(help_text="parameters, secrets or endpoints")
    name = serializers.CharField()
    to = serializers.CharField(help_text="its new name, if it was renamed")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class Migration(serializers.Serializer[Any]):
    """What the installation was given, and what it would be given."""

    parameters_before = serializers.DictField()
    parameters = serializers.DictField()
    secrets = serializers.DictField(child=serializers.CharField())
    endpoints = serializers.DictField(child=serializers.CharField())
    notes = MigrationNote(many=True)


class UpgradePreview(serializers.Serializer[Any]):
    """What an upgrade would do; nothing was written. Send `revision` and `digest` back with it."""

    allowed = serializers.BooleanField(help_text="whether it would be done as it is")
    needs_a_person = serializers.BooleanField(
        help_text="whether no follower goes over it by itself: it breaks, or reaches more"
    )
    workflow = serializers.CharField()
    version = serializers.CharField()
    digest = serializers.CharField(help_text="send it back as expected_digest")
    revision = serializers.IntegerField(help_text="send it back as expected_revision")
    verified = serializers.BooleanField()
    versions = serializers.ListField(child=serializers.CharField(), help_text="one can go to these")
    changes = VersionChanges()
    migration = Migration()
    hosts = serializers.ListField(child=serializers.CharField(), help_text="granted now")
    hosts_to_grant = serializers.ListField(
        child=serializers.CharField(), help_text="reached anew; granted by nobody but you"
    )
    releases = ReleaseSummary(many=True)
    problems = InstallationProblem(many=True)
    reasons = ReasonSerializer(many=True)
    policies_revision = serializers.CharField()


class UpgradeSerializer(Exact):
    """To what, and what is given instead of what the rules made of it."""

    to = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", help_text="empty: the highest"
    )
    parameters = serializers.DictField(required=False, help_text="each replaces that of its name")
    secrets = serializers.DictField(child=serializers.CharField(), required=False)
    endpoints = serializers.DictField(child=serializers.CharField(), required=False)
    hosts = serializers.ListField(
        child=serializers.CharField(max_length=261),
        required=False,
        help_text="all hosts that are granted from now on; left out, those that are granted now",
    )
    expected_revision = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="revision of the installation that was looked at; another one is answered 409",
    )
    expected_digest = serializers.CharField(
        max_length=71,
        required=False,
        allow_blank=True,
        default="",
        help_text="digest of the release that was looked at; another one is answered 409",
    )


class UpgradeSimulation(serializers.Serializer[Any]):
    """A run in memory of the release that one would go to; nothing was written or called."""

    version = serializers.CharField()
    purpose = serializers.CharField(help_text="of the run; one that the installation is for")
    parameters = serializers.DictField(help_text="that it would be given")
    secrets = serializers.DictField(child=serializers.CharField())
    endpoints = serializers.DictField(child=serializers.CharField())
    hosts = serializers.ListField(child=serializers.CharField(), help_text="that it is granted")
    simulation = serializers.JSONField(
        allow_null=True, help_text="as /api/simulate/ answers; null where there is something open"
    )
    why_not = serializers.CharField(help_text="why it is not simulated; or empty")
    problems = InstallationProblem(many=True)
    reasons = ReasonSerializer(many=True)


class RollBackSerializer(Exact):
    """Back to what it was before the last upgrade."""

    expected_revision = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="revision that was looked at; another one is answered 409",
    )


class InstanceChangeSerializer(serializers.ModelSerializer[InstanceChange]):
    """One change of an installation."""

    by = serializers.CharField(source="by_name", read_only=True)

    class Meta:
        model = InstanceChange
        fields = [
            "id",
            "kind",
            "from_number",
            "to_number",
            "reason",
            "by",
            "receipt_id",
            "created_at",
        ]
        read_only_fields = fields


class ProposalNew(Exact):
    """To which release, why, and until when."""

    number = serializers.CharField(max_length=64)
    message = serializers.CharField(max_length=500)
    deadline = serializers.DateField(required=False, allow_null=True, default=None)
    tenants = serializers.ListField(
        child=serializers.CharField(max_length=63),
        required=False,
        default=list,
        max_length=200,
        help_text="slugs of whom to ask; empty: everybody who is on a lower version",
    )


class ProposedSerializer(serializers.Serializer[Any]):
    """How many installations were asked that were not asked before."""

    asked = serializers.IntegerField()


class WaveShape(serializers.Serializer[Any]):
    """A wave of a roll-out; `runs` and `failed_runs` are of those that it upgraded, since: rounded,
    and null where fewer tenants or runs stand behind them than may be told."""

    followers = serializers.IntegerField()
    begun = serializers.BooleanField()
    upgraded = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="left for a person to decide")
    failed = serializers.IntegerField(help_text="could not be upgraded")
    ahead = serializers.IntegerField(help_text="were on it already")
    runs = serializers.IntegerField(allow_null=True)
    failed_runs = serializers.IntegerField(allow_null=True)


class RolloutSerializer(serializers.ModelSerializer[Rollout]):
    """How far a release has come to those who follow it, and how what was upgraded runs."""

    waves = serializers.SerializerMethodField()
    bound = serializers.SerializerMethodField()

    @extend_schema_field(WaveShape(many=True))
    def get_waves(self, row: Rollout) -> list[dict[str, Any]]:
        """Each wave that has a follower, in their order."""
        return [
            {
                "followers": wave.followers,
                "begun": wave.begun,
                "upgraded": wave.upgraded,
                "waiting": wave.waiting,
                "failed": wave.failed,
                "ahead": wave.ahead,
                "runs": wave.rate.runs if wave.rate else None,
                "failed_runs": wave.rate.failed if wave.rate else None,
            }
            for wave in waves_of(row.followers, row.waves, row.rates.get("waves", ()))
        ]

    def get_bound(self, row: Rollout) -> float | None:
        """The share of failed runs, from 0 to 1, above which the next wave does not begin; null where
        what ran before may not be told."""
        before = rate_of(row.rates.get("before"))
        return None if before is None else bound(before)

    class Meta:
        model = Rollout
        fields = [
            "status",
            "wave",
            "followers",
            "done",
            "skipped",
            "halted_reason",
            "waves",
            "bound",
            "measured_at",
            "resumed_at",
            "next_at",
            "created_at",
        ]
        read_only_fields = fields


def simulation_of(found: PreparedUpgrade, told: SimulatedUpgrade) -> dict[str, Any]:
    """What `UpgradeSimulation` shows."""
    checked = found.checked
    problems = dict.fromkeys((*told.problems, *checked.problems))
    return {
        "version": found.after.release.number,
        "purpose": told.purpose,
        "parameters": checked.wanted.parameters,
        "secrets": checked.secrets,
        "endpoints": checked.endpoints,
        "hosts": checked.hosts,
        "simulation": told.simulation.as_dict() if told.simulation else None,
        "why_not": told.why_not,
        "problems": [problem.as_dict() for problem in problems],
        "reasons": [reason.as_dict() for reason in checked.answer.deny],
    }


def preview_of(found: PreparedUpgrade) -> dict[str, Any]:
    """What `UpgradePreview` shows."""
    instance, checked, now = found.instance, found.checked, found.plan.migrated
    return {
        "allowed": checked.is_fine,
        "needs_a_person": found.plan.needs_a_person,
        "workflow": instance.address,
        "version": found.after.release.number,
        "digest": found.after.release.digest,
        "revision": instance.revision,
        "verified": found.after.verification.verified,
        "versions": found.numbers,
        "changes": changes_of(found.before.document, found.after.document, found.judged),
        "migration": {
            "parameters_before": instance.parameters,
            "parameters": now.parameters,
            "secrets": now.secrets,
            "endpoints": now.endpoints,
            "notes": [
                {
                    "done": note.done.value,
                    "part": note.part,
                    "name": note.name,
                    "to": note.to,
                    "before": note.before,
                    "after": note.after,
                }
                for note in now.notes
            ],
        },
        "hosts": instance.hosts,
        "hosts_to_grant": found.hosts_to_grant,
        "releases": [
            {
                "number": one.number,
                "status": one.status,
                "breaking": one.is_breaking,
                "changelog": one.changelog,
                "released_at": one.created_at,
            }
            for one in found.releases
        ],
        "problems": [problem.as_dict() for problem in checked.problems],
        "reasons": [reason.as_dict() for reason in checked.answer.deny],
        "policies_revision": checked.answer.revision,
    }
