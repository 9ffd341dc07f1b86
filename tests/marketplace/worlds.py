"""Submissions, releases and installations to test with, made through the services.

    published(acme)                                    # acme/tried 1.0.0, found by everybody
    published(acme, number="1.1.0", steps=…)           # the next one
    published(acme, visibility="partner-curated", audience=["globex"])
    published(acme, source=b"…")                       # a document of one's own
    released(author, steps)                            # signed and listed, nobody reviewed it
    installed(admin, name="mine")                      # acme/tried, in the admin's tenant

No worker is needed: what the pipeline's steps do is called in their place, and its execution stays
queued. So this works in tests that are one transaction; name `default` and `owner` as databases.
Many rows, quickly and without a service, are made by `tests.marketplace.making`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalog.models import Visibility, WorkflowDefinition, WorkflowTemplate, WorkflowVersion
from catalog.services.freeze_version import freeze_version
from catalog.services.read_document import document_of
from governance.signing import signing_ring
from governance.trust.keys import Signer, new_key
from governance.trust.statement import RELEASE_TYPE, sign_statement, statement
from maestro.kernel.actor import Actor, ActorKind, Channel, system_actor
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Grant
from maestro.tenancy.models import Tenant
from marketplace.models import Release, Submission, WorkflowInstance
from marketplace.services.approve_release import approve_release
from marketplace.services.decide_review import decide_review
from marketplace.services.install_release import install_release
from marketplace.services.install_system_workflows import install_system_workflows
from marketplace.services.publish_release import publish_release
from marketplace.services.request_publish import request_publish
from marketplace.services.run_checks import run_checks
from marketplace.services.show_release import show_release
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of, make_user
from tests.runtime.driving import document, freeze

STEPS = "- {id: a, task: core.set@1, with: {values: {said: hello}}}"
REST = """
examples:
  - title: As it is
    parameters: {}
"""
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


def staff(tenant: Tenant, *roles: str, name: str = "") -> Actor:
    """One of the platform's people, acting in `tenant` as the console lets them."""
    user = make_user(name=name or roles[0].replace("_", " ").title(), platform_roles=list(roles))
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant.pk,
        tenant_slug=tenant.slug,
        platform_roles=frozenset(roles),
        channel=Channel.ADMIN,
        purpose="platform.operations",
    )


def frozen(
    author: Actor, *, steps: str = STEPS, source: bytes = b"", **words: Any
) -> WorkflowVersion:
    """A frozen version that is fit to be put forward; `words` are those of `driving.document`."""
    words.setdefault("rest", REST)
    raw = source or document(steps, **words).replace(
        b"description: For a test.", b"description: Says hello to whoever runs it."
    )
    return freeze_version(actor=author, source=raw, media_type="application/yaml").version


def submitted(
    tenant: Tenant,
    *,
    author: Actor | None = None,
    visibility: str = "public-ecosystem",
    audience: Iterable[str] = (),
    note: str = "",
    checked: bool = True,
    **of_version: Any,
) -> Submission:
    """A version of the tenant's that is put forward, and checked unless told otherwise."""
    install_system_workflows()
    author = author or actor_of(tenant, "author")
    version = frozen(author, **of_version)
    submission = request_publish(
        actor=author,
        workflow=version.definition.slug,
        version=version.version,
        visibility=visibility,
        audience=audience,
        note=note,
    )
    if checked:
        check(submission)
    return submission


def check(submission: Submission) -> None:
    """What the pipeline's first step does."""
    run_checks(
        actor=system_actor("check", tenant_id=submission.tenant_id), submission_id=submission.pk
    )


def reviewed(tenant: Tenant, submission: Submission, *kinds: str) -> Submission:
    """With the reviews of these kinds passed; without kinds all that it takes."""
    for kind in kinds or submission.required_reviews:
        decide_review(
            actor=staff(tenant, f"{kind}_reviewer"),
            submission_id=submission.pk,
            kind=kind,
            decision="approve",
            rationale="It does what it says.",
            controls=["SOC2:CC8.1"],
        )
    return submission


def approved(tenant: Tenant, submission: Submission) -> Submission:
    """Approved, by somebody who may."""
    return approve_release(
        actor=staff(tenant, "approver"), submission_id=submission.pk, rationale="Ready."
    )


