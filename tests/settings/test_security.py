"""What keeps a browser's session safe: headers, cookies, keys, and the token of every form."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from maestro.kernel.headers import PERMISSIONS_POLICY
from maestro.tenancy.models import Tenant
from tests.addresses import addresses, made_up
from tests.check_deploy import environment
from tests.factories import make_member, make_user

PASSWORD = "a good password"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
}


@pytest.mark.parametrize(
    "path",
    ["/sign-in/", "/nowhere/", "/gallery/500/", "/gallery/denied/", "/api/nowhere/", "/catalog/"],
)
def test_every_answer_has_the_headers_and_the_strict_policy(path: str) -> None:
    answer = Client(raise_request_exception=False).get(path)
    assert {name: answer.get(name) for name in EVERYWHERE} == EVERYWHERE
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in answer["Content-Security-Policy"]


def sign_in(client: Client, email: str) -> None:
    answer = client.post(reverse("tenancy:login"), {"username": email, "password": PASSWORD})
    assert answer.status_code == 302


def known(key: str) -> bool:
    """Whether somebody is signed in by this session's key."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client.get(reverse("tenancy:preferences")).status_code == 200


def test_signing_in_makes_a_new_key_and_the_old_one_opens_nothing(acme: Tenant) -> None:
    user = make_member(acme, "operator", user=make_user(password=PASSWORD))
    client = Client()
    session = client.session
    session["planted"] = "by somebody who knows the key"
    session.save()
    planted = str(session.session_key)
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    sign_in(client, user.email)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert key != planted
    assert known(key)
    assert not known(planted)
    client.post(reverse("tenancy:logout"))
    assert not known(key)


def test_no_write_is_taken_without_the_token_of_a_form(acme: Tenant) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(make_member(acme, "admin", "author", "operator"))
    answered = {}
    for address in addresses(elsewhere={"api"}):
        answer = client.post(made_up(address))
        answered[address.name] = (answer.status_code, "csrf_failed" in answer.content.decode())
    assert len(answered) > 40
    assert {name: got for name, got in answered.items() if got != (403, True)} == {}


def test_the_api_takes_no_write_of_a_session_without_the_token(acme: Tenant) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(acme, "operator"))
    answer = client.post("/api/executions/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_production_keeps_cookies_to_itself_and_speaks_tls_only() -> None:
    names = [
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE",
        "CSRF_COOKIE_SAMESITE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_PRELOAD",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "DEBUG",
        "GALLERY",
        "MAESTRO_DEMO",
    ]
    asked = (
        "import json\nfrom django.conf import settings\n"
        f"print(json.dumps({{name: getattr(settings, name) for name in {names!r}}}))"
    )

    def production(**more: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-c", asked],
            env=os.environ | environment() | more,
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(done.stdout))

    usual = production()
    assert usual == {
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_PRELOAD": True,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "DEBUG": False,
        "GALLERY": False,
        "MAESTRO_DEMO": False,
    }
    assert production(SECURE_HSTS_SECONDS="60")["SECURE_HSTS_SECONDS"] == 60
