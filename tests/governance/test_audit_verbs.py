"""The verb registry: whatever is recorded has a name and words for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from governance.audit.verbs import VERBS, title_of
from governance.policy.bundle import load_bundle
from maestro.runtime import policies as runtime_policies

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("catalog", "connectors", "governance", "marketplace", "maestro")


def constants() -> dict[str, str]:
    """What the names of actions stand for, over all apps: `SECRET_WRITE` is `secret.write`."""
    found: dict[str, str] = {}
    for path in [
        *ROOT.glob("*/policies.py"),
        *ROOT.glob("*/actions.py"),
        *ROOT.glob("maestro/*/policies.py"),
    ]:
        for node in ast.parse(path.read_text()).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                    found[name] = text
    return found


def kinds() -> Iterator[tuple[str, str]]:
    """The kinds of all receipts that the code issues, and where."""
    known = constants()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            tree = ast.parse(path.read_text())
            local = {
                target.id: node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"issue_receipt", "release_receipt"}
                ):
                    (kind,) = [word.value for word in node.keywords if word.arg == "kind"]
                    if isinstance(kind, ast.Name) and kind.id not in known:
                        if kind.id not in local:
                            continue  # handed in: an action, which the next test looks at
                        kind = local[kind.id]
                    for each in [kind.body, kind.orelse] if isinstance(kind, ast.IfExp) else [kind]:
                        if isinstance(each, ast.Constant):
                            yield str(each.value), str(path)
                        else:
                            assert isinstance(each, ast.Name | ast.Attribute), path
                            name = each.id if isinstance(each, ast.Name) else each.attr
                            yield known[name], str(path)


def test_every_kind_of_receipt_that_is_issued_is_a_verb() -> None:
    issued = list(kinds())
    assert len(issued) >= 14
    assert [(kind, path) for kind, path in issued if kind not in VERBS] == []


def test_every_action_that_policy_knows_is_a_verb() -> None:
    actions = load_bundle().data["maestro"]["tables"]["actions"]
    assert set(actions) - set(VERBS) == set()


def test_every_verb_says_in_words_what_it_is() -> None:
    assert all(verb.title and verb.description.endswith(".") for verb in VERBS.values())
    assert title_of("secret.write") == "Store a secret"
    assert title_of("gone.away") == "gone.away"
    assert title_of(runtime_policies.READ) != runtime_policies.READ
