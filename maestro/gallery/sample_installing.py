"""Contexts of the pages of installing and of what is installed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from maestro.gallery.sample_facts import DIGEST, SCHEMA, ago
from maestro.gallery.sample_runs import executions, run_form, run_simulated
from maestro.kernel.pages.picks import Option, names, picks
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.fields import Field
from maestro.runtime.pages.forms import describe, pick
from marketplace.pages.installing import InstallForm, Section

RECEIPT = "/receipts/0190a000-0000-7000-8000-000000000000/"


def _text(name: str, label: str, value: str, hint: str = "") -> Field:
    return Field(name, "", f"f-{name}", label, "text", required=True, hint=hint, value=value)


def _form() -> InstallForm:
    place = (
        _text("name", "Name", "cost-anomaly", "It stands in its address."),
        pick(
            "number", "Version", [("3.0.0", "3.0.0"), ("2.1.0", "2.1.0")], value="3.0.0", prompt=""
        ),
        Field(
            "channel",
            "",
            "f-channel",
            "New versions",
            "radio",
            options=(
                Option("pin", "Stay on exactly this version", selected=True),
                Option("patch", "Follow patches"),
            ),
        ),
        pick("environment", "Environment", [("production", "production")], value="production"),
        _text("region", "Region", "us-east"),
    )
    secrets = (
        pick("secret.slack_bot", "slack_bot", [("slack-finops-bot", "slack-finops-bot")]),
        Field(
            "hosts", "", "f-hosts", "Granted hosts", "textarea", value="billing.northwind.example"
        ),
    )
    limits = (Field("quota.per_day", "", "f-quota-per_day", "Runs in 24 hours, at most", "number"),)
    return InstallForm(
        (
            Section("place", "Place", place, "production", 0),
            Section("parameters", "Parameters", describe(SCHEMA).fields, "", 0),
            Section("secrets", "Secrets and endpoints", secrets, "", 0),
            Section("limits", "Policies and quotas", limits, "", 0),
        ),
        (),
    )


def install() -> dict[str, Any]:
    """A new form."""
    return {
        "release": {
            "title": "Investigate a cost anomaly",
            "address": "northwind/cost-anomaly",
            "number": "3.0.0",
            "digest": DIGEST,
            "risk": "low",
            "url": "/marketplace/northwind/cost-anomaly/",
            "verified": True,
        },
        "form": _form(),
        "key": "0" * 32,
        "reach": [("hosts", ["billing.northwind.example"]), ("secrets", ["slack_bot"])],
        "verdict": {"state": "allowed", "title": "Policy would allow it", "text": ""},
        "rules": [
            {"state": "allowed", "text": "You may install it here", "code": "installation.create"}
        ],
        "revision": "r118",
        "checked": False,
        "why_not": "",
    }


def install_with_errors() -> dict[str, Any]:
    """One that was checked: two things are wrong."""
    form = _form()
    place, parameters, secrets, limits = form.sections
    wrong = "An endpoint leads to costs.cloud.example, which is not granted."
    hosts = replace(secrets.fields[1], error=wrong)
    bot = replace(secrets.fields[0], error="Pick a stored secret for slack_bot.")
    secrets = replace(secrets, fields=(bot, hosts), wrong=2)
    summary = tuple(Wrong(f"{one.label}: {one.error}", one.id) for one in (bot, hosts))
    refused = {
        "state": "refused",
        "text": "The installation was not granted a host that this reaches.",
        "code": "host_not_granted",
        "control": "SOC2:CC6.6",
    }
    return install() | {
        "form": InstallForm((place, parameters, secrets, limits), summary),
        "verdict": {"state": "refused", "title": "Policy would refuse it", "text": "For 1 reason."},
        "rules": [refused],
    }


def configure() -> dict[str, Any]:
    """The form of what is installed, as it is."""
    shown = install()
    form: InstallForm = shown["form"]
    place, *others = form.sections
    place = replace(place, fields=place.fields[2:])
    return shown | {
        "form": replace(form, sections=(place, *others)),
        "name": "cost-anomaly",
        "at": 3,
        "late": False,
        "change": None,
    }


def configure_late() -> dict[str, Any]:
    """One that was sent after somebody else changed it."""
    return configure() | {"late": True, "change": {"by": "Noor Haddad", "at": ago(minutes=4)}}


def _listed(name: str, **more: Any) -> dict[str, Any]:
    return {
        "url": f"/installations/{name}/",
        "name": name,
        "title": "Investigate a cost anomaly",
        "address": "northwind/cost-anomaly",
        "number": "3.0.0",
        "environment": "production",
        "region": "us-east",
        "risk": "low",
        "is_stopped": False,
        "warning": "",
        "updated_at": ago(hours=5),
        **more,
    }


def installations() -> dict[str, Any]:
    """Some, one of them stopped."""
    return installations_new() | {
        "installations": [
            _listed("cost-anomaly"),
            _listed("cost-anomaly-staging", environment="staging", region="", is_stopped=True),
            _listed("cost-anomaly-old", number="2.1.0", warning="withdrawn"),
        ],
        "pager": {"next": "?after=cost-anomaly-staging"},
    }


def installations_new() -> dict[str, Any]:
    """None yet."""
    return {
        "installations": [],
        "q": "",
        "statuses": picks([("active", "Active"), ("stopped", "Stopped")], ""),
        "environments": names(["production", "staging"], ""),
        "filtered": False,
        "pager": {"next": ""},
    }


def installation() -> dict[str, Any]:
    """One that runs."""
    return {
        "instance": {
            "name": "cost-anomaly",
            "title": "Investigate a cost anomaly",
            "address": "northwind/cost-anomaly",
            "number": "3.0.0",
            "digest": DIGEST,
            "risk": "low",
            "is_stopped": False,
            "reason": "",
            "revision": 2,
            "release_url": "/marketplace/northwind/cost-anomaly/3.0.0/",
            "installed_by": "Priya Raman",
            "installed_at": ago(hours=400),
        },
        "limits": [
            ("Environment", "production"),
            ("Region", "us-east"),
            ("Runs in 24 hours", 50),
            ("Purposes", "every one"),
        ],
        "hosts": ["billing.northwind.example"],
        "endpoints": [("billing", "https://billing.northwind.example/v2")],
        "secrets": [("slack_bot", "slack-finops-bot")],
        "parameters": [("percent", 25)],
        "executions": executions()["executions"][:3],
        "changes": [
            _change("Configured", by="Priya Raman"),
            _change("Upgraded", from_number="2.1.0", by="Priya Raman"),
        ],
        "may": {"run": "", "configure": "", "stop": "", "uninstall": ""},
        "warning": None,
        "executions_url": "/executions/?workflow=northwind/cost-anomaly",
    }


def _change(what: str, *, by: str, from_number: str = "", reason: str = "") -> dict[str, Any]:
    return {
        "what": what,
        "from_number": from_number,
        "to_number": "3.0.0",
        "by": by,
        "at": ago(hours=20),
        "reason": reason,
        "receipt_url": RECEIPT,
    }


def installation_stopped() -> dict[str, Any]:
    """One that is stopped, of a version that was withdrawn, as an operator sees it."""
    shown = installation()
    why = "This needs the role admin here. Ask an admin of the tenant to do it."
    return shown | {
        "instance": shown["instance"] | {"is_stopped": True, "reason": "It deletes too much."},
        "may": {"run": "It is stopped.", "configure": why, "stop": why, "uninstall": why},
        "warning": {
            "mode": "stop",
            "reason": "It deletes more than it says.",
            "replacement": "northwind/cost-anomaly@3.0.1",
        },
    }


def run_installed() -> dict[str, Any]:
    """The run form of an installation: its secrets and endpoints are chosen already."""
    form = run_form()
    return form | {
        "workflow": form["workflow"] | {"url": "../"},
        "installed": "cost-anomaly",
        "secrets": (),
        "endpoints": (),
        "advanced": (),
        "preview_url": "/installations/cost-anomaly/run/preview/",
    }


def run_installed_refused() -> dict[str, Any]:
    """It was simulated, and what would refuse a run now is said."""
    return run_installed() | {
        "simulation": run_simulated()["simulation"]
        | {
            "refused": [
                {
                    "state": "refused",
                    "text": "Only the teams that the installation names may run it. Ask one of them.",
                    "code": "team_not_granted",
                    "control": "SOC2:CC6.3, ISO27001:A.5.18",
                },
                {
                    "state": "refused",
                    "text": "cost-anomaly was started 50 times in 24 hours, as often as it may.",
                    "code": "quota_used_up",
                },
            ],
            "missing": ["slack-finops-bot"],
        }
    }
