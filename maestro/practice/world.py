"""The state of the practice services and what may be done to it; plain data, held in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")

TRANSITIONS: Mapping[str, tuple[str, ...]] = {
    "open": ("in_progress", "cancelled"),
    "in_progress": ("done", "open", "cancelled"),
    "done": ("open",),
    "cancelled": (),
}
PRIORITIES = ("low", "normal", "high")
KNOWN_ANSWERS = 1000  # idempotency keys remembered; the oldest are forgotten first
MOST_TICKETS = 1000

_PEOPLE: tuple[tuple[str, str, str, str, str, str, int, int | None], ...] = (
    # mailbox, name, title, team, manager, country, days since the start, days to the end or None
    ("ana", "Ana Duarte", "Account executive", "Sales", "marc", "PT", 900, 7),
    ("marc", "Marc Olivier", "Head of sales", "Sales", "ines", "FR", 2100, None),
    ("ines", "Ines Haddad", "Chief executive", "Leadership", "", "FR", 3300, None),
    ("jo", "Jo Lindqvist", "Data engineer", "Data", "ravi", "SE", 620, None),
    ("ravi", "Ravi Menon", "Head of data", "Data", "ines", "IN", 1500, None),
    ("sam", "Sam Okafor", "Site reliability engineer", "Platform", "lena", "NG", 410, None),
    ("lena", "Lena Vogt", "Head of platform", "Platform", "ines", "DE", 1800, None),
    ("tom", "Tom Keller", "Contractor", "Platform", "lena", "DE", 300, -20),
)
_LOGINS = {
    "ana": ("directory", "cloud", "chat"),
    "marc": ("directory", "chat"),
    "ines": ("directory", "chat"),
    "jo": ("directory", "cloud", "chat"),
    "ravi": ("directory", "cloud", "chat"),
    "sam": ("directory", "cloud", "chat"),
    "lena": ("directory", "cloud", "chat"),
    "tom": ("directory", "cloud"),
}
_PRIVILEGED = {("sam", "cloud"), ("lena", "cloud"), ("tom", "cloud"), ("lena", "directory")}
_DAILY_COST = {  # per day in EUR, by team and service
    "data": {"compute": 410.0, "storage": 160.0, "queries": 95.0},
    "platform": {"compute": 520.0, "storage": 90.0, "network": 70.0},
    "sales": {"licences": 120.0, "storage": 8.0},
}
ANOMALY = ("data", "compute", 3, 6.4)  # team, service, days ago, times the usual
_CREDENTIALS = {"billing-api": 212, "warehouse-db": 95, "chat-bot": 30}  # days since the rotation


class WorldError(Exception):
    """What a service answers when it refuses; `status` is the HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class World:
    """Everything the services know. Its methods may be called from many threads."""

    domain: str = "acme.test"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    people: dict[str, Json] = field(init=False)
    accounts: dict[str, Json] = field(init=False)
    tickets: dict[str, Json] = field(init=False)
    credentials: dict[str, Json] = field(init=False)
    maintenance: bool = field(init=False)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> Json:
        """Everything as on the first day."""
        today = self.clock().date()
        with self._lock:
            self.people = dict(self._people(today))
            self.accounts = dict(self._accounts(today))
            self.credentials = {
                name: {
                    "name": name,
                    "version": 1,
                    "rotated_on": (today - timedelta(days=age)).isoformat(),
                    "fingerprint": _fingerprint(name, 1),
                }
                for name, age in _CREDENTIALS.items()
            }
            self.tickets = {}
            self.maintenance = True
            self._flaky: dict[str, int] = {}
            self._answers: dict[str, tuple[str, int, Json]] = {}
            self.open_ticket({"title": "Laptop for a new colleague", "requester": self._at("marc")})
        return {"reset": True}

    # -- people directory

    def list_people(self) -> list[Json]:
        """All, by address."""
        return [self.people[email] for email in sorted(self.people)]

    def person(self, email: str) -> Json:
        """One by address."""
        return _found(self.people, email.lower(), "person")

    def accounts_of(self, email: str) -> list[Json]:
        """A person's accounts in every system, by id."""
        login = self.person(email)["email"]
        with self._lock:
            return [dict(a) for _, a in sorted(self.accounts.items()) if a["login"] == login]

    def suspend(self, account_id: str) -> Json:
        """Close an account; one that is closed already stays as it is."""
        with self._lock:
            account = _found(self.accounts, account_id, "account")
            changed = account["status"] == "active"
            if changed:
                account |= {"status": "suspended", "suspended_at": self._now()}
            return {**account, "changed": changed}

    def access(self, system: str) -> Json:
        """Who may enter a system, for a review."""
        with self._lock:
            grants: list[Json] = [
                {
                    "account": account["id"],
                    "login": account["login"],
                    "name": self.people[account["login"]]["name"],
                    "person_status": self.people[account["login"]]["status"],
                    "status": account["status"],
                    "privileged": account["privileged"],
                    "last_used_on": account["last_used_on"],
                }
                for _, account in sorted(self.accounts.items())
                if account["system"] == system
            ]
        if not grants:
            raise WorldError(404, "not_found", f"There is no system {system!r}.")
        return {"system": system, "as_of": self._now(), "grants": grants}

    # -- cloud cost

    def cost(self, team: str, days: int) -> Json:
        """Daily cost of a team in EUR, the newest day last, and the days far above the usual."""
        services = _found(_DAILY_COST, team.lower(), "team")
        if not 1 <= days <= 90:
            raise WorldError(400, "invalid_input", "days must be from 1 to 90.")
        today = self.clock().date()
        daily: list[Json] = []
        anomalies: list[Json] = []
        for ago in range(days - 1, -1, -1):
            day = today - timedelta(days=ago)
            amounts = {}
            for service, usual in services.items():
                # A ripple of up to 6 %, the same for the same day.
                amount = usual * (0.94 + (day.toordinal() * 37 + len(service) * 11) % 13 / 100)
                if (team.lower(), service, ago) == ANOMALY[:3]:
                    amount *= ANOMALY[3]
                    anomalies.append(
                        {
                            "date": day.isoformat(),
                            "service": service,
                            "amount": round(amount, 2),
                            "usual": usual,
                        }
                    )
                amounts[service] = round(amount, 2)
            total = round(sum(amounts.values()), 2)
            daily.append({"date": day.isoformat(), "amount": total, "services": amounts})
        return {
            "team": team.lower(),
            "currency": "EUR",
            "days": daily,
            "total": round(sum(day["amount"] for day in daily), 2),
            "anomalies": anomalies,
        }

    # -- tickets

    def list_tickets(self, status: str = "") -> list[Json]:
        """All, or those of one status, the oldest first."""
        with self._lock:
            return [dict(t) for t in self.tickets.values() if status in ("", t["status"])]

    def ticket(self, ticket_id: str) -> Json:
        """One by id."""
        return dict(_found(self.tickets, ticket_id, "ticket"))

    def open_ticket(self, body: Json) -> Json:
        """A new ticket of `title`, and optionally description, requester, assignee, priority."""
        title = body.get("title")
        if not isinstance(title, str) or not title.strip():
            raise WorldError(400, "invalid_input", "A ticket needs a title.")
        priority = body.get("priority", "normal")
        if priority not in PRIORITIES:
            raise WorldError(400, "invalid_input", f"priority is one of {', '.join(PRIORITIES)}.")
        with self._lock:
            if len(self.tickets) >= MOST_TICKETS:
                raise WorldError(409, "full", "Too many tickets: reset the practice world.")
            ticket = {
                "id": f"T-{101 + len(self.tickets)}",
                "title": title.strip()[:300],
                "description": str(body.get("description", ""))[:20_000],
                "requester": str(body.get("requester", ""))[:300],
                "assignee": str(body.get("assignee", ""))[:300],
                "priority": priority,
                "status": "open",
                "created_at": self._now(),
                "updated_at": self._now(),
            }
            self.tickets[ticket["id"]] = ticket
            return dict(ticket)

    def move_ticket(self, ticket_id: str, to: str) -> Json:
        """Move a ticket; one that is there stays; a way that isn't one is a conflict."""
        with self._lock:
            ticket = _found(self.tickets, ticket_id, "ticket")
            if to not in TRANSITIONS:
                raise WorldError(400, "invalid_input", f"`to` is one of {', '.join(TRANSITIONS)}.")
            changed = ticket["status"] != to
            if changed and to not in TRANSITIONS[ticket["status"]]:
                raise WorldError(
                    409, "conflict", f"{ticket_id} can't go from {ticket['status']} to {to}."
                )
            if changed:
                ticket |= {"status": to, "updated_at": self._now()}
            return {**ticket, "changed": changed}

    # -- credentials

    def list_credentials(self) -> list[Json]:
        """What they are and how old, never their value."""
        return [dict(self.credentials[name]) for name in sorted(self.credentials)]

    def rotate(self, name: str) -> Json:
        """A new version of a credential."""
        with self._lock:
            credential = _found(self.credentials, name, "credential")
            version = credential["version"] + 1
            credential |= {
                "version": version,
                "rotated_on": self.clock().date().isoformat(),
                "fingerprint": _fingerprint(name, version),
            }
            return dict(credential)

    # -- things that go wrong

    def flaky(self, key: str, fail: int) -> Json:
        """Fails the first `fail` calls of a key with 503, then succeeds for ever."""
        if not 0 <= fail <= 100:
            raise WorldError(400, "invalid_input", "fail must be from 0 to 100.")
        with self._lock:
            if len(self._flaky) > KNOWN_ANSWERS:
                self._flaky.clear()
            calls = self._flaky[key] = self._flaky.get(key, 0) + 1
        if calls <= fail:
            raise WorldError(503, "unavailable", f"Call {calls} of {key}: try again.")
        return {"key": key, "calls": calls}

    def visit_maintenance(self) -> Json:
        """503 while the maintenance is on, which it is at first."""
        if self.maintenance:
            raise WorldError(503, "unavailable", "Down for maintenance until it is switched off.")
        return {"on": False}

    def set_maintenance(self, on: bool) -> Json:
        """Switch the maintenance on or off."""
        self.maintenance = on
        return {"on": on}

    # -- idempotency

    def once(
        self, key: str, request: str, answer: Callable[[], tuple[int, Json]]
    ) -> tuple[int, Json, bool]:
        """Answer a request of an `Idempotency-Key`; True says that the answer is the stored one.

        The same key for another request is refused with 422 (IETF httpapi-idempotency-key-header).
        A refusal is not stored. Without a key the request is simply carried out.
        """
        if not key:
            return (*answer(), False)
        with self._lock:
            if key in self._answers:
                stored, status, body = self._answers[key]
                if stored != request:
                    raise WorldError(
                        422, "key_reused", "This Idempotency-Key belongs to another request."
                    )
                return status, body, True
            status, body = answer()
            self._answers[key] = (request, status, body)
            if len(self._answers) > KNOWN_ANSWERS:
                del self._answers[next(iter(self._answers))]
            return status, body, False

    # -- the first day

    def _at(self, mailbox: str) -> str:
        return f"{mailbox}@{self.domain}" if mailbox else ""

    def _now(self) -> str:
        return self.clock().isoformat(timespec="seconds").replace("+00:00", "Z")

    def _people(self, today: date) -> list[tuple[str, Json]]:
        people: list[tuple[str, Json]] = []
        for mailbox, name, title, team, manager, country, since, until in _PEOPLE:
            email = self._at(mailbox)
            ends = today + timedelta(days=until) if until is not None else None
            person: Json = {
                "email": email,
                "name": name,
                "title": title,
                "team": team,
                "manager": self._at(manager),
                "country": country,
                "status": "left" if ends and ends < today else "leaving" if ends else "active",
                "starts_on": (today - timedelta(days=since)).isoformat(),
                "ends_on": ends.isoformat() if ends else None,
            }
            people.append((email, person))
        return people

    def _accounts(self, today: date) -> list[tuple[str, Json]]:
        accounts: list[tuple[str, Json]] = []
        for mailbox, systems in _LOGINS.items():
            for nth, system in enumerate(systems):
                account: Json = {
                    "id": f"{system}-{mailbox}",
                    "system": system,
                    "login": self._at(mailbox),
                    "status": "active",
                    "privileged": (mailbox, system) in _PRIVILEGED,
                    "last_used_on": (today - timedelta(days=len(mailbox) * nth)).isoformat(),
                    "suspended_at": None,
                }
                accounts.append((account["id"], account))
        return accounts


def _found(table: Mapping[str, T], key: str, what: str) -> T:
    try:
        return table[key]
    except KeyError:
        raise WorldError(404, "not_found", f"There is no {what} {key!r}.") from None


def _fingerprint(name: str, version: int) -> str:
    return hashlib.sha256(f"{name}:{version}".encode()).hexdigest()[:16]
