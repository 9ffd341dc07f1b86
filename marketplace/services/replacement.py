"""What is named in the place of a release that is deprecated or withdrawn."""

from __future__ import annotations

from catalog.models import TemplateAudience, Visibility, WorkflowTemplate
from maestro.kernel.errors import Problem
from marketplace.models import Adoption, Release

NAMED = 3
"""How many of those who don't find it a problem names."""


def replacement_problems(replacement: str, release: Release) -> list[Problem]:
    """What is wrong with what is named instead: `publisher/slug`, or with `@number`; or nothing.

    It is another release that can be installed, and that is found by all who find this one or run
    it. Of another publisher's that is the one that everybody finds: whom else it names is theirs to
    know. Needs the scope of the release's tenant.
    """
    if not replacement:
        return []
    address, _, number = replacement.partition("@")
    publisher, _, slug = address.rpartition("/")
    found = Release.objects.filter(publisher=publisher, slug=slug).installable()
    # With its template: one that is only granted is found by nobody.
    found = found.exclude(pk=release.pk).select_related("template")
    if number:
        found = found.filter(number=number)
    others = list(found) if publisher else []
    if not others:
        return [
            Problem(
                "/replacement",
                f"There is no other release {replacement[:192]} that can be installed.",
                "unknown_release",
                "Write publisher/slug, or publisher/slug@number; or leave it empty.",
            )
        ]
    if any(_reach(other) == Visibility.PUBLIC for other in others):
        return []
    if _reach(release) == Visibility.PUBLIC:
        return [_narrower(f"Everybody finds {release.address}, and not {replacement}.")]
    concerned = _named(release) | _running(release)
    lost = min((_lost(concerned, release, other) for other in others), key=len)
    if not lost:
        return []
    names = ", ".join(lost[:NAMED]) + (
        f" and {more} more" if (more := len(lost) - NAMED) > 0 else ""
    )
    message = f"These find or run {release.address} and don't find {replacement}: {names}."
    return [_narrower(message)]


def _narrower(message: str) -> Problem:
    hint = "Name one that they find, or let them find it first; or leave it empty."
    return Problem("/replacement", message, "replacement_not_found", hint)


def _reach(release: Release) -> Visibility:
    """Who finds a release: no more than find its template, nor than it was reviewed for."""
    template: WorkflowTemplate = release.template
    if release.reviewed_for in (Visibility.PUBLIC, template.visibility):
        return Visibility(template.visibility)
    return Visibility.INTERNAL


def _named(release: Release) -> set[str]:
    """The partners who find it, by slug as they are named; of another publisher's those that are
    ours to know: ourselves."""
    if _reach(release) != Visibility.PARTNERS:
        return set()
    rows = TemplateAudience.objects.filter(template_id=release.template_id)
    return set(rows.values_list("member_slug", flat=True))


def _running(release: Release) -> set[str]:
    rows = Adoption.objects.for_tenant(release.tenant_id).exclude(status="uninstalled")
    rows = rows.filter(template_id=release.template_id, number=release.number)
    return set(rows.values_list("installer_slug", flat=True))


def _lost(concerned: set[str], release: Release, other: Release) -> list[str]:
    """Who of `concerned` does not find `other`. Its publisher does, and who names it here."""
    return sorted(concerned - {release.publisher, other.publisher} - _named(other))
