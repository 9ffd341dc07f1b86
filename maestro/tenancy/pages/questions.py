"""The questions of a settings form, as `components/field.html` draws them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.purposes import purposes
from maestro.kernel.errors import (
    Conflict,
    Denied,
    InvalidInput,
    MaestroError,
    NotFound,
    Problem,
    PurposeRequired,
)
from maestro.kernel.pages.picks import Option
from maestro.kernel.pages.summary import Wrong

REFUSALS = (InvalidInput, PurposeRequired, Conflict, NotFound)
"""What a form shows beside its questions; anything else has a page of its own."""

PROBLEMS_SHOWN = 8
"""The most problems of one question that are told; of more, how many."""
_PURPOSE_CODES = {
    "purpose_required",
    "unknown_purpose",
    "purpose_not_allowed",
    "purpose_not_for_production",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `name` is what is posted, `control` one of `text email date password textarea
    number select radio checkboxes checkbox`.
    """

    name: str
    label: str
    control: str = "text"
    required: bool = True
    hint: str = ""
    error: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    attrs: Mapping[str, str] = field(default_factory=dict)
    place: str = ""  # which form of the page it is in, where several ask the same

    @property
    def id(self) -> str:
        """The id of the element."""
        return f"s-{self.place}-{self.name}" if self.place else f"s-{self.name}"

    @property
    def is_set(self) -> bool:
        """Whether it is drawn as a fieldset with a legend, having more than one control."""
        return self.control in {"radio", "checkboxes"}

    @property
    def described_by(self) -> str:
        """The ids for `aria-describedby`, the hint's before the error's."""
        parts = [f"{self.id}-h"] if self.hint else []
        return " ".join([*parts, f"{self.id}-e"] if self.error else parts)

    @property
    def target(self) -> str:
        """The id of the control to go to when something is wrong with the answer."""
        return f"{self.id}-0" if self.is_set and self.options else self.id


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """Questions, and everything that is wrong with the answers, in the order of the page."""

    fields: tuple[Question, ...]
    summary: tuple[Wrong, ...] = ()


def errors_of(problems: Iterable[Problem]) -> dict[str, str]:
    """What is wrong, by the question's name: all of it, and what to do said once."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.path.removeprefix("/").partition("/")[0], []).append(problem)
    return {place: _in_words(each) for place, each in found.items()}


def _in_words(problems: list[Problem]) -> str:
    shown = problems[:PROBLEMS_SHOWN]
    more = len(problems) - len(shown)
    rest = [ngettext("And %d more.", "And %d more.", more) % more] if more else []
    hints = [each.hint for each in shown if each.hint]
    return " ".join(dict.fromkeys([*(each.message for each in shown), *rest, *hints]))


def settings_form(questions: Iterable[Question], problems: Iterable[Problem] = ()) -> SettingsForm:
    """The form. Questions carry their own errors; a problem of none of them is summarised alone."""
    fields = tuple(questions)
    names = {each.name for each in fields}
    rest = (text for place, text in errors_of(problems).items() if place not in names)
    return SettingsForm(
        fields=fields,
        summary=(
            *(Wrong(text, "") for text in rest),
            *(Wrong(f"{each.label}: {each.error}", each.target) for each in fields if each.error),
        ),
    )


def problems_of(refusal: MaestroError) -> tuple[Problem, ...]:
    """What a refusal says, each at its question."""
    if isinstance(refusal, InvalidInput) and refusal.problems:
        return refusal.problems
    if isinstance(refusal, Denied) and refusal.reasons:
        return tuple(
            Problem(_place(each.code), each.message, each.code) for each in refusal.reasons
        )
    return (Problem(_place(refusal.code), refusal.message, refusal.code, refusal.hint),)


def with_purpose(problems: Iterable[Problem], purpose: str) -> tuple[Problem, ...]:
    """The problems, and that the purpose is missing if it is: policy asks for it only later."""
    found = tuple(problems)
    if purpose or any(each.path == "/purpose" for each in found):
        return found
    return (*found, Problem("/purpose", "Choose what this is for.", "purpose_required"))


def _place(code: str) -> str:
    return "/purpose" if code in _PURPOSE_CODES else f"/{code}"


def choices(
    options: Iterable[tuple[str, str]], chosen: Collection[str] = (), *, prompt: str = ""
) -> tuple[Option, ...]:
    """Values and labels as options; `prompt` is the one that is no answer."""
    made = tuple(Option(value, label, value in chosen) for value, label in options)
    if not prompt:
        return made
    return (Option("", prompt, not any(each.selected for each in made)), *made)


def ask_purpose(value: str = "", error: str = "", *, place: str = "") -> Question:
    """What it is for: asked by everything that leaves something behind."""
    return Question(
        "purpose",
        _("Purpose"),
        "select",
        hint=_("What this is for. It is recorded with what you do."),
        error=error,
        options=choices(
            [(each.name, _(each.title)) for each in purposes()],
            {value},
            prompt=_("Choose a purpose"),
        ),
        place=place,
    )
