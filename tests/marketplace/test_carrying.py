"""A release from one Maestro to another that has no network: packed, verified, taken in, installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from catalog.models import WorkflowTemplate, WorkflowVersion
from governance.models import Receipt
from governance.services.trust_key import distrust_key
from governance.services.verify_release import verify_release
from governance.trust.archive import pack, unpack
from governance.trust.carried import carry
from governance.trust.dsse import read_envelope
from governance.trust.keys import PrivateKey, new_key
from governance.trust.statement import RELEASE_TYPE, sign_statement, statement
from maestro.kernel.actor import Actor, ActorKind, Channel, system_actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release
from marketplace.services.export_release import SignedElsewhere, export_release
from marketplace.services.import_release import (
    PublisherNotTrusted,
    ReleaseBundleRefused,
    import_release,
)
from marketplace.services.request_publish import AlreadyPublished
from marketplace.services.trust_publisher import trust_publisher
from tests.factories import actor_of, make_tenant
from tests.marketplace.worlds import published

pytestmark = pytest.mark.django_db(databases=["default", "owner", "jobs", "platform"])
MAESTRO = system_actor("a test")
THEIRS = new_key()
Elsewhere = Callable[..., bytes]


class _GoneAgain(Exception):
    """Undoes what was done elsewhere: it is another Maestro's database."""


@pytest.fixture
def elsewhere(settings: Settings) -> Elsewhere:
    """Another Maestro, where initech publishes: gives the bundle of a release."""

    def pack_one(*numbers: str, key: PrivateKey = THEIRS, publisher: str = "initech") -> bytes:
        ours = settings.MAESTRO_SIGNING_KEYS
        settings.MAESTRO_SIGNING_KEYS = key.pem().decode()
        content = b""
        try:
            with transaction.atomic():
                tenant = make_tenant(publisher)
                for number in numbers or ("1.0.0",):
                    published(tenant, version=number)
                content = export_release(
                    actor=actor_of(tenant, "viewer"), address=f"{publisher}/tried"
                ).content
                raise _GoneAgain
        except _GoneAgain:
            pass
        settings.MAESTRO_SIGNING_KEYS = ours
        return content

    return pack_one


def trust(key: PrivateKey = THEIRS) -> None:
    trust_publisher(actor=MAESTRO, publisher="initech", pem=key.public.pem)


def at_initech(model: type[Release] | type[WorkflowVersion]) -> int:
    holder = Tenant.objects.filter(slug="initech").first()
    if holder is None:
        return 0
    with tenant_scope(holder.pk):
        return model.objects.for_tenant(holder.pk).count()


def test_a_release_is_taken_in_by_who_trusts_its_publisher(
    elsewhere: Elsewhere, globex: Tenant
) -> None:
    raw = elsewhere()
    trust()
    imported = import_release(actor=MAESTRO, raw=raw)
    release = imported.release
    assert (imported.created, release.address, release.number) == (True, "initech/tried", "1.0.0")
    assert release.origin == THEIRS.public.id[:16]
    with tenant_scope(globex.pk):
        template = WorkflowTemplate.objects.at_address(globex.pk, "initech", "tried").get()
        seen = Release.objects.select_related("version").get(template=template)
    assert template.latest_number == "1.0.0"
    assert seen.version.source.startswith("\napiVersion")
    assert verify_release(
        statement=seen.statement,
        signatures=seen.signatures,
        digest=seen.digest,
        publisher="initech",
    ).verified


def test_what_a_key_signed_runs_no_more_once_it_is_revoked(elsewhere: Elsewhere) -> None:
    raw = elsewhere()
    trust()
    release = import_release(actor=MAESTRO, raw=raw).release
    distrust_key(actor=MAESTRO, publisher="initech", key_id=THEIRS.public.id)
    found = verify_release(
        statement=release.statement,
        signatures=release.signatures,
        digest=release.digest,
        publisher="initech",
    )
    assert not found.verified


def test_another_publishers_key_does_not_vouch_for_it(elsewhere: Elsewhere) -> None:
    raw = elsewhere()
    trust()
    release = import_release(actor=MAESTRO, raw=raw).release
    for publisher in ("umbrella", "acme"):
        assert not verify_release(
            statement=release.statement,
            signatures=release.signatures,
            digest=release.digest,
            publisher=publisher,
        ).verified


def test_without_trust_nothing_is_taken_in(elsewhere: Elsewhere) -> None:
    raw = elsewhere()
    with pytest.raises(PublisherNotTrusted, match="initech"):
        import_release(actor=MAESTRO, raw=raw)
    trust(new_key())
    with pytest.raises(ReleaseBundleRefused, match="0 of the keys"):
        import_release(actor=MAESTRO, raw=raw)
    assert at_initech(WorkflowVersion) == 0


