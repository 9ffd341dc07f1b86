"""Documents for tests: one that is right, and ways to make it wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from catalog.document import Document, DocumentInvalid, KnownWorkflows, parse_document
from connectors.contract import Manifest
from connectors.registry import registry
from maestro.kernel.errors import Problem

OLD = Manifest(
    task="old.thing",
    version="1.0.0",
    major=1,
    title="Old",
    description="Kept for old workflows.",
    input_schema={"type": "object"},
    output_schema={"type": "object"},
    deprecated="Use core.set@1.",
)

# Line numbers matter: the tests of problems name them.
RIGHT = """\
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: close-accounts
  title: Close accounts
  version: 1.2.0
parameters:
  type: object
  required: [who]
  properties:
    who: {type: string, format: email}
    count: {type: integer, default: 1}
    deep: {type: object, properties: {a: {type: integer, default: 7}}}
secrets:
  token: {description: May close accounts}
endpoints:
  directory: {default: "https://directory.example"}
steps:
  - id: find
    task: http.request@1
    with:
      url: ${{ endpoints.directory + "/" + params.who }}
      auth: {bearer: "${{ secrets.token }}"}
  - id: close
    needs: [find]
    for_each: ${{ steps.find.output.body }}
    task: http.request@1
    with: {method: PUT, url: "${{ endpoints.directory }}/${{ item.id }}", json: {n: "${{ index }}"}}
  - id: tell
    needs: [close]
    when: ${{ params.count > 0 }}
    task: email.send@1
    with: {to: "${{ params.who }}", template: done}
templates:
  done: {subject: Done, text: All closed}
outputs:
  closed: ${{ steps.close.output.map(r, r.body) }}
examples:
  - title: Ana
    parameters: {who: ana@acme.test}
"""


def manifests() -> Mapping[str, Manifest]:
    """The tasks that there are, and one that is deprecated."""
    return {**registry().manifests(), OLD.ref: OLD}


def parse(
    source: str | bytes,
    *,
    media_type: str | None = None,
    known_workflows: KnownWorkflows | None = None,
) -> Document:
    """The document that `source` says."""
    raw = source.encode() if isinstance(source, str) else source
    return parse_document(
        raw, media_type=media_type, manifests=manifests(), known_workflows=known_workflows
    )


def changed(old: str, new: str) -> str:
    """The right document with `old`, which must be in it once, replaced."""
    assert RIGHT.count(old) == 1, old
    return RIGHT.replace(old, new)


def problems_of(source: str | bytes, **more: Any) -> tuple[Problem, ...]:
    """What is wrong with `source`; fails when nothing is."""
    with pytest.raises(DocumentInvalid) as caught:
        parse(source, **more)
    assert caught.value.problems
    return caught.value.problems


def value() -> Any:
    """The right document as a JSON value."""
    return yaml.safe_load(RIGHT)
