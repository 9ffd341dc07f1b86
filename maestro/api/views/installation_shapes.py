"""Installations as the API shows them, and what is sent to make and change one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from maestro.api.exact import Exact
from maestro.api.views.policy import ReasonSerializer
from maestro.runtime.models import Environment
from marketplace.models import Channel, WorkflowInstance


class InstallationSummary(serializers.ModelSerializer[WorkflowInstance]):
    """An installation in a list."""

    workflow = serializers.CharField(source="address", read_only=True)
    version = serializers.CharField(source="number", read_only=True)

    class Meta:
        model = WorkflowInstance
        fields = [
            "id",
            "name",
            "title",
            "workflow",
            "version",
            "digest",
            "channel",
            "status",
            "status_reason",
            "risk",
            "environment",
            "region",
            "revision",
            "installed_by_name",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class InstallationDetail(InstallationSummary):
    """One installation whole."""

    class Meta(InstallationSummary.Meta):
        fields = [
            *InstallationSummary.Meta.fields,
            "parameters",
            "secrets",
            "endpoints",
            "hosts",
            "quotas",
            "policies",
            "grant_id",
        ]
        read_only_fields = fields


class _Places(Exact):
    """What an installation runs with. Each is whole: what is not in it is not there any more."""

    parameters = serializers.DictField(required=False)
    secrets = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="stored secrets by name"
    )
    endpoints = serializers.DictField(child=serializers.CharField(), required=False)
    hosts = serializers.ListField(
        child=serializers.CharField(max_length=261),
        required=False,
        allow_null=True,
        help_text="hosts that are granted; null grants those of the endpoints",
    )
    region = serializers.CharField(max_length=40, required=False, allow_blank=True)
    quotas = serializers.DictField(
        child=serializers.IntegerField(), required=False, help_text="concurrent, per_day"
    )
    policies = serializers.DictField(
        required=False,
        help_text="purposes, teams, approvals, approval_teams, asked (parameters of each run)",
    )


class InstallSerializer(_Places):
    """What to install, and with what."""

    release = serializers.CharField(
        max_length=192, help_text="publisher/slug for the latest, or with @number"
    )
    name = serializers.CharField(max_length=63, help_text="lower-case letters, digits, hyphens")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, default=Channel.PIN)
    environment = serializers.ChoiceField(choices=Environment.choices)
    expected_digest = serializers.CharField(
        max_length=71,
        required=False,
        allow_blank=True,
        default="",
        help_text="digest of the release that was looked at; another one is answered 409",
    )


class ConfigureSerializer(_Places):
    """What to change; what is left out stays."""

    channel = serializers.ChoiceField(choices=Channel.choices, required=False)
    environment = serializers.ChoiceField(choices=Environment.choices, required=False)
    expected_revision = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="revision that was looked at; another one is answered 409",
    )


class StopSerializer(Exact):
    """Why it is to start nothing more."""

    reason = serializers.CharField(max_length=500)


class UninstallSerializer(Exact):
    """Why it is taken out of use, if anybody is to know."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class InstallationProblem(serializers.Serializer[Any]):
    """One thing that is wrong with what was given; `path` is a JSON pointer."""

    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField(required=False)


class InstallPreview(serializers.Serializer[Any]):
    """What installing it would meet; nothing was written."""

    allowed = serializers.BooleanField(help_text="whether it would be installed")
    release = serializers.CharField()
    digest = serializers.CharField()
    verified = serializers.BooleanField()
    reached = serializers.ListField(child=serializers.CharField())
    hosts = serializers.ListField(child=serializers.CharField())
    problems = InstallationProblem(many=True)
    reasons = ReasonSerializer(many=True)
    policies_revision = serializers.CharField()
