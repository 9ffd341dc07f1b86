"""Preferences: the zone and the theme, for oneself alone."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from maestro.kernel.actor import system_actor
from maestro.kernel.errors import NotAuthenticated
from maestro.tenancy.models import Tenant, User
from maestro.tenancy.pages.zones import zone_names
from maestro.tenancy.services.choose_mail import choose_mail
from maestro.tenancy.services.choose_zone import choose_zone
from tests.factories import make_tenant, make_user
from tests.tenancy.settings_forms import signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def url() -> str:
    return reverse("tenancy:preferences")


def test_times_are_shown_in_the_zone_one_chose_and_by_default_in_the_tenant_s() -> None:
    client, user = signed_in_as(make_tenant(time_zone="Europe/Lisbon"), "viewer")
    assert "Times are in Europe/Lisbon" in client.get(url()).content.decode()
    assert "As the tenant has it (Europe/Lisbon)" in client.get(url()).content.decode()
    answer = client.post(url(), {"time_zone": "Asia/Tokyo"}, follow=True)
    assert "Times are in Asia/Tokyo" in answer.content.decode()
    assert User.objects.get(pk=user.pk).time_zone == "Asia/Tokyo"
    client.post(url(), {"time_zone": ""})
    assert "Times are in Europe/Lisbon" in client.get(url()).content.decode()


def test_a_zone_that_is_none_is_said_at_its_question(acme: Tenant) -> None:
    client, user = signed_in_as(acme, "viewer")
    for wrong in ("Mars/Olympus", "../../etc/passwd", "a\x00b"):
        answer = client.post(url(), {"time_zone": wrong})
        assert answer.status_code == 400
        assert 'id="s-time_zone-e"' in answer.content.decode()
    assert User.objects.get(pk=user.pk).time_zone == ""


def test_nobody_else_s_zone_changes(acme: Tenant) -> None:
    client, _ = signed_in_as(acme, "admin")
    _, other = signed_in_as(acme, "viewer")
    client.post(url(), {"time_zone": "Asia/Tokyo", "user": str(other.pk), "id": str(other.pk)})
    assert User.objects.get(pk=other.pk).time_zone == ""


def test_maestro_itself_has_no_preferences(acme: Tenant) -> None:
    actor = system_actor("tests", tenant_id=acme.pk)
    with pytest.raises(NotAuthenticated):
        choose_zone(actor=actor, time_zone="UTC")
    with pytest.raises(NotAuthenticated):
        choose_mail(actor=actor, release_mail=False)


def ticked(text: str) -> bool:
    """Whether the box about mails is."""
    (box,) = re.findall(r'<input type="checkbox"[^>]*name="release_mail"[^>]*>', text)
    return " checked" in box


def test_mails_are_wanted_until_one_says_otherwise_and_after_one_says_so_again(
    acme: Tenant,
) -> None:
    client, user = signed_in_as(acme, "viewer")
    _, other = signed_in_as(acme, "viewer")
    assert ticked(client.get(url()).content.decode())
    answer = client.post(reverse("tenancy:mail"), {"user": str(other.pk)}, follow=True)
    assert answer.redirect_chain == [(url(), 302)]
    assert "You get no mails about releases" in answer.content.decode()
    assert not ticked(answer.content.decode())
    assert not User.objects.get(pk=user.pk).release_mail
    assert User.objects.get(pk=other.pk).release_mail
    answer = client.post(reverse("tenancy:mail"), {"release_mail": "true"}, follow=True)
    assert "You get mails about releases" in answer.content.decode()
    assert ticked(answer.content.decode())
    assert User.objects.get(pk=user.pk).release_mail


def test_the_zone_and_the_mails_are_saved_apart(acme: Tenant) -> None:
    client, user = signed_in_as(acme, "viewer", user=make_user(time_zone="Asia/Tokyo"))
    client.post(reverse("tenancy:mail"), {})
    client.post(url(), {"time_zone": "Europe/Lisbon"})
    kept = User.objects.get(pk=user.pk)
    assert (kept.time_zone, kept.release_mail) == ("Europe/Lisbon", False)
    assert client.get(reverse("tenancy:mail")).status_code == 405


def test_the_theme_has_its_form_here_and_comes_back_here(acme: Tenant) -> None:
    client, _ = signed_in_as(acme, "viewer")
    answer = client.post(reverse("tenancy:theme"), {"theme": "dark", "next": url()})
    assert answer["Location"] == url()
    assert 'data-theme="dark"' in client.get(url()).content.decode()


def test_the_menu_leads_to_the_settings(acme: Tenant) -> None:
    client, _ = signed_in_as(acme, "viewer")
    text = client.get(reverse("catalog:list")).content.decode()
    assert f'href="{url()}"' in text
    assert client.get(reverse("tenancy:settings"))["Location"] == url()


def test_the_zones_to_choose_from_are_named_by_places() -> None:
    names = zone_names()
    assert names[0] == "UTC"
    assert "Europe/Berlin" in names
    assert not [name for name in names if name.startswith("Etc/")]
