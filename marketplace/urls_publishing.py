from django.urls import path

from marketplace.views import partner_groups, publishing

urlpatterns = [
    path("submissions/", publishing.submission_list, name="submissions"),
    path("submissions/new/<slug:publisher>/<slug:slug>/", publishing.publish, name="publish"),
    path("submissions/<uuid:submission_id>/", publishing.submission, name="submission"),
    path(
        "submissions/<uuid:submission_id>/live/",
        publishing.submission_live,
        name="submission-live",
    ),
    path("submissions/<uuid:submission_id>/act/", publishing.submission_act, name="submission-act"),
    path("partner-groups/", partner_groups.group_list, name="partner-groups"),
    path("partner-groups/new/", partner_groups.new_group, name="partner-group-new"),
    path("partner-groups/<uuid:group_id>/", partner_groups.group, name="partner-group"),
    path(
        "partner-groups/<uuid:group_id>/delete/",
        partner_groups.delete_group,
        name="partner-group-delete",
    ),
]
