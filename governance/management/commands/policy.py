from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from governance.models import BundleStatus, PolicyBundle
from governance.policy.bundle import POLICIES, load_bundle
from governance.policy.engine import PolicyEngine, load_engine
from governance.policy.opa import OpaServer
from governance.policy.reference import as_markdown, reference_of
from governance.policy.scenarios import ScenariosUnreadable, read_scenarios, simulate
from governance.services.activate_policies import activate_policies, rollback_policies
from governance.services.build_policies import build_policies, import_policies
from maestro.kernel.actor import Actor, Channel, system_actor
from maestro.kernel.commands import MaestroCommand


class Command(MaestroCommand):
    """`policy build | activate | rollback | list | simulate`: which policies are in force."""

    help = (
        "Build a signed bundle of policies, put one in force, take it back, list them, or try"
        " scenarios on them."
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

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        if options["what"] == "simulate":
            self._simulate(options)
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
