"""What a check finds is what a freeze refuses, and nothing else is."""

from __future__ import annotations

import pytest

from catalog.services.examine_document import examine_document
from catalog.services.freeze_version import freeze_version
from catalog.services.validate_document import validate_document
from maestro.kernel.actor import Actor
from maestro.kernel.errors import MaestroError
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SET = "- {id: a, task: core.set@1, with: {values: {n: 1}}}"
SECRET = "secrets: {token: {description: May read}}"
OTHER = "- {id: a, task: core.set@1, with: {values: {n: 2}}}"


def calling(workflow: str, version: str = "") -> str:
    asked = f", version: '{version}'" if version else ""
    return f"- {{id: a, task: workflow.call@1, with: {{workflow: {workflow}{asked}}}}}"


@pytest.mark.parametrize(
    ("source", "valid"),
    [
        (document(SET, name="fresh"), True),
        (document(SET), True),  # what is frozen already
        (document(OTHER), False),
        (document(OTHER, version="1.0.1"), True),
        (document(OTHER, version="0.9.0"), False),
        (document(SET, version="1.9.0", rest=SECRET), False),
        (document(SET, version="2.0.0-rc.1", rest=SECRET), True),
        (document(SET, version="1.0.0-rc.1"), False),
        (document(calling("tried"), name="caller"), True),
        (document(calling("acme/tried", "^1.0.0"), name="caller"), True),
        (document(calling("tried", "^2.0.0"), name="caller"), False),
        (document(calling("nobody"), name="caller"), False),
        (document(SET, name="fresh").replace(b"  category: FinOps\n", b""), False),
        (b"nonsense: true", False),
    ],
)
def test_a_document_that_passes_the_check_passes_the_freeze(
    author: Actor, source: bytes, valid: bool
) -> None:
    freeze_version(actor=author, source=document(SET), media_type="application/yaml")
    examined = examine_document(actor=author, source=source)
    assert examined.is_valid is valid
    told = validate_document(actor=author, source=source)
    assert told["valid"] is valid
    assert all(each.line for each in examined.problems)
    if valid:
        frozen = freeze_version(actor=author, source=source)
        assert frozen.version.digest == told["digest"]
        assert frozen.created is (examined.same is None)
    else:
        with pytest.raises(MaestroError):
            freeze_version(actor=author, source=source)
        assert "digest" not in told


def test_a_check_keeps_nothing(author: Actor) -> None:
    assert examine_document(actor=author, source=document(SET)).is_valid
    assert examine_document(actor=author, source=document(SET)).latest is None
