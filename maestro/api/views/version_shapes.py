"""What a version changes, as the API shows it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.capabilities import new_in
from catalog.changes import CODES, Klass
from catalog.diff import understated
from catalog.document import Document
from catalog.services.compare_versions import Judged

_CLASSES = [(klass.value, klass.value) for klass in Klass]


class ChangeSerializer(serializers.Serializer[Any]):
    """One change; `docs/versions.md` has every code."""

    code = serializers.ChoiceField(choices=sorted(CODES))
    path = serializers.CharField(help_text="JSON pointer into the version after, or before")
    message = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`class` is no name for an attribute."""
        return {"class": serializers.ChoiceField(choices=_CLASSES), **super().get_fields()}


class ReachSerializer(serializers.Serializer[Any]):
    """Names of what is reached."""

    hosts = serializers.ListField(child=serializers.CharField())
    open_endpoints = serializers.ListField(child=serializers.CharField())
    tasks = serializers.ListField(child=serializers.CharField())
    secrets = serializers.ListField(child=serializers.CharField())
    tables = serializers.ListField(child=serializers.CharField())
    projects = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.CharField())
    workflows = serializers.ListField(child=serializers.CharField())


class ReachChangesSerializer(serializers.Serializer[Any]):
    """What the version reaches, and what it does not share with the one before."""

    now = ReachSerializer()
    new = ReachSerializer()
    gone = ReachSerializer()


class VersionChanges(serializers.Serializer[Any]):
    """The changes from one version to another, the gravest first."""

    to = serializers.CharField()
    smallest = serializers.CharField(help_text="the lowest number that would do after `from`")
    understated = serializers.BooleanField(help_text="whether `to` says less than it changes")
    changes = ChangeSerializer(many=True)
    capabilities = ReachChangesSerializer()

    def get_fields(self) -> dict[str, Any]:
        """`from` and `class` are no names for attributes."""
        return {
            "from": serializers.CharField(),
            "class": serializers.ChoiceField(
                choices=_CLASSES, allow_null=True, help_text="the gravest; null without changes"
            ),
            **super().get_fields(),
        }


def changes_of(before: Document, after: Document, judged: Judged) -> dict[str, Any]:
    """What `VersionChanges` shows."""
    diff = judged.diff
    return {
        "from": before.version,
        "to": after.version,
        "class": diff.klass and diff.klass.value,
        "smallest": judged.smallest,
        "understated": bool(diff.changes)
        and understated(before.version, after.version, diff) is not None,
        "changes": [change.as_dict() for change in diff.changes],
        "capabilities": {
            "now": judged.reach.as_json(),
            "new": new_in(judged.reach, judged.reached).as_json(),
            "gone": new_in(judged.reached, judged.reach).as_json(),
        },
    }
