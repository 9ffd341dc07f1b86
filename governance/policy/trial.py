"""Policies are tried out before they are put in force, in a process of their own.

An engine in C++ may end its process, or never answer; then the policies are refused, and nobody who
works here notices. `python -m governance.policy.trial` reads the files of a bundle, JSON of base64,
and says what is wrong with them. Pure but for that.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from regopy import RegoError

from governance.policy.bundle import CASES, BrokenBundle, Bundle, bundle_of
from governance.policy.embedded import EmbeddedRego
from governance.policy.references import References
from governance.policy.rego_cpp import Compiled

PATIENCE = 30.0  # seconds
MOST_SAID = 20
_ROOT = Path(__file__).resolve().parents[2]
_RULE = re.compile(r"^(test_\w+)", re.MULTILINE)
_PACKAGE = re.compile(r"^package\s+([\w.]+)", re.MULTILINE)
# Whoever put them in force must be able to take them back.
_WAY_BACK: Mapping[str, Any] = {
    "action": "policy.rollback",
    "subject": {
        "kind": "system", "id": None, "tenant": None, "roles": [], "platform_roles": [],
        "teams": [], "attributes": {}, "scopes": None,
    },
    "resource": {"type": "policy", "id": "", "tenant": None},
    "context": {
        "purpose": "platform.operations", "purpose_known": True, "purpose_in_production": True,
        "purpose_allows": True,
        "channel": "cli", "environment": "", "region": "", "profile": "local_workflow",
    },
}  # fmt: skip


def try_out(bundle: Bundle, *, patience: float = PATIENCE) -> list[str]:
    """What speaks against putting `bundle` in force; nothing, when it may be."""
    files = {name: base64.b64encode(raw).decode() for name, raw in bundle.files.items()}
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "governance.policy.trial"],
            input=json.dumps(files).encode(),
            capture_output=True,
            cwd=_ROOT,
            timeout=patience,
            check=False,
        )
        found = json.loads(ran.stdout) if ran.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return [f"they were not tried out within {patience:.0f} s"]
    except ValueError:
        found = None
    return list(found) if isinstance(found, list) else ["they end the process of the engine"]


def faults(bundle: Bundle) -> Iterator[str]:
    """What is wrong, found in this process."""
    engine = EmbeddedRego(bundle)
    healthy, why = engine.healthy()
    if not healthy:
        yield why
        return
    if not engine.decide(_WAY_BACK).allow:
        yield "Maestro itself could not roll them back"
    rules = _rules(bundle)
    listed = json.loads(bundle.tests.get(CASES, b"{}"))
    cases = listed.get("cases", {})
    if not cases and not rules:
        yield "they have no tests"
    for name, case in cases.items():
        told = _told(engine, laid_over(listed["usual"][case["usual"]], case.get("but", {})))
        if told != (sorted(case["codes"]), case.get("obligations", [])):
            yield f"a case is decided otherwise: {name}"
    yield from (f"a test fails: {name}" for name in _failing(bundle, rules))


def laid_over(usual: Mapping[str, Any], but: Mapping[str, Any]) -> dict[str, Any]:
    """`but` over `usual`, object by object, as OPA's object.union does it."""
    both: dict[str, Any] = dict(usual)
    for name, value in but.items():
        below = usual.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            both[name] = laid_over(below, value)
        else:
            both[name] = value
    return both


def _told(engine: EmbeddedRego, facts: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    answer = engine.decide(facts)
    return [one.code for one in answer.deny], [one.as_dict() for one in answer.obligations]


def _modules(bundle: Bundle) -> dict[str, str]:
    """The tests' modules. One that is unsafe here, most often by a `with`, is left to `opa test`; the
    listed cases are what such a test asks."""
    sources = {name: raw.decode() for name, raw in bundle.tests.items() if name.endswith(".rego")}
    return {
        name: source for name, source in sources.items() if not References({name: source}).unsafe()
    }


def _rules(bundle: Bundle) -> list[str]:
    found = set()
    for source in _modules(bundle).values():
        package = _PACKAGE.search(source)
        path = package[1].replace(".", "/") if package else ""
        found |= {f"{path}/{rule}" for rule in _RULE.findall(source)}
    return sorted(found)


def _failing(bundle: Bundle, rules: list[str]) -> Iterator[str]:
    if not rules:
        return
    listed = json.loads(bundle.tests.get(CASES, b"{}"))
    compiled = Compiled(
        {**bundle.modules, **_modules(bundle)}, {**bundle.data, "tests": listed}, rules
    )
    for rule in rules:
        try:
            said = compiled.answer(rule, {})
        except RegoError:
            said = "undefined"
        if not _passes(said):
            yield rule.replace("/", ".")


def _passes(output: str) -> bool:
    if output == "undefined":
        return False
    match json.loads(output):
        case {"expressions": [True]}:
            return True
        case {"expressions": [{**cases}]}:
            return bool(cases) and all(passed is True for passed in cases.values())
    return False


def main() -> None:
    """See the module."""
    files = json.load(sys.stdin)
    try:
        bundle = bundle_of({name: base64.b64decode(raw) for name, raw in files.items()})
        found = [fault for fault, _ in zip(faults(bundle), range(MOST_SAID), strict=False)]
    except BrokenBundle as problem:
        found = [str(problem)]
    except Exception as problem:  # noqa: BLE001 - foreign code, and tests that anybody wrote
        found = [f"they can't be tried out: {type(problem).__name__}: {problem}"]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
