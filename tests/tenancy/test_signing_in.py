"""Signing in, the tenant one acts in, tokens: who is it, and nothing said to whom it is not."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from governance.models import Receipt
from maestro.kernel.actor import Channel
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, InvalidInput, NotAuthenticated, NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.identity import actor_for_token, actor_for_user, seats_of
from maestro.tenancy.models import ApiToken, Tenant, User
from maestro.tenancy.services.create_token import create_token
from maestro.tenancy.services.read_tokens import read_tokens
from maestro.tenancy.services.revoke_token import revoke_token
from tests.factories import actor_of, make_member, make_tenant, make_user
from tests.pages.browser import parse, untouched

PASSWORD = "a good password"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> int:
    """Fill the form in."""
    address = reverse("tenancy:login")
    return client.post(address, {"username": user.email, "password": password}).status_code


def test_one_signs_in_with_an_address_in_any_case_and_the_session_is_new(
    client: Client, acme: Tenant
) -> None:
    user = make_member(acme, "viewer", user=make_user("Vera@Acme.test"))
    client.get(reverse("tenancy:login"))
    client.session["before"] = "1"
    answer = client.post(
        reverse("tenancy:login"), {"username": "VERA@ACME.TEST", "password": PASSWORD}
    )
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_sixth_wrong_password_closes_the_account_to_this_address_for_a_while(
    client: Client, acme: Tenant
) -> None:
    user = make_member(acme, "viewer")
    answers = [sign_in(client, user, "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1] == 429
    assert sign_in(client, user) == 429
    assert sign_in(client, make_member(acme, "viewer")) == 302


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    client: Client, acme: Tenant
) -> None:
    user = make_member(acme, "viewer")
    address = reverse("tenancy:login")
    wrong = client.post(address, {"username": user.email, "password": "wrong"})
    unknown = client.post(address, {"username": "nobody@acme.test", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 200
    errors = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert errors[0] == errors[1]


def test_one_goes_on_in_another_tenant_of_ones_own_only(
    client: Client, acme: Tenant, globex: Tenant
) -> None:
    user = make_member(acme, "viewer")
    make_member(globex, "admin", user=user)
    stranger = make_tenant("initech")
    client.force_login(user)
    assert client.post(reverse("tenancy:switch"), {"tenant": "globex"}).status_code == 302
    assert client.get(reverse("catalog:list")).context["actor"].tenant_slug == "globex"
    refused = client.post(reverse("tenancy:switch"), {"tenant": stranger.slug})
    assert refused.status_code == 404
    assert client.session["tenant"] == "globex"


def test_an_address_in_a_mail_asks_who_is_in_another_tenant_and_leads_on(
    client: Client, acme: Tenant, globex: Tenant
) -> None:
    user = make_member(acme, "viewer")
    make_member(globex, "admin", user=user)
    address = f"{reverse('tenancy:in', kwargs={'tenant_slug': 'globex'})}?next=/installations/"
    signed_out = client.get(address)
    assert signed_out.headers["Location"].startswith(reverse("tenancy:login"))
    client.force_login(user)
    asked = client.get(address)
    assert "Go on in Globex" in asked.content.decode()
    assert "tenant" not in client.session
    page = parse(asked.content.decode())
    (form,) = [each for each in page.all("form") if each.parent and each.parent.tag == "main"]
    answer = client.post(form.attrs["action"], untouched(form) | {"tenant": "globex"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/installations/")
    there = client.get(address)
    assert (there.status_code, there.headers["Location"]) == (302, "/installations/")


def test_an_address_in_a_mail_leads_to_no_tenant_but_ones_own_and_nowhere_else(
    client: Client, acme: Tenant, globex: Tenant
) -> None:
    client.force_login(make_member(acme, "viewer"))

    def led(tenant: str, page: str) -> HttpResponse:
        address = reverse("tenancy:in", kwargs={"tenant_slug": tenant})
        answer: HttpResponse = client.get(address, {"next": page})
        return answer

    assert led("acme", "/executions/").headers["Location"] == "/executions/"
    for page in ("https://evil.example/", "//evil.example", "javascript:alert(1)", ""):
        assert led("acme", page).headers["Location"] == reverse("catalog:list")
    theirs, nobodys = led("globex", "/executions/"), led("nobody", "/executions/")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert "globex" not in client.session.get("tenant", "")


def test_the_theme_is_kept_in_a_cookie_and_never_leads_elsewhere(client: Client) -> None:
    answer = client.post(
        reverse("tenancy:theme"), {"theme": "dark", "next": "https://evil.example/"}
    )
    assert answer.cookies["theme"].value == "dark"
    assert answer.headers["Location"] == reverse("catalog:list")
    assert "theme" not in client.post(reverse("tenancy:theme"), {"theme": "neon"}).cookies


def test_a_person_of_the_platform_without_a_tenant_acts_in_the_platforms(acme: Tenant) -> None:
    reviewer = make_user(platform_roles=["security_reviewer"])
    actor = actor_for_user(reviewer, seats_of(reviewer.pk))
    assert (actor.tenant_id, actor.roles) == (PLATFORM_TENANT, frozenset())
    nobody = make_user()
    assert actor_for_user(nobody, seats_of(nobody.pk)).tenant_id is None


def test_a_tenant_that_is_not_ones_own_is_not_there(acme: Tenant, globex: Tenant) -> None:
    user = make_member(acme, "admin")
    with pytest.raises(NotFound):
        actor_for_user(user, seats_of(user.pk), wanted="globex")
    with pytest.raises(NotFound):
        actor_for_user(user, seats_of(user.pk), wanted="no-such-tenant")


def make_token(tenant: Tenant, user: User, **kwargs: object) -> tuple[ApiToken, str]:
    """A token of `user`'s, made by themselves."""
    actor = actor_of(tenant, "operator", user=user)
    return create_token(actor=actor, tenant=tenant, user=user, name="laptop", **kwargs)  # type: ignore[arg-type]


