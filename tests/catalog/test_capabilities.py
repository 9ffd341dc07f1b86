"""What a version reaches, and what of it is new."""

from __future__ import annotations

import copy
from typing import Any

from catalog.capabilities import Capabilities, capabilities, new_in
from catalog.document import load_frozen
from connectors.contract import Manifest
from tests.catalog.test_diff import KNOWN, base, put


def of(frozen: dict[str, Any], **more: Manifest) -> Capabilities:
    return capabilities(load_frozen(frozen), {**KNOWN, **more})


def test_everything_that_a_version_reaches_is_named_once_and_in_order() -> None:
    frozen = base()
    put("endpoints/chat", {"description": ""})(frozen)
    put("endpoints/more", {"description": "", "default": "https://directory.example/two"})(frozen)
    put("endpoints/near", {"description": "", "default": "http://a.example:8080"})(frozen)
    assert of(frozen) == Capabilities(
        hosts=("a.example:8080", "directory.example"),
        open_endpoints=("chat",),
        tasks=(
            "core.approval@1",
            "email.send@1",
            "http.request@1",
            "rows.read@1",
            "workflow.call@1",
        ),
        secrets=("token",),
        tables=("costs",),
        workflows=("acme/other",),
    )


def test_what_a_manifest_says_is_named_is_found_wherever_it_stands() -> None:
    schema = {
        "properties": {
            "to": {"type": "array", "x-reach": "channel"},
            "issues": {"items": {"properties": {"project": {"x-reach": "project"}}}},
            "by": {"additionalProperties": {"x-reach": "table"}},
            "note": {"type": "string"},
        }
    }
    task = Manifest("chat.post", "1.0.0", 1, "Post", "Posts.", schema, {})
    frozen = base()
    frozen["steps"][5] |= {
        "task": "chat.post@1",
        "with": {
            "to": ["#ops", "#ops", "${{ params.who }}"],
            "issues": [{"project": "OPS"}, {"project": 3}],
            "by": {"day": "daily"},
            "note": "no channel",
        },
    }
    found = of(frozen, **{"chat.post@1": task})
    assert found.channels == ("#ops", "${{ params.who }}")
    assert found.projects == ("OPS",)
    assert found.tables == ("daily",)


def test_what_is_new_is_what_the_one_before_did_not_reach() -> None:
    frozen = base()
    after = copy.deepcopy(frozen)
    put("endpoints/more", {"description": "", "default": "https://more.example"})(after)
    put("steps/5/with/from", "wages")(after)
    assert new_in(of(after), of(frozen)) == Capabilities(hosts=("more.example",), tables=("wages",))
    assert new_in(of(frozen), of(after)) == Capabilities(tables=("costs",))
    assert not new_in(of(frozen), of(frozen))
    assert new_in(of(frozen), Capabilities())


def test_they_come_back_from_json() -> None:
    found = of(base())
    assert Capabilities.from_json(found.as_json()) == found
    assert Capabilities.from_json({"hosts": ["a"], "other": ["b"]}) == Capabilities(hosts=("a",))
