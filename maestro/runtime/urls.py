from django.urls import path

from maestro.runtime.views import (
    cancelling,
    drafts,
    evidence,
    executions,
    filters,
    lists,
    presets,
    rerun,
    run,
)

app_name = "runtime"
urlpatterns = [
    path("", lists.execution_list, name="list"),
    path("cancel/", cancelling.cancel_selected, name="cancel"),
    path("views/<uuid:view_id>/delete/", filters.delete, name="delete-view"),
    path("views/<uuid:view_id>/open/", filters.open_with, name="open-view"),
    path("simulate/", drafts.simulate_draft, name="simulate"),
    path("latest/", lists.latest, name="latest"),
    path("approvals/", lists.approvals, name="approvals"),
    path("new/<slug:publisher>/<slug:slug>/", run.run, name="run"),
    path("new/<slug:publisher>/<slug:slug>/preview/", run.run_preview, name="preview"),
    path(
        "new/<slug:publisher>/<slug:slug>/presets/<uuid:preset_id>/delete/",
        presets.delete,
        name="delete-preset",
    ),
    path("<uuid:execution_id>/", executions.execution, name="execution"),
    path("<uuid:execution_id>/evidence/", evidence.evidence, name="evidence"),
    path(
        "<uuid:execution_id>/evidence/download/", evidence.evidence_bundle, name="evidence_bundle"
    ),
    path("<uuid:execution_id>/live/", executions.live, name="live"),
    path("<uuid:execution_id>/rerun/", rerun.rerun, name="rerun"),
    path("<uuid:execution_id>/act/", executions.act, name="act"),
    path("<uuid:execution_id>/steps/<slug:step_id>/", executions.step, name="step"),
    path("<uuid:execution_id>/steps/<slug:step_id>/output/", executions.output, name="output"),
    path("<uuid:execution_id>/approvals/<uuid:request_id>/", executions.decide, name="decide"),
]
