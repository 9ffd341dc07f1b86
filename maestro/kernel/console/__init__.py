"""What every model's page in the admin is built on. Apps below the console never import it: they
name models as text, and are given what they must know of others by the site."""

from maestro.kernel.console.actions import RowAction, row_action
from maestro.kernel.console.admin import ConsoleAdmin, LibraryAdmin
from maestro.kernel.console.filters import MadeFilter, TenantFilter
from maestro.kernel.console.forms import ServiceForm, TagsField
from maestro.kernel.console.paging import PLATFORM
from maestro.kernel.console.panels import Panel
from maestro.kernel.console.shown import link, listing, pill, pretty, when

__all__ = [
    "PLATFORM",
    "ConsoleAdmin",
    "LibraryAdmin",
    "MadeFilter",
    "Panel",
    "RowAction",
    "ServiceForm",
    "TagsField",
    "TenantFilter",
    "link",
    "listing",
    "pill",
    "pretty",
    "row_action",
    "when",
]
