"""What a reviewer holds a submission against, and which controls a decision may name: the whole table.

Pure. An item that is ticked, or not, is kept with the review as it was read, so a text may be made
better here without changing what was decided. `docs/reviewing.md` prints these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at. `text` is what is ticked and kept, `hint` where to look."""

    text: str
    hint: str


REVIEWS: Mapping[str, tuple[Item, ...]] = MappingProxyType(
    {
        "security": (
            Item(
                gettext_noop("Every host and every secret that it asks for is needed"),
                gettext_noop("What it reaches, below; what is new is marked."),
            ),
            Item(
                gettext_noop("No secret or personal data leaves in clear"),
                gettext_noop("The findings, and what each call sends in the rehearsal."),
            ),
            Item(
                gettext_noop("What can't be undone asks people first"),
                gettext_noop("Approval steps before the steps that delete, pay or shut out."),
            ),
            Item(
                gettext_noop("Its risk is the one that it deserves"),
                gettext_noop("High for what touches accounts, money or production."),
            ),
            Item(
                gettext_noop("Input from outside is checked before it is used"),
                gettext_noop("Types, lengths and choices of the parameters."),
            ),
        ),
        "performance": (
            Item(
                gettext_noop("Every call has a time limit that fits"),
                gettext_noop("`timeout` of each step that reaches something."),
            ),
            Item(
                gettext_noop("It tries again only what is safe to try again"),
                gettext_noop("`retry` of steps that write."),
            ),
            Item(
                gettext_noop("Loops are bounded, and gentle to the other side"),
                gettext_noop("`for_each` with its `max_parallel`."),
            ),
            Item(
                gettext_noop("What it costs at the largest input is known"),
                gettext_noop("Steps and calls of the rehearsal, times the items."),
            ),
        ),
        "docs": (
            Item(
                gettext_noop("The description says what it does, to whom and when"),
                gettext_noop("Read it as somebody who never heard of it."),
            ),
            Item(
                gettext_noop("Each parameter has a title that a person understands"),
                gettext_noop("And a description where the title is not enough."),
            ),
            Item(
                gettext_noop("The changelog tells an operator what to do"),
                gettext_noop("Above all where the change is breaking."),
            ),
            Item(
                gettext_noop("The example runs, and shows the usual case"),
                gettext_noop("Rehearse it on this page."),
            ),
        ),
    }
)

CERTIFICATION: tuple[Item, ...] = (
    Item(
        gettext_noop("An owner answers within two working days"),
        gettext_noop("Its owner team has a channel, and somebody reads it."),
    ),
    Item(
        gettext_noop("It was run in staging, and failed there as it should"),
        gettext_noop("Its executions and their evidence."),
    ),
    Item(
        gettext_noop("Its description says what it does to whom"),
        gettext_noop("The docs review says so, and nothing changed since."),
    ),
    Item(
        gettext_noop("Every secret and host that it asks for is needed"),
        gettext_noop("What it reaches, on its page in the marketplace."),
    ),
    Item(
        gettext_noop("What it changes can be undone, or people are asked first"),
        gettext_noop("Its approval steps."),
    ),
)

CONTROLS: Mapping[str, str] = MappingProxyType(
    {
        "SOC2:CC6.1": gettext_noop("Access is limited to what is needed"),
        "SOC2:CC6.7": gettext_noop("Data is protected where it travels"),
        "SOC2:CC7.2": gettext_noop("What runs is watched"),
        "SOC2:CC8.1": gettext_noop("Changes are tested and approved first"),
        "ISO27001:A.5.37": gettext_noop("Procedures are written down"),
        "ISO27001:A.8.6": gettext_noop("Capacity is planned"),
        "ISO27001:A.8.25": gettext_noop("Software is developed securely"),
        "ISO27001:A.8.32": gettext_noop("Changes are managed"),
    }
)
USUAL_CONTROLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "security": ("SOC2:CC6.1", "SOC2:CC8.1", "ISO27001:A.8.25"),
        "performance": ("SOC2:CC7.2", "ISO27001:A.8.6"),
        "docs": ("ISO27001:A.5.37",),
    }
)
"""Those that a review of this kind usually serves: they come first on its form."""
