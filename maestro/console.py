"""The reviewers' console: the admin site, in the order of the work."""

from unfold.sites import UnfoldAdminSite


class Console(UnfoldAdminSite):
    """Django's admin in unfold's clothes."""

    site_header = "Maestro"
    site_title = "Maestro console"
    index_title = "Work waiting"
