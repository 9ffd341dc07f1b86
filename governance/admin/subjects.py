"""What a record is about, as a link."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from maestro.kernel.console import link
from maestro.kernel.console.shown import joined


def subject_link(site: Any, subject_type: str, subject_id: str) -> SafeString:
    """The thing, where it has a page here; its name, otherwise."""
    label = site.subject_label(subject_type)
    if label and subject_id:
        return link(label, subject_id, f"{subject_type} …{subject_id[-8:]}")
    return joined(subject_type, subject_id, between=" ")
