"""A workflow that asks for a list and for an approval: what the flows are tried on."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

SLUG = "tell-in-turn"
SOURCE = """\
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: tell-in-turn
  title: Tell people in turn
  version: 1.0.0
  description: Asks for people in an order, then for an approval.
  category: HR
  risk: low
  owner_team: People Ops
  tags: []
  changelog: First.
parameters:
  type: object
  required: [people]
  additionalProperties: false
  properties:
    people:
      type: array
      minItems: 1
      uniqueItems: true
      title: People
      items: {type: string, title: Person, minLength: 3}
    days: {type: integer, minimum: 1, maximum: 9, default: 2, title: Days}
steps:
  - {id: asked, task: core.approval@1, with: {count: 1, message: May they be told?}}
  - id: told
    task: core.set@1
    needs: [asked]
    with: {values: {first: "${{ params.people[0] }}", days: "${{ params.days }}"}}
"""


def freeze(author: BrowserContext) -> None:
    """Freeze it, as the author, through the API with the session of the pages. Again changes nothing."""
    token = next(each["value"] for each in author.cookies() if each["name"] == "csrftoken")
    answer = author.request.post(
        "/api/workflows/",
        data=SOURCE,
        headers={
            "Content-Type": "application/yaml",
            "X-CSRFToken": token,
            "X-Purpose": "workflow.authoring",
        },
    )
    assert answer.ok, answer.text()
