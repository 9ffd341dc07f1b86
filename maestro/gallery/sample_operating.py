"""Contexts of what operators do with executions: find, save, run again, cancel, look at the graph."""

from __future__ import annotations

from typing import Any

from maestro.gallery.sample_execution import execution_failed, execution_running
from maestro.gallery.sample_facts import EXECUTION, NOW, SCHEMA, STEPS, ago
from maestro.gallery.sample_runs import executions, run_form
from maestro.kernel.pages.graph import MAX_STEPS, GraphStep, draw
from maestro.kernel.pages.picks import picks
from maestro.runtime.pages.fields import Field
from maestro.runtime.pages.forms import describe

_TONES = {
    "find_accounts": ("succeeded", "ok"),
    "approve": ("succeeded", "ok"),
    "suspend_directory": ("succeeded", "ok"),
    "revoke_cloud": ("failed", "bad"),
    "open_ticket": ("succeeded", "ok"),
    "hand_over_files": ("running", "run"),
    "notify_payroll": ("queued", "off"),
}
_ADDRESS = f"/executions/{EXECUTION}/"


def _name(identity: str, value: str, hint: str) -> Field:
    return Field(
        name=identity,
        path="",
        id=identity,
        label="Name",
        control="text",
        required=identity == "view-name",
        hint=hint,
        value=value,
        attrs={"autocomplete": "off", "maxlength": "80"},
    )


def executions_filtered() -> dict[str, Any]:
    """Every filter in use, and views that were saved."""
    page = executions()
    rows = [each | {"id": EXECUTION, "live": not each["seconds"]} for each in page["executions"]]
    view = {"id": EXECUTION, "url": "?status=failed", "current": False, "opens": False}
    return page | {
        "executions": rows,
        "workflow": "acme/offboard-employee",
        "mine": False,
        "installation": "leavers",
        "person": "Ines Ferreira",
        "risks": picks([("low", "Low"), ("high", "High")], "high"),
        "triggers": picks([("person", "A person"), ("api", "The API")], "person"),
        "purposes": picks([("hr.offboarding", "End of employment")], "hr.offboarding"),
        "since": "2026-11-01",
        "until": "2026-11-21",
        "more_set": True,
        "chips": [
            ("status", None, "Status", "Failed"),
            ("workflow", None, "Workflow", "Offboard an employee"),
            ("installation", None, "Installation", "leavers"),
            ("person", None, "Started by", "Ines Ferreira"),
            ("risk", None, "Risk", "high"),
            ("trigger", None, "Started from", "A person"),
            ("purpose", None, "Purpose", "hr.offboarding"),
            ("from", None, "From", "2026-11-01"),
            ("to", None, "To", "2026-11-21"),
        ],
        "can_choose": True,
        "views": [
            view | {"name": "Failed this month", "current": True, "opens": True},
            view | {"name": "Mine"},
            view | {"name": "Off-boarding that waits for somebody in People Ops since yesterday"},
        ],
        "all_url": "?view=all",
        "saving": _name("view-name", "Failed this month", "Only you see it."),
        "saving_url": "?status=failed",
        "saving_open": True,
        "view_opens": True,
        "pager": {
            "text": "Looked through 4,000 executions.",
            "previous": "?after=a",
            "next": "?cursor=b",
        },
    }


def executions_looked() -> dict[str, Any]:
    """Nothing among those that were looked through."""
    return executions_filtered() | {
        "executions": [],
        "looked": "Looked through 4,000 executions.",
        "pager": {"next": "?cursor=b"},
    }


def run_presets() -> dict[str, Any]:
    """Presets, a reason that is asked for, and a name to save under."""
    one = {"url": "?preset=1", "current": False, "by": "Ines Ferreira", "updated_at": ago(days=3)}
    return run_form() | {
        "presets": [
            one | {"name": "Leaver, all systems", "current": True, "delete_url": "#"},
            one | {"name": "Contractor", "for_everybody": True, "delete_url": ""},
        ],
        "preset": "Leaver, all systems",
        "fit": {"dropped": ["notify_manager", "region"], "unfit": ["last_day"]},
        "saving": _name("preset_name", "Leaver, all systems", "Secret values are not saved."),
        "saving_open": True,
        "may_share": True,
        "reason": Field(
            name="reason",
            path="",
            id="reason",
            label="Why",
            control="textarea",
            required=True,
            hint="This workflow is of high risk. Who must approve reads this first, and it is kept.",
            value="Resignation of 2 November, ticket PO-311.",
            attrs={"maxlength": "500"},
        ),
    }


def run_viewer() -> dict[str, Any]:
    """The form for who may look and not run."""
    why = "This needs the role operator here."
    return run_form() | {
        "run_why": why,
        "verdict": {"state": "refused", "title": "Policy would refuse it"},
        "rules": [{"state": "refused", "text": why, "code": "role_missing"}],
        "approvals": (),
        "effects": [],
    }


def rerun() -> dict[str, Any]:
    """Other parameters from a step on."""
    return {
        "execution": {
            "title": "Offboard an employee",
            "short_id": str(EXECUTION)[-8:],
            "url": _ADDRESS,
            "purpose": "hr.offboarding",
        },
        "step": "revoke_cloud",
        "kept": ["find_accounts", "approve", "suspend_directory"],
        "repeated": ["revoke_cloud", "hand_over_files", "notify_payroll"],
        "approvals": [],
        "reading": [],
        "unconfirmed": "",
        "form": describe(SCHEMA, {"employee_email": "j.moreau@acme.example"}),
        "key": "k",
    }


def rerun_unconfirmed() -> dict[str, Any]:
    """Sent without confirming that kept steps read what was changed."""
    return rerun() | {
        "reading": ["find_accounts"],
        "unconfirmed": "find_accounts was done with other values, and its result is kept.",
    }


def cancel() -> dict[str, Any]:
    """Several executions, one of which has ended."""
    one = {
        "id": str(EXECUTION),
        "url": _ADDRESS,
        "title": "Offboard an employee",
        "short_id": str(EXECUTION)[-8:],
        "status": "running",
        "started_by": "Deji Adeyemi",
        "why": "",
    }
    ended = one | {"status": "succeeded", "why": "It is succeeded already."}
    return {"cancelled": [one, one | {"status": "waiting"}], "left": [ended]}


def cancel_none() -> dict[str, Any]:
    """None of those that were chosen can be cancelled."""
    return cancel() | {"cancelled": []}


def execution_graph() -> dict[str, Any]:
    """The steps as a drawing, and what a failed one called."""
    page = execution_running()
    views = [
        (f"{_ADDRESS}#steps-h", "Waterfall", None, False),
        (f"{_ADDRESS}?view=graph#steps-h", "Graph", None, True),
    ]
    steps = [
        GraphStep(each.id, _TONES[each.id][0], each.needs, each.gate, tone=_TONES[each.id][1])
        for each in STEPS
    ]
    return page | {"views": views, "graph_wanted": True, "graph": draw(steps), "now": NOW}


def execution_graph_too_large() -> dict[str, Any]:
    """More steps than can be drawn."""
    many = {"graph": None, "total": 2000, "most_drawn": MAX_STEPS}
    return execution_failed() | {"views": execution_graph()["views"], "graph_wanted": True} | many
