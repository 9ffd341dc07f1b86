from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from catalog.services.freeze_version import freeze_version
from maestro.kernel.actor import Actor, ActorKind, Channel, system_actor
from maestro.kernel.errors import Denied, InvalidInput, MaestroError
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.start_execution import start_execution
from maestro.tenancy.models import Membership, Tenant, User
from marketplace.following import WAVES, Rate, follows, is_raised, turn_of
from marketplace.models import WorkflowInstance
from marketplace.scenarios import Deed, Scenario, document_of
from marketplace.services.approve_release import approve_release
from marketplace.services.decide_review import decide_review
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.install_release import install_release
from marketplace.services.install_system_workflows import install_system_workflows
from marketplace.services.prepare_upgrade import Overrides
from marketplace.services.publish_release import publish_release
from marketplace.services.request_publish import request_publish
from marketplace.services.run_checks import run_checks
from marketplace.services.upgrade_installation import (
    roll_back_installation,
    upgrade_installation,
)
from marketplace.services.withdraw_release import withdraw_release

PURPOSE = "practice"


def run_scenario(scenario: Scenario) -> list[str]:
    """Do what a scenario says through the services, undo it all, and say what was not as it says.

    Everything happens in one transaction that is rolled back: no row, message or mail is left. What
    a job would do to rows of many tenants, which it reads only once they are committed, is done here
    by the same rules.
    """
    with transaction.atomic():
        wrong = _Run(scenario).run()
        transaction.set_rollback(True)
    return wrong