def published(
    tenant: Tenant,
    *,
    number: str = "1.0.0",
    slug: str = "tried",
    visibility: str = "public-ecosystem",
    audience: Iterable[str] = (),
    author: Actor | None = None,
    steps: str = STEPS,
    source: bytes = b"",
    **words: Any,
) -> Release:
    """A release of the tenant's: frozen, put forward, checked, reviewed, approved, signed, listed.

    `steps` is YAML of the list; `words` are what else `tests.runtime.driving.document` takes: risk,
    parameters (a YAML block), rest (more top-level keys, YAML). `source` is a whole document instead
    of all these. Called again for the same slug with a higher `number`, it is the next release.
    """
    submission = submitted(
        tenant,
        author=author,
        visibility=visibility,
        audience=audience,
        steps=steps,
        source=source,
        **({} if source else {"name": slug, "version": number, **words}),
    )
    approved(tenant, reviewed(tenant, submission))
    return publish_release(
        actor=system_actor("publish-release", tenant_id=tenant.pk), submission_id=submission.pk
    )


def released(
    author: Actor,
    steps: str = ONE,
    *,
    visibility: Visibility = Visibility.PUBLIC,
    signer: Signer | None = None,
    about: str = "",
    **words: Any,
) -> Release:
    """A release of whatever the author freezes, without checks and reviews: it may understate what it
    changes, be signed by anybody, and about another digest than its own."""
    version = freeze(author, steps, **{"parameters": ASKING} | words)
    with tenant_scope(version.tenant_id):
        document = document_of(version)
        definition = WorkflowDefinition.objects.get(pk=version.definition_id)
        claim = statement(
            name=f"{definition.publisher}/{definition.slug}@{version.version}",
            digest=about or version.digest,
            predicate_type=RELEASE_TYPE,
            predicate={"publisher": definition.publisher, "number": version.version},
        )
        template, _ = WorkflowTemplate.objects.get_or_create(
            tenant_id=version.tenant_id,
            definition=definition,
            defaults={"publisher": definition.publisher, "slug": definition.slug},
        )
        releases = Release.objects.filter(template=template).installable()
        before = releases.filter(order__lt=version.order).newest_first().first()
        release = Release.objects.create(
            tenant_id=version.tenant_id,
            template=template,
            version=version,
            publisher=definition.publisher,
            slug=definition.slug,
            number=version.version,
            order=version.order,
            digest=version.digest,
            title=document.title,
            risk=document.risk,
            changelog=version.changelog,
            previous_number=before.number if before else "",
            reviewed_for=Visibility.PUBLIC,
            statement=claim,
            signatures=sign_statement(claim, signer or signing_ring().signer).as_dict()[
                "signatures"
            ],
            published_by_name="Tests",
        )
        show_release(
            template, release, document=document, visibility=visibility, author_name=author.name
        )
    return release


def forged(author: Actor, steps: str = ONE, **words: Any) -> Release:
    """A release that is signed by somebody whom nobody trusts."""
    return released(author, steps, signer=new_key(), **words)


def withdraw(release: Release, mode: str = "stop") -> Release:
    """Take a release back, as its publisher does."""
    publisher = Tenant.objects.get(pk=release.tenant_id)
    return withdraw_release(
        actor=actor_of(publisher, "admin"),
        release=release.pk,
        mode=mode,
        reason="It deletes too much.",
    )


def installed(actor: Actor, release: str = "acme/tried", **given: Any) -> WorkflowInstance:
    """An installation in the actor's tenant, given what `ASKING` asks for unless told otherwise."""
    usual = {"name": "mine", "parameters": {"n": 3}, "environment": "development"}
    return install_release(actor=actor, release=release, **usual | given)


def granted(tenant: Tenant, release: Release, **fields: Any) -> Grant:
    """What an installation of the release may run with, whether it could be installed or not."""
    with tenant_scope(release.tenant_id):
        version = WorkflowVersion.objects.get(pk=release.version_id)
    values = {
        "name": "mine",
        "installation_id": new_id(),
        "release_id": release.pk,
        "version_id": release.version_id,
        "definition_id": version.definition_id,
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