def test_a_token_acts_as_its_person_within_its_scopes(acme: Tenant) -> None:
    user = make_member(acme, "operator", teams=["People Ops"])
    token, raw = make_token(acme, user, scopes=["execution.read"])
    actor, last_used = actor_for_token(raw)
    assert (actor.id, actor.tenant_id, actor.roles) == (user.pk, acme.pk, {"operator"})
    assert (actor.scopes, actor.channel, last_used) == ({"execution.read"}, Channel.API, None)
    assert raw.startswith(token.prefix)
    assert raw not in token.token_digest


def test_an_unknown_an_expired_and_a_revoked_token_are_refused_alike(acme: Tenant) -> None:
    user = make_member(acme, "operator")
    expired, expired_raw = make_token(acme, user)
    revoked, revoked_raw = make_token(acme, user)
    with tenant_scope(acme.pk):
        ApiToken.objects.filter(pk=expired.pk).update(expires_at=now() - timedelta(seconds=1))
    actor = actor_of(acme, "operator", user=user)
    revoke_token(actor=actor, tenant_id=acme.pk, token_id=revoked.pk)
    messages = set()
    for raw in ("mst_unknown", expired_raw, revoked_raw):
        with pytest.raises(NotAuthenticated) as refused:
            actor_for_token(raw)
        messages.add(refused.value.message)
    assert len(messages) == 1
    with tenant_scope(acme.pk):
        assert Receipt.objects.filter(kind="token.revoke").count() == 1


def test_a_token_of_somebody_who_left_is_refused(acme: Tenant) -> None:
    user = make_member(acme, "operator")
    _, raw = make_token(acme, user)
    user.is_active = False
    user.save()
    with pytest.raises(NotAuthenticated):
        actor_for_token(raw)


def test_one_manages_ones_own_tokens_and_an_admin_everybodys(acme: Tenant) -> None:
    user, other = make_member(acme, "operator"), make_member(acme, "operator")
    token, _ = make_token(acme, user)
    stranger = actor_of(acme, "operator", user=other)
    with pytest.raises(Denied):
        revoke_token(actor=stranger, tenant_id=acme.pk, token_id=token.pk)
    with pytest.raises(Denied):
        create_token(actor=stranger, tenant=acme, user=user, name="theirs")
    with tenant_scope(acme.pk):
        assert list(read_tokens(actor=stranger)) == []
    admin = actor_of(acme, "admin")
    with tenant_scope(acme.pk):
        assert [row.pk for row in read_tokens(actor=admin)] == [token.pk]
    revoke_token(actor=admin, tenant_id=acme.pk, token_id=token.pk)
    with pytest.raises(NotFound):
        revoke_token(actor=admin, tenant_id=acme.pk, token_id=uuid4())


def test_a_token_that_could_never_work_is_not_made(acme: Tenant) -> None:
    user = make_member(acme, "operator")
    with pytest.raises(InvalidInput) as refused:
        make_token(acme, user, scopes=[], expires_at=now() - timedelta(days=1))
    assert {problem.path for problem in refused.value.problems} == {"/scopes", "/expires_at"}


def run(*arguments: str) -> str:
    """A command's output."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_a_tenant_a_person_and_a_token_are_made_from_the_command_line(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAESTRO_PASSWORD", PASSWORD)
    run("create_tenant", "initech", "--name", "Initech")
    run("create_user", "op@initech.test", "--tenant", "initech", "--role", "operator")
    raw = run("create_token", "--tenant", "initech", "--user", "op@initech.test", "--days", "3")
    actor, _ = actor_for_token(raw)
    assert (actor.email, actor.roles) == ("op@initech.test", {"operator"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create_tenant", "Not A Slug"), "/slug"),
        (("create_tenant", "fine", "--time-zone", "Mars/Base"), "/time_zone"),
        (("create_tenant", "acme"), "already"),
        (("create_user", "nowhere", "--tenant", "acme", "--role", "viewer"), "/email"),
        (("create_user", "a@b.test", "--tenant", "nowhere", "--role", "viewer"), "no tenant"),
        (("create_user", "a@b.test", "--tenant", "acme"), "--role"),
        (("create_token", "--tenant", "acme", "--user", "nobody@acme.test"), "nobody"),
        (("create_token", "--tenant", "nowhere", "--user", "nobody@acme.test"), "no tenant"),
    ],
)
def test_a_command_says_in_one_line_what_is_wrong(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("MAESTRO_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match=said):
        call_command(*arguments)
