"""An example runs, in a rehearsal that calls nothing."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.checking import ERROR, WARNING, Found, Subject


def check(subject: Subject) -> Iterator[Found]:
    """An example whose rehearsal fails is an error; none at all is a warning."""
    if not subject.document.examples:
        yield Found(
            WARNING,
            "no_example",
            "It has no example.",
            "/examples",
            "Add one: its parameters fill the form, and it is rehearsed here.",
        )
    for index, one in enumerate(subject.simulated):
        if one.status == "failed":
            yield Found(
                ERROR,
                "example_fails",
                f"The example “{one.title}” fails in a rehearsal. {one.message}".strip(),
                f"/examples/{index}",
                "Simulate it, mend what fails, and put a new version forward.",
            )
