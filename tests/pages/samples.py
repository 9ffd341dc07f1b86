"""One context for each page and state, as the views give it: for the tests, and to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import SimpleNamespace as Thing
from typing import Any

from maestro.kernel.errors import Conflict, Denied, InvalidInput, NotFound, Problem, Reason
from tests.pages.sample_catalog import (
    catalog_empty,
    catalog_list,
    catalog_new,
    detail,
    detail_draft,
)
from tests.pages.sample_execution import execution_failed, execution_running, live
from tests.pages.sample_runs import (
    approvals,
    approvals_empty,
    executions,
    executions_empty,
    run_form,
    run_simulated,
    run_with_errors,
)


def login() -> dict[str, Any]:
    return {"form": _login_form(), "next": "/"}


def login_demo() -> dict[str, Any]:
    from maestro.tenancy.demo import demo_people

    return {
        "form": _login_form(),
        "next": "/executions/",
        "demo_accounts": demo_people(),
        "demo_password": "maestro-demo",
    }


def login_refused() -> dict[str, Any]:
    return {"form": _login_form(wrong=True), "next": "/"}


def _login_form(*, wrong: bool = False) -> Any:
    errors = ["Please enter a correct email address and password."] if wrong else []
    return Thing(
        non_field_errors=errors,
        errors={"__all__": errors} if wrong else {},
        username=Thing(
            id_for_label="id_username", value="ines@acme.test" if wrong else None, errors=[]
        ),
        password=Thing(
            id_for_label="id_password", errors=["This field is required."] if wrong else []
        ),
    )


def locked_out() -> dict[str, Any]:
    return {"cooloff_timedelta": timedelta(minutes=15)}


def denied() -> dict[str, Any]:
    reasons = (
        Reason(
            "role.operator", "Running a workflow needs the role operator; you are a viewer.", "AC-3"
        ),
        Reason("purpose.allowed", "This workflow may not be run for audit.evidence."),
    )
    error = Denied(reasons=reasons, hint="Ask an admin of Acme for the role operator.")
    return {"error": error, "reasons": reasons}


def conflict() -> dict[str, Any]:
    return {
        "error": Conflict("This execution has already ended.", hint="Re-run it instead."),
        "reasons": (),
    }


def not_found() -> dict[str, Any]:
    return {"error": NotFound("There is no execution 4H8W2N6C in Acme."), "reasons": ()}


def invalid() -> dict[str, Any]:
    problems = [
        Problem(
            "/steps/0/task",
            "There is no task http.requst@1.",
            "unknown_task",
            "Did you mean http.request@1?",
            line=12,
        )
    ]
    return {"error": InvalidInput("The document is not valid.", problems=problems), "reasons": ()}


PAGES: Mapping[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "catalog": ("catalog/list.html", catalog_list),
    "catalog-empty": ("catalog/list.html", catalog_empty),
    "catalog-new": ("catalog/list.html", catalog_new),
    "detail": ("catalog/detail.html", detail),
    "detail-draft": ("catalog/detail.html", detail_draft),
    "run": ("runtime/run.html", run_form),
    "run-errors": ("runtime/run.html", run_with_errors),
    "run-simulated": ("runtime/run.html", run_simulated),
    "execution": ("runtime/execution.html", execution_running),
    "execution-failed": ("runtime/execution.html", execution_failed),
    "executions": ("runtime/list.html", executions),
    "executions-empty": ("runtime/list.html", executions_empty),
    "approvals": ("runtime/approvals.html", approvals),
    "approvals-empty": ("runtime/approvals.html", approvals_empty),
    "login": ("switchboard/login.html", login),
    "login-demo": ("switchboard/login.html", login_demo),
    "login-refused": ("switchboard/login.html", login_refused),
    "locked-out": ("switchboard/locked_out.html", locked_out),
    "denied": ("switchboard/problem.html", denied),
    "conflict": ("switchboard/problem.html", conflict),
    "not-found": ("switchboard/problem.html", not_found),
    "invalid": ("switchboard/problem.html", invalid),
    "400": ("400.html", dict),
    "403": ("403.html", dict),
    "403-csrf": ("403_csrf.html", dict),
    "404": ("404.html", dict),
    "500": ("500.html", dict),
}
PARTIALS: Mapping[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "results": ("catalog/_results.html", catalog_list),
    "preview": ("runtime/_preview.html", run_form),
    "live": ("runtime/_live.html", live),
    "step": ("runtime/_step_body.html", lambda: {"step": execution_running()["steps"][3]}),
}
