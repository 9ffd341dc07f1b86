from __future__ import annotations

import re
from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError

from governance.models import BundleStatus, PolicyBundle
from governance.policy.bundle import POLICIES, BrokenBundle, Bundle, load_bundle
from governance.policy.engine import PolicyEngine, load_engine
from governance.policy.opa import OpaServer
from governance.policy.packed import read_bundle
from governance.policy.reference import as_markdown, reference_of
from governance.policy.scenarios import ScenariosUnreadable, read_scenarios, simulate
from governance.services.activate_policies import activate_policies, rollback_policies
from governance.services.build_policies import build_policies, import_policies
from governance.services.policy_impact import READER, policy_impact
from governance.signing import signing_ring
from maestro.kernel.actor import Actor, Channel, system_actor
from maestro.kernel.clock import now
from maestro.kernel.commands import MaestroCommand

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(MaestroCommand):
    """`policy build | activate | rollback | list | simulate | impact`: which are in force, and
    what others would say."""

    help = (
        "Build a signed bundle of policies, put one in force, take it back, list them, or try"
        " scenarios on them, or find out what they would have decided otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do."""
        what = parser.add_subparsers(dest="what", required=True)
        build = what.add_parser("build", help="pack and sign the policies of a folder")
        build.add_argument("folder", type=Path, nargs="?", default=POLICIES)
        build.add_argument("--out", type=Path, help="write the bundle to this file too")
        activate = what.add_parser("activate", help="put a bundle in force")
        activate.add_argument("bundle", help="a revision, a digest, or a file")
        what.add_parser("rollback", help="put the policies before in force again")
        what.add_parser("list", help="every bundle, the newest first")
        what.add_parser("reference", help="print docs/policies.md, made from the policies")
        trial = what.add_parser("simulate", help="ask policies what scenarios expect of them")
        trial.add_argument("scenarios", type=Path, help="a folder of YAML files, or one file")
        trial.add_argument("--engine", choices=["embedded", "opa"], default="embedded")
        trial.add_argument(
            "--policies",
            type=Path,
            default=POLICIES,
            help="the policies to ask, a folder (embedded; OPA has its own)",
        )

        impact = what.add_parser(
            "impact", help="ask policies again what was decided; list what would change"
        )
        impact.add_argument("draft", help="a folder, a file, a revision, or a digest")
        impact.add_argument(
            "--since", default="7d", metavar="7d", help="how far back: 90m, 12h or 7d"
        )
        impact.add_argument("--tenant", metavar="SLUG", help="one tenant; all without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        if options["what"] == "simulate":
            self._simulate(options)
            return
        if options["what"] == "impact":
            self._impact(options)
            return
        if options["what"] == "reference":
            self.stdout.write(as_markdown(reference_of(load_bundle())), ending="")
            return
        actor = _actor(options["what"])
        match options["what"]:
            case "build":
                row = build_policies(actor=actor, folder=options["folder"])
                if options["out"]:
                    options["out"].write_bytes(bytes(row.content))
                self.stdout.write(f"Built {row.revision} ({row.digest}).")
            case "activate":
                row = activate_policies(actor=actor, bundle=_find(actor, options["bundle"]))
                self.stdout.write(f"{row.revision} is in force.")
            case "rollback":
                before = rollback_policies(actor=actor)
                revision = before.revision if before else load_bundle().revision
                self.stdout.write(f"{revision} is in force again.")
            case _:
                self._list()

    def _simulate(self, options: dict[str, Any]) -> None:
        """Ends with 0 when all is as expected, 1 when not, 2 when it can't be found out."""
        try:
            scenarios = read_scenarios(options["scenarios"])
        except ScenariosUnreadable as problem:
            raise CommandError("\n".join(problem.problems), returncode=2) from None
        engine: PolicyEngine
        if options["engine"] == "opa":
            engine = OpaServer(settings.OPA_URL, token=settings.OPA_TOKEN)
        else:
            engine = load_engine(options["policies"])
        healthy, why = engine.healthy()
        if not healthy:
            raise CommandError(f"Policy can't be asked: {why}.", returncode=2)
        otherwise = simulate(engine, scenarios)
        for scenario, found in otherwise:
            self.stdout.write(f"{scenario.file}: {scenario.name}")
            for each in found:
                self.stdout.write(f"  {each}")
        self.stdout.write(
            f"{len(scenarios) - len(otherwise)} of {len(scenarios)} as expected, by {why}."
        )
        if otherwise:
            raise CommandError(f"{len(otherwise)} decided otherwise.", returncode=1)

    def _impact(self, options: dict[str, Any]) -> None:
        """Ends with 0 when nothing changes, 1 when something does, 2 when it can't be found out."""
        since = now() - _length(options["since"])
        try:
            bundle = _draft(options["draft"])
            tenant_id = _tenant(options["tenant"]) if options["tenant"] else None
            impact = policy_impact(bundle=bundle, since=since, tenant_id=tenant_id)
        except (BrokenBundle, DatabaseError) as problem:
            raise CommandError(f"Unreadable. {problem}", returncode=2) from None
        for group, number in impact.listed:
            self.stdout.write(
                f"{group.change}: {number} x {group.action} by {group.actor}: {group.reason}"
            )
        if impact.unlisted:
            self.stdout.write(f"{impact.unlisted} more change, too various to list.")
        self.stdout.write(
            f"{impact.compared} decisions asked again of {bundle.revision}; {impact.not_kept} had no"
            f" input kept, {impact.undecided} were none of policy."
        )
        if impact.changed:
            raise CommandError(f"{impact.changed} would be decided otherwise.", returncode=1)

    def _list(self) -> None:
        shipped = load_bundle().revision
        rows = PolicyBundle.objects.defer("content").order_by("-id")
        active = any(row.status == BundleStatus.ACTIVE for row in rows)
        for row in rows:
            since = row.activated_at.isoformat(timespec="seconds") if row.activated_at else "never"
            self.stdout.write(f"{row.revision}  {row.status:<8}  {row.digest}  activated {since}")
        self.stdout.write(f"{shipped}  {'shipped' if active else 'active '}   came with the code")


def _actor(what: str) -> Actor:
    return replace(system_actor(f"policy {what}"), channel=Channel.CLI)


def _draft(name: str) -> Bundle:
    """Nothing is kept of it. Raises `BrokenBundle`."""
    path = Path(name)
    if path.is_dir():
        return load_bundle(path)
    if path.is_file():
        return read_bundle(path.read_bytes(), signing_ring().trusted)
    if name == load_bundle().revision:
        return load_bundle()
    by = {"digest": name} if name.startswith("sha256:") else {"revision": name}
    row = PolicyBundle.objects.filter(**by).order_by("-id").first()
    if row is None:
        raise BrokenBundle(f"there is no bundle {name}; build it first, or name a file or a folder")
    return read_bundle(bytes(row.content), signing_ring().trusted)


def _length(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if found is None:
        raise CommandError(f"{text} is no length such as 90m, 12h or 7d.", returncode=2)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _tenant(slug: str) -> UUID:
    """Governance has no tenants: it asks whoever keeps them."""
    rows = apps.get_model("tenancy.Tenant")._default_manager.using(READER).filter(slug=slug)
    tenant_id: UUID | None = rows.values_list("pk", flat=True).first()
    if tenant_id is None:
        raise CommandError(f"There is no tenant called {slug}.", returncode=2)
    return tenant_id


def _find(actor: Actor, name: str) -> PolicyBundle:
    path = Path(name)
    if path.is_file():
        return import_policies(actor=actor, raw=path.read_bytes())
    by = {"digest": name} if name.startswith("sha256:") else {"revision": name}
    found = list(PolicyBundle.objects.filter(**by).order_by("-id")[:2])
    if not found:
        raise CommandError(f"There is no bundle {name}. Build it first, or name a file.")
    if len(found) > 1:
        raise CommandError(f"{name} was signed more than once. Name the digest that `list` shows.")
    return found[0]
