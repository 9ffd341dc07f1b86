"""Forms whose saving is a service's work."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from maestro.kernel.actor import Actor
from maestro.kernel.console.actions import USUAL_PURPOSE
from maestro.kernel.errors import InvalidInput, MaestroError
from maestro.kernel.tenant import PLATFORM_TENANT


class TagsField(forms.CharField):
    """Names separated by commas."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        """A list as it is typed."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """The names, without blanks."""
        text = super().to_python(value) or ""
        return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other names are there now."""
        return sorted(initial or []) != sorted(self.to_python(data))


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that a service carries out, as the last thing that is checked.

    So a service's refusal is an error on the form, beside the field it concerns, and what was typed
    survives it. The row itself is never saved here. Subclasses write `carry_out`.
    """

    request: ClassVar[HttpRequest]
    console: ClassVar[Any]  # the ConsoleAdmin

    purpose = forms.ChoiceField(
        label="Purpose",
        initial=USUAL_PURPOSE,
        widget=UnfoldAdminSelectWidget,
        help_text="What this is for; it goes into the record.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.console.admin_site.purposes()
        self.fields["purpose"].choices = choices  # type: ignore[attr-defined]

    @property
    def actor(self) -> Actor:
        """Who acts, in the row's tenant or the platform's."""
        tenant_id = getattr(self.instance, "tenant_id", None) or PLATFORM_TENANT
        return self.acting_in(tenant_id)

    def acting_in(self, tenant_id: Any) -> Actor:
        """Who acts, in that tenant."""
        actor: Actor = self.console.admin_site.acting(
            self.request, tenant_id, self.cleaned_data.get("purpose", "")
        )
        return actor

    def carry_out(self) -> Any:
        """Call the service; give the row as it is now."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        """In the place of the model's own checks, which the service makes."""
        if self.errors:
            return
        try:
            self.instance = self.carry_out()
        except InvalidInput as refusal:
            for problem in refusal.problems:
                name = problem.path.strip("/").partition("/")[0]
                text = f"{problem.message} {problem.hint}".strip()
                self.add_error(name if name in self.fields else None, text)
            if not refusal.problems:
                self.add_error(None, refusal.message)
        except MaestroError as refusal:
            self.add_error(None, f"{refusal.message} {refusal.hint}".strip())
