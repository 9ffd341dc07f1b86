"""Every task is there, and none is on its way out."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.checking import ERROR, WARNING, Found, Subject


def check(subject: Subject) -> Iterator[Found]:
    """An unknown task is an error, a deprecated one a warning, each at its first step."""
    told: set[str] = set()
    for index, step in enumerate(subject.document.steps):
        if step.task in told:
            continue
        told.add(step.task)
        path, manifest = f"/steps/{index}/task", subject.manifests.get(step.task)
        if manifest is None:
            yield Found(
                ERROR,
                "unknown_task",
                f"There is no task {step.task}.",
                path,
                "Install the package that brings it, or use another task.",
            )
        elif manifest.deprecated:
            text = f"{step.task} is deprecated."
            yield Found(WARNING, "deprecated_task", text, path, manifest.deprecated)
