"""The run form as a browser posts it, of a workflow that asks for little."""

from __future__ import annotations

import re

from django.urls import reverse

from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.tenancy.models import Tenant

STEPS = """
- {id: look, task: core.set@1, with: {values: {who: "${{ params.who }}"}}}
"""
PARAMETERS = """
parameters:
  type: object
  required: [who]
  additionalProperties: false
  properties:
    who: {type: string, format: email, title: Leaver}
    days: {type: integer, minimum: 1, default: 7, title: Days}
    systems: {type: array, items: {type: string}, title: Systems}
"""
EXAMPLES = """
examples:
  - {title: One, parameters: {who: ana@acme.test, systems: [chat]}}
"""


def form_of(text: str) -> dict[str, list[str]]:
    """What a browser would post from the form, untouched: inputs, ticked boxes, chosen options."""
    inside = text[text.index('<form class="form"') :]
    inside = inside[: inside.index("</form>")]
    posted: dict[str, list[str]] = {}
    for attributes in re.findall(r"<input([^>]*)>", inside):
        found = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        ticked = found.get("type") not in ("checkbox", "radio") or " checked" in attributes
        if found.get("name") and ticked:
            posted.setdefault(found["name"], []).append(found.get("value", ""))
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', inside, re.S
    ):
        chosen = re.search(r'value="([^"]*)"\s+selected', options)
        posted.setdefault(name, []).append(chosen[1] if chosen else "")
    posted.pop("csrfmiddlewaretoken", None)
    return posted


def url(**query: str) -> str:
    return reverse("runtime:run", args=["acme", "tried"]) + (
        "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    )


def executions(tenant: Tenant) -> list[Execution]:
    with tenant_scope(tenant.pk):
        return list(Execution.objects.for_tenant(tenant.pk).newest_first())
