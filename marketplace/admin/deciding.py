"""Pages with forms of their own, beside the row's: each is carried out by a service, and what is
refused comes back with what was typed and what is wrong with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin
from maestro.kernel.console.actions import USUAL_PURPOSE
from maestro.kernel.errors import InvalidInput, MaestroError

TYPED = "typed_to_decide"  # in the session, from a refused form to the page that shows why
LONGEST = 4100  # characters of a field that are kept
MOST_CHOSEN = 50


class DecidingAdmin(ConsoleAdmin):
    """A page whose forms post to `…/decide/`. Subclasses write `decide`."""

    def decide(self, request: HttpRequest, actor: Actor, row: Any) -> str:
        """Do what the form asks, by a service; the sentence that says it is done."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        """With what the forms post to."""
        view = self.admin_site.admin_view(require_POST(self.decide_view))
        name = self._decide_name.removeprefix("admin:")
        return [path("<path:object_id>/decide/", view, name=name), *super().get_urls()]

    @property
    def _decide_name(self) -> str:
        return f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_decide"

    def forms_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What every such form needs: where it posts to, the purposes, what was typed before."""
        return {
            "decide_url": reverse(self._decide_name, args=[quote(str(row.pk))]),
            "all_purposes": self.admin_site.purposes(),
            "usual_purpose": USUAL_PURPOSE,
            "refused": request.session.pop(TYPED, {}),
        }

    def decide_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Carry out one form of the page."""
        row, actor = self.asked(request, object_id)
        try:
            _refuse_nul(request)
            said = self.decide(request, actor, row)
        except MaestroError as refusal:
            typed = request.session[TYPED] = _typed(request, refusal)
            self.message_user(request, typed["said"], messages.ERROR)
            return HttpResponseRedirect("../change/#refused")
        self.log_change(request, row, said)
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect("../change/")

    def asked(self, request: HttpRequest, object_id: str) -> tuple[Any, Actor]:
        """The row that a form is about, and who acts in its tenant."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        purpose = request.POST.get("purpose", USUAL_PURPOSE)
        return row, self.admin_site.acting(request, row.tenant_id, purpose)


def identity(text: str, what: str) -> UUID:
    """An id that a form names. Raises `InvalidInput`."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"Say which {what}.") from None


def _refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL keeps no NUL, as the forms of Django know by themselves."""
    if any("\x00" in text for _, texts in request.POST.lists() for text in texts):
        raise InvalidInput("There is a NUL character in it.", hint="Take it out, then try again.")


def _typed(request: HttpRequest, refusal: MaestroError) -> dict[str, Any]:
    """What was sent, and what is wrong with it."""
    kept: dict[str, Any] = {
        name: request.POST.get(name, "")[:LONGEST] for name in request.POST if len(name) < 40
    }
    problems: dict[str, str] = {}
    for one in getattr(refusal, "problems", ()):
        name = one.path.strip("/").partition("/")[0]
        text = f"{one.message} {one.hint}".strip()
        problems[name] = f"{problems[name]} {text}" if name in problems else text
    reasons = [reason.message for reason in getattr(refusal, "reasons", ())]
    said = " ".join(reasons) or refusal.message
    return kept | {
        "controls": request.POST.getlist("controls")[:MOST_CHOSEN],
        "problems": problems,
        "said": f"{said} {refusal.hint}".strip(),
    }
