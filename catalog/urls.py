from django.urls import path

from catalog.views import authoring, reading

app_name = "catalog"
urlpatterns = [
    path("", reading.workflow_list, name="list"),
    path("new/", authoring.new_workflow, name="new"),
    path("check/", authoring.check, name="check"),
    path("complete/", authoring.completions, name="complete"),
    path("<slug:publisher>/<slug:slug>/", reading.workflow_detail, name="detail"),
    path("<slug:publisher>/<slug:slug>/edit/", authoring.edit_workflow, name="edit"),
    path("<slug:publisher>/<slug:slug>/diff/", reading.version_diff, name="diff"),
]
