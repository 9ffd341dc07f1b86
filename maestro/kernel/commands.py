"""The base of our management commands: refusals are one clear line, not a traceback."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maestro.kernel.errors import InvalidInput, MaestroError


class MaestroCommand(BaseCommand):
    """A command whose refusals say what is wrong and what to do."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it; a `MaestroError` becomes a `CommandError`."""
        try:
            return super().execute(*args, **options)
        except MaestroError as error:
            lines = [error.message]
            if isinstance(error, InvalidInput):
                lines += [f"  {problem.path}: {problem.message}" for problem in error.problems]
            raise CommandError("\n".join([*lines, error.hint] if error.hint else lines)) from error
