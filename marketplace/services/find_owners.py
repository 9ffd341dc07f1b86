"""Whom an event concerns, and what they are told of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from maestro.kernel.addresses import public_address_in
from maestro.kernel.outbox import JOBS, Event
from maestro.tenancy.models import Membership, Role, Tenant, User
from marketplace import owner_notes
from marketplace.letters import NAMED, Names, Note
from marketplace.models import Release, Submission, UpgradeProposal, WorkflowInstance


@dataclass(frozen=True, slots=True)
class Told:
    """What people of one tenant are told of one event: its admins, or `people` of it if any.

    The note's address is the page's path; in a letter it is whole, and leads to it in that tenant.
    """

    event: Event
    tenant_id: UUID
    note: Note
    people: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class Letter:
    """What one person is told, by the name of the tenant, and of which events."""

    notes: dict[str, list[Note]] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Named:
    """Names of installations as they are read, of which only the first are kept."""

    some: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.some) < NAMED:
            self.some.append(name)

    @property
    def names(self) -> Names:
        return Names(tuple(self.some), self.count)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the events of a batch are about."""

    releases: Mapping[UUID, Release]
    submissions: Mapping[UUID, Submission]
    proposals: Sequence[UpgradeProposal]
    names: Mapping[UUID, tuple[UUID, str]]  # of an installation: its tenant and its name
    installed: Mapping[UUID, Mapping[UUID, _Named]]  # of a release, by tenant


def letters_about(events: Sequence[Event]) -> dict[User, Letter]:
    """Each person whom these events concern, and what they are told.

    Only people who are active, have a place in the tenant now, and want such mails; nobody of what
    they did themselves. A job's work;
    the number of statements does not grow with the events. What names another tenant's row, or one
    that is not there any more, concerns nobody.
    """
    facts = _facts(events)
    told = [
        each
        for event in events
        if event.kind in _NOTES
        for each in _NOTES[event.kind](event, UUID(event.subject), facts)
    ]
    return _letters(told)


def _letters(told: Sequence[Told]) -> dict[User, Letter]:
    tenants = Tenant.objects.using(JOBS).in_bulk({one.tenant_id for one in told})
    admins: dict[UUID, list[User]] = defaultdict(list)
    members: dict[UUID, dict[UUID, User]] = defaultdict(dict)
    for place in _places(told):
        members[place.tenant_id][place.user_id] = place.user
        if Role.ADMIN in place.roles:
            admins[place.tenant_id].append(place.user)
    letters: dict[User, Letter] = defaultdict(Letter)
    for one in told:
        tenant = tenants[one.tenant_id]
        note = replace(one.note, url=public_address_in(tenant.slug, one.note.url))
        people: Iterable[User] = admins[one.tenant_id]
        if one.people:
            there = members[one.tenant_id]
            people = (there[person] for person in one.people if person in there)
        for person in people:
            if person.pk == one.event.by:
                continue
            written = letters[person]
            written.notes.setdefault(tenant.name, []).append(note)
            written.events.add(one.event.id)
    return dict(letters)


def _places(told: Iterable[Told]) -> Collection[Membership]:
    of_admins = {one.tenant_id for one in told if not one.people}
    others = {one.tenant_id for one in told if one.people}
    people = {person for one in told for person in one.people}
    return (
        Membership.objects.using(JOBS)
        .filter(
            Q(tenant_id__in=of_admins, roles__contains=[Role.ADMIN])
            | Q(tenant_id__in=others, user_id__in=people)
        )
        .filter(user__is_active=True, user__release_mail=True)
        .select_related("user")
        .only("tenant_id", "roles", "user__id", "user__email")
        .order_by("user__email", "tenant_id")
    )


def _facts(events: Sequence[Event]) -> _Facts:
    releases = (
        Release.objects.using(JOBS)
        .only("tenant_id", "publisher", "slug", "number", "title", "submission_id")
        .in_bulk(_subjects(events, owner_notes.OF_RELEASES))
    )
    asked = _subjects(events, owner_notes.OF_SUBMISSIONS)
    published = {
        releases[one].submission_id
        for one in _subjects(events, {owner_notes.PUBLISHED})
        if one in releases
    }
    submissions = (
        Submission.objects.using(JOBS)
        .select_related("template")
        .only(
            "tenant_id", "title", "number", "rationale", "requested_by", "author_id",
            "template__publisher", "template__slug",
        )
        .in_bulk(asked | published - {None})
    )  # fmt: skip
    proposals = _proposals(events)
    waiting = _subjects(events, {owner_notes.WAITS})
    names, installed = _installations(
        {one.installation_id for one in proposals} | waiting,
        _subjects(events, owner_notes.TO_INSTALLERS),
    )
    return _Facts(releases, submissions, proposals, names, installed)


def _proposals(events: Iterable[Event]) -> Sequence[UpgradeProposal]:
    wanted = [
        Q(release_id=UUID(event.subject), pk__range=event.data["proposals"])
        for event in events
        if event.kind == owner_notes.PROPOSED and "proposals" in event.data
    ]
    if not wanted:
        return []
    return list(UpgradeProposal.objects.using(JOBS).filter(reduce(or_, wanted)).order_by("id"))