def test_a_tenant_of_this_maestro_imports_nothing_under_its_own_name(
    elsewhere: Elsewhere, acme: Tenant
) -> None:
    raw = elsewhere(publisher="umbrella")
    trust()
    with pytest.raises(PublisherNotTrusted, match="umbrella"):
        import_release(actor=MAESTRO, raw=raw)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-30],
        lambda raw: raw[:200] + b"x" + raw[201:],
        lambda raw: b"",
        lambda raw: pack(unpack(raw) | {"release.dsse.json": b"{}"}),
        lambda raw: pack({"manifest.json": b"{}"}),
    ],
)
def test_a_forged_or_truncated_bundle_writes_nothing(
    elsewhere: Elsewhere, spoil: Callable[[bytes], bytes]
) -> None:
    raw = elsewhere()
    trust()
    with pytest.raises(ReleaseBundleRefused):
        import_release(actor=MAESTRO, raw=spoil(raw))
    assert (at_initech(WorkflowVersion), at_initech(Release)) == (0, 0)


def test_a_statement_about_another_release_is_refused(elsewhere: Elsewhere) -> None:
    """Signed by the publisher, both of them; but the one is not about the other."""
    one, other = unpack(elsewhere()), unpack(elsewhere("1.0.0", "1.1.0"))
    mixed = carry(
        envelope=read_envelope(one["release.dsse.json"]),
        workflow=other["workflow.json"],
        source=other["workflow.source"],
        media_type="application/yaml",
        signer=THEIRS,
    )
    trust()
    with pytest.raises(ReleaseBundleRefused, match=r"not what release\.dsse\.json is about"):
        import_release(actor=MAESTRO, raw=mixed)


def test_a_statement_that_names_another_number_than_its_document_is_refused(
    elsewhere: Elsewhere,
) -> None:
    """The digest is that of the document: only the name that it would be listed under lies."""
    members = unpack(elsewhere())
    claim = statement(
        name="initech/tried@9.0.0",
        digest=digest_bytes(members["workflow.json"]),
        predicate_type=RELEASE_TYPE,
        predicate={"publisher": "initech", "workflow": "tried", "number": "9.0.0"},
    )
    lying = carry(
        envelope=sign_statement(claim, THEIRS),
        workflow=members["workflow.json"],
        source=members["workflow.source"],
        media_type="application/yaml",
        signer=THEIRS,
    )
    trust()
    with pytest.raises(ReleaseBundleRefused, match="another release than the document"):
        import_release(actor=MAESTRO, raw=lying)
    assert at_initech(Release) == 0


def test_a_source_that_says_something_else_is_not_kept(elsewhere: Elsewhere) -> None:
    members = unpack(elsewhere())
    lying = carry(
        envelope=read_envelope(members["release.dsse.json"]),
        workflow=members["workflow.json"],
        source=members["workflow.source"].replace(b"hello", b"bye"),
        media_type="application/yaml",
        signer=THEIRS,
    )
    trust()
    release = import_release(actor=MAESTRO, raw=lying).release
    with tenant_scope(release.tenant_id):
        version = WorkflowVersion.objects.get(pk=release.version_id)
    assert "bye" not in version.source
    assert digest_bytes(members["workflow.json"]) == version.digest


def test_the_same_release_again_changes_nothing_and_another_one_is_refused(
    elsewhere: Elsewhere,
) -> None:
    raw = elsewhere()
    trust()
    first = import_release(actor=MAESTRO, raw=raw)
    again = import_release(actor=MAESTRO, raw=raw)
    assert (again.created, again.release.pk) == (False, first.release.pk)
    assert at_initech(Release) == 1


def test_names_that_are_too_long_for_a_page_are_cut_and_the_statement_keeps_them(
    elsewhere: Elsewhere,
) -> None:
    members = unpack(elsewhere())
    claim = statement(
        name="initech/tried@1.0.0",
        digest=digest_bytes(members["workflow.json"]),
        predicate_type=RELEASE_TYPE,
        predicate={
            "publisher": "initech", "workflow": "tried", "number": "1.0.0",
            "author": "A" * 400, "approvedBy": "B" * 400,
        },
    )  # fmt: skip
    signers = [THEIRS, *(new_key() for _ in range(9))]
    for key in signers:
        trust(key)
    signed = [sign_statement(claim, key) for key in signers]
    signatures = tuple(one for envelope in signed for one in envelope.signatures)
    raw = carry(
        envelope=replace(signed[0], signatures=signatures),
        workflow=members["workflow.json"],
        source=members["workflow.source"],
        media_type="application/yaml",
        signer=THEIRS,
    )
    release = import_release(actor=MAESTRO, raw=raw).release
    assert release.template.author_name == "A" * 254
    assert release.published_by_name == "B" * 254
    assert release.statement["predicate"]["author"] == "A" * 400
    assert len(release.origin) == 120


def test_another_document_under_a_number_there_is_is_refused(elsewhere: Elsewhere) -> None:
    raw = elsewhere()
    trust()
    import_release(actor=MAESTRO, raw=raw)
    changed = unpack(raw)["workflow.json"].replace(b"hello", b"good bye")
    claim = statement(
        name="initech/tried@1.0.0",
        digest=digest_bytes(changed),
        predicate_type=RELEASE_TYPE,
        predicate={"publisher": "initech", "workflow": "tried", "number": "1.0.0"},
    )
    forged = carry(
        envelope=sign_statement(claim, THEIRS),
        workflow=changed,
        source=changed,
        media_type="application/json",
        signer=THEIRS,
    )
    with pytest.raises(AlreadyPublished):
        import_release(actor=MAESTRO, raw=forged)


