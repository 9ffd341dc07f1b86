from django.urls import path

from marketplace.views import publishing

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
]
