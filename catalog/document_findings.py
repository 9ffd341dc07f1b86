"""Gathers what is wrong with one document, each finding with its line and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.source import Source
from catalog.source_problems import MAX_PROBLEMS, Path, pointer, refuse_all
from connectors.contract import Manifest
from maestro.kernel.errors import Problem

KnownWorkflows = Callable[[str], "list[str] | tuple[str, ...] | None"]
"""The versions of the workflow with that slug, or None when there is no such workflow."""


@dataclass
class Findings:
    """A document under examination: what was written, and what was found about it so far."""

    source: Source
    manifests: Mapping[str, Manifest]
    known_workflows: KnownWorkflows | None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def value(self) -> Any:
        """The document as it was read."""
        return self.source.value

    def report(self, path: Path, code: str, message: str, hint: str) -> None:
        """Note a problem at `path`. What stands beyond the first few hundred is not kept."""
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append(self._problem(path, code, message, hint))

    def warn(self, path: Path, code: str, message: str, hint: str) -> None:
        """Note what does not stop the document."""
        if len(self.warnings) < MAX_PROBLEMS:
            self.warnings.append(self._problem(path, code, message, hint))

    def _problem(self, path: Path, code: str, message: str, hint: str) -> Problem:
        line, column = self.source.locate(path)
        return Problem(pointer(path), message, code, hint, line, column)

    def has_problem_at(self, path: Path) -> bool:
        """Whether something at `path`, or inside it, is wrong already."""
        if not self.problems:
            return False
        where = pointer(path)
        return any(
            problem.path == where or problem.path.startswith(where + "/")
            for problem in self.problems
        )

    def raise_if_any(self) -> None:
        """Raise `DocumentInvalid` with every problem, when there is one."""
        if self.problems:
            raise refuse_all(list(dict.fromkeys(self.problems)))

    def part(self, key: str) -> Mapping[str, Any]:
        """The map under `key` of the document, empty where it is missing or no map."""
        part = self.value.get(key) if isinstance(self.value, Mapping) else None
        return part if isinstance(part, Mapping) else {}
