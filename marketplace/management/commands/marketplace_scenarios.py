from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.scenarios import ScenarioInvalid, parse_scenario
from marketplace.services.run_scenario import run_scenario


class Command(BaseCommand):
    """`marketplace_scenarios DIR`."""

    help = "Rehearse the marketplace: do what each scenario of a folder says, and leave nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the scenarios are."""
        parser.add_argument("folder", type=Path, help="a folder with *.yaml, each a scenario")

    def handle(self, *args: Any, **options: Any) -> None:
        """Each with its title; at the end an error if one went otherwise."""
        files = sorted(options["folder"].glob("*.yaml"))
        if not files:
            raise CommandError(f"There is no scenario in {options['folder']}.")
        failed = 0
        for file in files:
            try:
                scenario = parse_scenario(file.read_text(encoding="utf-8"))
            except (ScenarioInvalid, OSError, UnicodeDecodeError) as problem:
                self.stdout.write(f"✗ {file.name}: {problem}")
                failed += 1
                continue
            wrong = run_scenario(scenario)
            failed += bool(wrong)
            self.stdout.write(f"{'✗' if wrong else '✓'} {file.name}: {scenario.title}")
            for line in wrong:
                self.stdout.write(f"    {line}")
        if failed:
            raise CommandError(f"{failed} of {len(files)} went otherwise than they say.")
        self.stdout.write(f"All {len(files)} went as they say. Nothing was kept.")
