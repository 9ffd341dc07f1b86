"""Submissions and releases to test with, made through the services.

    published(acme)                                    # acme/tried 1.0.0, found by everybody
    published(acme, number="1.1.0", steps=…)           # the next one
    published(acme, visibility="partner-curated", audience=["globex"])
    published(acme, source=b"…")                       # a document of one's own

No worker is needed: what the pipeline's steps do is called in their place, and its execution stays
queued. So this works in tests that are one transaction; name `default` and `owner` as databases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalog.models import WorkflowVersion
from catalog.services.freeze_version import freeze_version
from maestro.kernel.actor import Actor, ActorKind, Channel, system_actor
from maestro.tenancy.models import Tenant
from marketplace.models import Release, Submission
from marketplace.services.approve_release import approve_release
from marketplace.services.decide_review import decide_review
from marketplace.services.install_system_workflows import install_system_workflows
from marketplace.services.publish_release import publish_release
from marketplace.services.request_publish import request_publish
from marketplace.services.run_checks import run_checks
from tests.factories import actor_of, make_user
from tests.runtime.driving import document

STEPS = "- {id: a, task: core.set@1, with: {values: {said: hello}}}"
REST = """
examples:
  - title: As it is
    parameters: {}
"""


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
