"""What people do to rows in the admin: each calls a service, and says what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

from django import forms
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget

USUAL_PURPOSE = "platform.operations"
MOST_AT_ONCE = 200  # rows

F = TypeVar("F", bound=Callable[..., str])


def _always(row: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class RowAction:
    """A button on a row's page and, with `many`, an action of the list.

    `roles` are the platform roles to whom it is shown; whether they may is the policy's to say.
    `applies` says of a row whether there is anything to do. `done` ends the sentence “3 executions
    …” of the list. With `rationale` a reason is asked for.
    """

    name: str
    label: str
    done: str
    roles: frozenset[str]
    applies: Callable[[Any], bool] = _always
    many: bool = False
    rationale: bool = False
    danger: bool = False


def row_action(
    *,
    label: str,
    done: str,
    roles: set[str],
    applies: Callable[[Any], bool] = _always,
    many: bool = False,
    rationale: bool = False,
    danger: bool = False,
) -> Callable[[F], F]:
    """Makes a method of a `ConsoleAdmin` an action: `(request, actor, row, rationale) -> sentence`.

    It raises `MaestroError` where a service does; `actor` acts in the row's tenant for the purpose
    that was chosen. The admin lists its name in `row_actions`.
    """
    action = RowAction(
        "", label, done, frozenset(roles), applies, many=many, rationale=rationale, danger=danger
    )

    def mark(method: F) -> F:
        method.row_action = replace(action, name=method.__name__)  # type: ignore[attr-defined]
        return method

    return mark


class PurposeActionForm(ActionForm):  # type: ignore[misc]
    """The form over a list: which action, and what it is for."""

    purposes: ClassVar[Callable[[], list[tuple[str, str]]]]

    purpose = forms.ChoiceField(
        label="",
        required=False,
        initial=USUAL_PURPOSE,
        widget=UnfoldAdminSelectWidget(
            {"aria-label": "Purpose", "class": "console-purpose", "x-show": "action"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = type(self).purposes()
