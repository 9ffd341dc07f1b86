"""The tabs of the settings: each leads to its page and is marked there."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from maestro.tenancy.models import Tenant
from maestro.tenancy.settings_page import SECTIONS
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.mark.parametrize(("label", "url"), [(label, url) for _, label, url in SECTIONS])
def test_every_tab_leads_to_its_page_and_is_marked_there(
    acme: Tenant, label: str, url: str
) -> None:
    client, _ = signed_in_as(acme, "admin")
    answer = client.get(reverse(url))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert faults(parse(text)) == []
    tabs = text[text.index('aria-label="Settings"') :]
    tabs = tabs[: tabs.index("</nav>")]
    assert re.findall(r'aria-current="page">\s*([\w ]+?)\s*<', tabs) == [label]
    assert [reverse(each) for _, _, each in SECTIONS] == re.findall(r'href="([^"]+)"', tabs)