class _Run:
    """A scenario while it runs: its tenants and people."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.tenants: dict[str, Tenant] = {}
        self.actors: dict[tuple[str, ...], Actor] = {}
        self.of: dict[str, str] = {}
        self.does: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
            "publish": self.publish,
            "install": self.install,
            "upgrade": self.upgrade,
            "roll_back": self.roll_back,
            "start": self.start,
            "withdraw": self.withdraw,
            "deprecate": self.deprecate,
            "follow": self.follow,
        }

    def run(self) -> list[str]:
        """What was not as the scenario says."""
        for slug in (self.scenario.publisher, *self.scenario.tenants):
            if Tenant.objects.filter(slug=slug).exists():
                return [f"There is a tenant called {slug} already; the scenario needs its own."]
            self.tenants[slug] = Tenant.objects.create(slug=slug, name=slug.title())
        install_system_workflows()
        for number, deed in enumerate(self.scenario.deeds, 1):
            if said := self.does_as_said(deed):
                return [f"{number}. {deed.action}: {said}"]  # what comes after it means nothing
        return self.how_it_ended()

    def does_as_said(self, deed: Deed) -> str:
        """Empty where it ends as it must."""
        try:
            with transaction.atomic():
                self.does[deed.action](deed.given)
        except MaestroError as refusal:
            reasons = (
                {one.code for one in refusal.reasons} if isinstance(refusal, Denied) else set()
            )
            paths = (
                {one.path for one in refusal.problems}
                if isinstance(refusal, InvalidInput)
                else set()
            )
            if refusal.code != deed.refused:
                return f"refused with {refusal.code} {sorted(reasons or paths)}: {refusal.message}"
            if missing := [*(deed.reasons - reasons), *(deed.problems - paths)]:
                return f"the refusal does not name {', '.join(sorted(missing))}"
            return ""
        return f"was done, and should be refused with {deed.refused}" if deed.refused else ""

    def how_it_ended(self) -> list[str]:
        """What of the end is not as it must be."""
        wrong = []
        for name, expected in self.scenario.then.items():
            if name not in self.of:
                wrong.append(f"{name}: it was never installed")
                continue
            with tenant_scope(self.tenants[self.of[name]].pk):
                instance = WorkflowInstance.objects.get(name=name)
            for key, value in expected.items():
                if (is_now := getattr(instance, key)) != value:
                    wrong.append(f"{name}: {key} is {is_now!r}, not {value!r}")
        return wrong

    def publish(self, given: Mapping[str, Any]) -> None:
        """Freeze, submit, check, review, approve, sign, list."""
        tenant = self.tenants[self.scenario.publisher]
        author = self.actor(self.scenario.publisher, "author")
        version = freeze_version(
            actor=author, source=document_of(given), media_type="application/json"
        ).version
        submission = request_publish(
            actor=author,
            workflow=version.definition.slug,
            version=version.version,
            visibility=given.get("visibility", "public-ecosystem"),
            audience=given.get("audience", ()),
            note="",
        )
        run_checks(actor=system_actor("check", tenant_id=tenant.pk), submission_id=submission.pk)
        for kind in submission.required_reviews:
            decide_review(
                actor=self.staff(f"{kind}_reviewer"),
                submission_id=submission.pk,
                kind=kind,
                decision="approve",
                rationale="It does what it says.",
                controls=["SOC2:CC8.1"],
            )
        approve_release(
            actor=self.staff("approver"), submission_id=submission.pk, rationale="Ready."
        )
        publish_release(
            actor=system_actor("publish-release", tenant_id=tenant.pk), submission_id=submission.pk
        )

    def install(self, given: Mapping[str, Any]) -> None:
        """Install a release into a tenant."""
        named = dict(given)
        slug, role = named.pop("tenant"), named.pop("as", "admin")
        release = self.address(named.pop("release", ""), named.pop("workflow", "tried"))
        named.setdefault("environment", "staging")
        install_release(actor=self.actor(slug, role), release=release, **named)
        self.of[named["name"]] = slug

    def upgrade(self, given: Mapping[str, Any]) -> None:
        """Upgrade an installation."""
        named = ("parameters", "secrets", "endpoints", "hosts")
        upgrade_installation(
            actor=self.actor_at(given),
            name=given["installation"],
            to=str(given.get("to", "")),
            overrides=Overrides(**{name: given[name] for name in named if name in given}),
        )

    def roll_back(self, given: Mapping[str, Any]) -> None:
        """Take an installation back."""
        roll_back_installation(actor=self.actor_at(given), name=given["installation"])

    def start(self, given: Mapping[str, Any]) -> None:
        """Start an installation."""
        start_execution(
            actor=self.actor_at(given),
            installation=given["installation"],
            parameters=given.get("parameters"),
            reason=given.get("reason", ""),
        )

    def withdraw(self, given: Mapping[str, Any]) -> None:
        """Take a release back."""
        withdraw_release(
            actor=self.actor(self.scenario.publisher, "admin"),
            release=self.address(str(given["release"]), given.get("workflow", "tried")),
            mode=given.get("mode", "stop"),
            reason=given.get("reason", "For a scenario."),
        )

    def deprecate(self, given: Mapping[str, Any]) -> None:
        """Advise against a release."""
        deprecate_release(
            actor=self.actor(self.scenario.publisher, "author"),
            release=self.address(str(given["release"]), given.get("workflow", "tried")),
            reason=given.get("reason", "For a scenario."),
            replacement=given.get("replacement", ""),
        )

    def follow(self, given: Mapping[str, Any]) -> None:
        """Upgrade who follows, in waves; `before` and `after` are [runs, failed] of each wave."""
        to = str(given["to"])
        before, after = Rate(*given["before"]), Rate(*given["after"])
        following = []
        for name, slug in self.of.items():
            with tenant_scope(self.tenants[slug].pk):
                instance = WorkflowInstance.objects.get(name=name)
            if follows(instance.channel, instance.number, to):
                following.append((name, self.tenants[slug]))
        begun = 0
        for wave in range(len(WAVES)):
            if wave and is_raised(before, after):
                return
            turn = turn_of(wave, len(following))
            for name, tenant in following[begun:turn]:
                actor = system_actor("marketplace.roll_out", tenant_id=tenant.pk)
                upgrade_installation(actor=actor, name=name, to=to)
            begun = turn

    def address(self, number: str, slug: str) -> str:
        """`publisher/slug`, or with `@number`."""
        named = f"{self.scenario.publisher}/{slug}"
        return f"{named}@{number}" if number else named

    def actor_at(self, given: Mapping[str, Any]) -> Actor:
        """Who does something to an installation: its tenant's admin, unless said otherwise."""
        slug = given.get("tenant") or self.of.get(given["installation"], "")
        return self.actor(slug, given.get("as", "admin"))

    def actor(self, slug: str, *roles: str) -> Actor:
        """Somebody with these roles in a tenant."""
        tenant = self.tenants[slug]
        if (slug, *roles) not in self.actors:
            user = self.person(f"{'-'.join(roles)}@{slug}.test")
            with tenant_scope(tenant.pk):
                Membership.objects.create(tenant_id=tenant.pk, user=user, roles=list(roles))
            self.actors[slug, *roles] = _actor(user, tenant, roles=frozenset(roles))
        return self.actors[slug, *roles]

    def staff(self, role: str) -> Actor:
        """One of the platform's people, acting in the publisher's tenant."""
        tenant = self.tenants[self.scenario.publisher]
        if ("", role) not in self.actors:
            user = self.person(f"{role}@platform-of-{tenant.slug}.test", platform_roles=[role])
            self.actors["", role] = _actor(
                user,
                tenant,
                platform_roles=frozenset({role}),
                purpose="platform.operations",
                channel=Channel.ADMIN,
            )
        return self.actors["", role]

    def person(self, email: str, **fields: Any) -> User:
        """Somebody who can't sign in."""
        user = User(email=email, name=email.partition("@")[0].title(), **fields)
        user.set_unusable_password()
        user.save()
        return user


def _actor(user: User, tenant: Tenant, **fields: Any) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant.pk,
        tenant_slug=tenant.slug,
        **{"channel": Channel.API, "purpose": PURPOSE, **fields},
    )
