from django.contrib.auth.views import LogoutView
from django.urls import path

from maestro.tenancy.views import (
    access,
    accesses,
    audit,
    members,
    policies,
    policy_data,
    preferences,
    purpose,
    purposes,
    receipts,
    tokens,
)

app_name = "tenancy"
urlpatterns = [
    path("sign-in/", access.SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("tenant/", access.switch_tenant, name="switch"),
    path("tenant/<str:tenant_slug>/", access.go_on_in, name="in"),
    path("purpose/", purpose.choose, name="purpose"),
    path("theme/", access.choose_theme, name="theme"),
    path("settings/", preferences.settings_home, name="settings"),
    path("settings/preferences/", preferences.preferences, name="preferences"),
    path("settings/preferences/mail/", preferences.mail, name="mail"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke/", tokens.revoke, name="token_revoke"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/<uuid:membership_id>/", members.member, name="member"),
    path("settings/members/<uuid:membership_id>/remove/", members.remove, name="member_remove"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/access/", accesses.accesses, name="accesses"),
    path("settings/access/export/", accesses.accesses_export, name="accesses_export"),
    path("settings/policy-data/", policy_data.policy_data, name="policy_data"),
    path("policies/", policies.policies, name="policies"),
    path("settings/purposes/", purposes.purposes, name="purposes"),
    path("receipts/<uuid:receipt_id>/", receipts.receipt, name="receipt"),
    path(
        "receipts/<uuid:receipt_id>/download/", receipts.receipt_envelope, name="receipt_envelope"
    ),
]