def test_the_next_version_becomes_the_latest(elsewhere: Elsewhere) -> None:
    first, second = elsewhere(), elsewhere("1.0.0", "1.1.0")
    trust()
    import_release(actor=MAESTRO, raw=first)
    release = import_release(actor=MAESTRO, raw=second).release
    assert (release.number, release.previous_number) == ("1.1.0", "1.0.0")
    with tenant_scope(release.tenant_id):
        standing = dict(Release.objects.values_list("number", "status"))
        template = WorkflowTemplate.objects.get(pk=release.template_id)
    assert standing == {"1.0.0": "superseded", "1.1.0": "published"}
    assert template.latest_number == "1.1.0"


def test_it_may_be_for_named_tenants_alone(
    elsewhere: Elsewhere, acme: Tenant, globex: Tenant
) -> None:
    raw = elsewhere()
    trust()
    import_release(actor=MAESTRO, raw=raw, audience=["globex"])
    for tenant, found in ((globex, 1), (acme, 0)):
        with tenant_scope(tenant.pk):
            assert WorkflowTemplate.objects.visible_to(tenant.pk).count() == found


def test_unknown_tenants_are_told_and_nothing_is_written(elsewhere: Elsewhere) -> None:
    raw = elsewhere()
    trust()
    with pytest.raises(InvalidInput) as refused:
        import_release(actor=MAESTRO, raw=raw, audience=["nobody"])
    assert [problem.code for problem in refused.value.problems] == ["unknown_partner"]
    assert at_initech(Release) == 0


def test_nobody_in_a_tenant_imports(elsewhere: Elsewhere, globex: Tenant) -> None:
    raw = elsewhere()
    trust()
    with pytest.raises(Denied):
        import_release(actor=actor_of(globex, "admin"), raw=raw)
    assert at_initech(Release) == 0


def test_importing_leaves_a_receipt(elsewhere: Elsewhere) -> None:
    raw = elsewhere()
    trust()
    release = import_release(actor=MAESTRO, raw=raw).release
    with tenant_scope(release.tenant_id):
        receipt = Receipt.objects.get(kind="release.import")
    assert receipt.statement["predicate"]["what"]["signed_by"] == [THEIRS.public.id]


def test_whoever_finds_a_release_may_take_it_along(acme: Tenant, globex: Tenant) -> None:
    published(acme)
    exported = export_release(actor=actor_of(globex, "viewer"), address="acme/tried@1.0.0")
    assert exported.name == "acme-tried-1.0.0.release.tar.gz"
    same = export_release(actor=actor_of(acme, "viewer"), address="acme/tried")
    assert same.content == exported.content


@pytest.mark.parametrize("address", ["acme/tried", "acme/tried@1.0.0", "acme/none", "tried", "@"])
def test_what_one_does_not_find_one_does_not_export(
    acme: Tenant, globex: Tenant, address: str
) -> None:
    published(acme, visibility="internal-only")
    with pytest.raises(NotFound):
        export_release(actor=actor_of(globex, "viewer"), address=address)


def test_what_was_imported_is_packed_by_its_own_maestro_alone(
    elsewhere: Elsewhere, globex: Tenant
) -> None:
    raw = elsewhere()
    trust()
    import_release(actor=MAESTRO, raw=raw)
    with pytest.raises(SignedElsewhere):
        export_release(actor=actor_of(globex, "viewer"), address="initech/tried")


def test_the_commands_carry_a_release(elsewhere: Elsewhere, acme: Tenant, tmp_path: Path) -> None:
    published(acme)
    out, file = StringIO(), tmp_path / "one.tar.gz"
    call_command("export_release", "acme/tried@1.0.0", str(file), stdout=out)
    assert digest_bytes(file.read_bytes()) in out.getvalue()
    theirs = tmp_path / "theirs.tar.gz"
    theirs.write_bytes(elsewhere())
    with pytest.raises(CommandError, match="No key of initech is trusted"):
        call_command("import_release", str(theirs))
    trust()
    call_command("import_release", str(theirs), stdout=out)
    assert "Imported: initech/tried@1.0.0" in out.getvalue()
    call_command("import_release", str(theirs), "--for", "acme", stdout=out)
    assert "Here already" in out.getvalue()
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_release", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="no release"):
        call_command("export_release", "acme/none", str(file))


def test_a_token_without_a_right_to_it_exports_nothing(acme: Tenant) -> None:
    published(acme)
    narrow = Actor(
        kind=ActorKind.TOKEN,
        id=actor_of(acme, "viewer").id,
        tenant_id=acme.pk,
        tenant_slug="acme",
        roles=frozenset({"viewer"}),
        scopes=frozenset({"execution.read"}),
        channel=Channel.API,
        purpose="practice",
    )
    with pytest.raises(Denied):
        export_release(actor=narrow, address="acme/tried")
