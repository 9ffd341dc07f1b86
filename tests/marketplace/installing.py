"""Releases and grants to test installing with: signed here, listed, without the reviews before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalog.models import Standing, Visibility, WorkflowDefinition, WorkflowTemplate
from catalog.services.read_document import document_of
from governance.signing import signing_ring
from governance.trust.keys import Signer, new_key
from governance.trust.statement import RELEASE_TYPE, sign_statement, statement
from maestro.kernel.actor import Actor
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Grant, Withdrawal, WithdrawalMode
from maestro.tenancy.models import Tenant
from marketplace.models import Release
from tests.runtime.driving import freeze

ONE = "- {id: a, task: core.set@1, with: {values: {n: '${{ params.n }}'}}}"
ASKING = (
    "parameters: {type: object, required: [n], properties:"
    " {n: {type: integer, maximum: 9}, kind: {enum: [a, b], default: a}}}"
)
CALLING = """
- id: a
  task: http.request@1
  with: {method: GET, url: "${{ endpoints.there }}", auth: {bearer: "${{ secrets.token }}"}}
"""
REACHING = (
    "secrets: {token: {description: For the call}}\n"
    "endpoints: {there: {description: There, default: 'https://there.example/v1'}}"
)


def released(
    author: Actor,
    steps: str = ONE,
    *,
    visibility: Visibility = Visibility.PUBLIC,
    signer: Signer | None = None,
    about: str = "",
    **document: Any,
) -> Release:
    """A release of a document around `steps`, signed by `signer`, about the digest `about`."""
    document = {"parameters": ASKING} | document
    version = freeze(author, steps, **document)
    read = document_of
    with tenant_scope(version.tenant_id):
        definition = WorkflowDefinition.objects.get(pk=version.definition_id)
        claim = statement(
            name=f"{definition.publisher}/{definition.slug}@{version.version}",
            digest=about or version.digest,
            predicate_type=RELEASE_TYPE,
            predicate={"publisher": definition.publisher, "number": version.version},
        )
        envelope = sign_statement(claim, signer or signing_ring().signer)
        template, _ = WorkflowTemplate.objects.update_or_create(
            tenant_id=version.tenant_id,
            definition=definition,
            defaults={
                "publisher": definition.publisher,
                "slug": definition.slug,
                "title": definition.title,
                "category": definition.category,
                "risk": read(version).risk,
                "owner_team": definition.owner_team,
                "visibility": visibility,
                "standing": Standing.LISTED,
                "latest_number": version.version,
            },
        )
        Release.objects.filter(template=template, status="published").update(status="superseded")
        release = Release.objects.create(
            tenant_id=version.tenant_id,
            template=template,
            version=version,
            publisher=definition.publisher,
            slug=definition.slug,
            number=version.version,
            order=version.order,
            digest=version.digest,
            title=definition.title,
            risk=template.risk,
            changelog="First.",
            statement=claim,
            signatures=envelope.as_dict()["signatures"],
            published_by_name="Tests",
        )
        template.latest_release_id = release.pk
        template.save()
    return release


def forged(author: Actor, steps: str = ONE, **document: Any) -> Release:
    """A release that is signed by somebody whom nobody trusts."""
    return released(author, steps, signer=new_key(), **document)


def granted(tenant: Tenant, release: Release, **fields: Any) -> Grant:
    """What an installation of the release may run with, as if it had been installed."""
    values = {
        "name": "mine",
        "installation_id": new_id(),
        "release_id": release.pk,
        "version_id": release.version_id,
        "definition_id": _definition(release),
        "publisher": release.publisher,
        "slug": release.slug,
        "number": release.number,
        "digest": release.digest,
        "statement": release.statement,
        "signatures": release.signatures,
        "parameters": {"n": 3},
        "environment": "development",
    }
    with tenant_scope(tenant.pk):
        return Grant.objects.create(tenant_id=tenant.pk, **values | fields)


def _definition(release: Release) -> UUID:
    with tenant_scope(release.tenant_id):
        return Release.objects.select_related("version").get(pk=release.pk).version.definition_id


def withdraw(release: Release, mode: WithdrawalMode = WithdrawalMode.STOP) -> Withdrawal:
    """Take a release back, as its publisher does."""
    with tenant_scope(release.tenant_id):
        Release.objects.filter(pk=release.pk).update(status="withdrawn")
        return Withdrawal.objects.create(
            tenant_id=release.tenant_id,
            version_id=release.version_id,
            mode=mode,
            reason="It deletes too much.",
            withdrawn_by_name="Tests",
        )