def _installations(
    ids: set[UUID], releases: set[UUID]
) -> tuple[dict[UUID, tuple[UUID, str]], dict[UUID, dict[UUID, _Named]]]:
    names: dict[UUID, tuple[UUID, str]] = {}
    installed: dict[UUID, dict[UUID, _Named]] = defaultdict(lambda: defaultdict(_Named))
    rows = (
        WorkflowInstance.objects.using(JOBS)
        .filter(Q(pk__in=ids) | Q(release_id__in=releases))
        .in_use()
        .order_by("name", "id")
        .values_list("id", "tenant_id", "release_id", "name")
    )
    for one, tenant_id, release_id, name in rows.iterator():
        if one in ids:
            names[one] = (tenant_id, name)
        if release_id in releases:
            installed[release_id][tenant_id].add(name)
    return names, installed


def _subjects(events: Iterable[Event], kinds: Collection[str]) -> set[UUID]:
    return {UUID(event.subject) for event in events if event.kind in kinds}


def _of_submission(event: Event, subject: UUID, facts: _Facts) -> Iterator[Told]:
    row = facts.submissions.get(subject)
    if row is not None and row.tenant_id == event.tenant_id:
        note = owner_notes.of_submission(
            event.kind,
            event.data,
            title=f"{row.title} {row.number}",
            rationale=row.rationale,
            url=reverse("marketplace:submission", kwargs={"submission_id": row.pk}),
        )
        yield Told(event, row.tenant_id, note, _who_submitted(row))


def _published(event: Event, subject: UUID, facts: _Facts) -> Iterator[Told]:
    release = _own(event, subject, facts)
    if release is None or release.submission_id is None:
        return  # it was imported
    if row := facts.submissions.get(release.submission_id):
        note = owner_notes.published(title=_title(release), url=_page(release))
        yield Told(event, event.tenant_id, note, _who_submitted(row))


def _of_release(event: Event, subject: UUID, facts: _Facts) -> Iterator[Told]:
    if release := _own(event, subject, facts):
        title = _title(release)
        note = owner_notes.of_release(event.kind, event.data, title=title, url=_page(release))
        yield Told(event, event.tenant_id, note)
        for tenant_id, named in facts.installed.get(subject, {}).items():
            note = owner_notes.of_installed(
                event.kind,
                event.data,
                title=title,
                publisher=release.publisher,
                names=named.names,
                url=_page_of(named.names),
            )
            yield Told(event, tenant_id, note)


def _proposed(event: Event, subject: UUID, facts: _Facts) -> Iterator[Told]:
    release = _own(event, subject, facts)
    if release is None or "proposals" not in event.data:
        return
    first, last = map(UUID, event.data["proposals"])
    asked: dict[UUID, _Named] = defaultdict(_Named)
    said: dict[UUID, UpgradeProposal] = {}
    for one in facts.proposals:
        of_tenant, name = facts.names.get(one.installation_id, (None, ""))
        ours = one.tenant_id == event.tenant_id and of_tenant == one.installer_id
        if ours and one.release_id == subject and first <= one.pk <= last:
            asked[one.installer_id].add(name)
            said[one.installer_id] = one
    for tenant_id, named in asked.items():
        one = said[tenant_id]
        note = owner_notes.proposed(
            title=_title(release),
            publisher=release.publisher,
            names=named.names,
            message=one.message,
            deadline=one.deadline.isoformat() if one.deadline else "",
            by=one.proposed_by_name,
            url=_page_of(named.names),
        )
        yield Told(event, tenant_id, note)


def _halted(event: Event, subject: UUID, facts: _Facts) -> Iterator[Told]:
    if release := _own(event, subject, facts):
        template = {"publisher": release.publisher, "slug": release.slug}
        url = reverse("marketplace:adoptions", kwargs=template)
        note = owner_notes.halted(event.data, title=_title(release), url=url)
        yield Told(event, event.tenant_id, note)


def _waits(event: Event, subject: UUID, facts: _Facts) -> Iterator[Told]:
    tenant_id, name = facts.names.get(subject, (None, ""))
    if tenant_id == event.tenant_id:
        note = owner_notes.waits(event.data, name=name, url=_page_of(Names((name,), 1)))
        yield Told(event, event.tenant_id, note)


def _page(release: Release) -> str:
    of = {"publisher": release.publisher, "slug": release.slug, "number": release.number}
    return reverse("marketplace:older", kwargs=of)


def _page_of(names: Names) -> str:
    """The page of the one that is named; the list, of several."""
    if names.count > 1:
        return reverse("marketplace:installations")
    return reverse("marketplace:installation", kwargs={"installation_name": names.some[0]})


def _own(event: Event, subject: UUID, facts: _Facts) -> Release | None:
    """The release that the event is about, if it is of the event's tenant."""
    release = facts.releases.get(subject)
    return release if release and release.tenant_id == event.tenant_id else None


def _title(release: Release) -> str:
    return f"{release.title} {release.number}"


def _who_submitted(row: Submission) -> frozenset[UUID]:
    return frozenset({row.requested_by, row.author_id or row.requested_by})


_NOTES: Mapping[str, Callable[[Event, UUID, _Facts], Iterator[Told]]] = {
    **dict.fromkeys(owner_notes.OF_SUBMISSIONS, _of_submission),
    **dict.fromkeys({*owner_notes.TO_INSTALLERS, "release.certified"}, _of_release),
    owner_notes.PUBLISHED: _published,
    owner_notes.PROPOSED: _proposed,
    owner_notes.HALTED: _halted,
    owner_notes.WAITS: _waits,
}
