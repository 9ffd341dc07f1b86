"""The pages of the catalog."""

from catalog.views.reading import document_schema

__all__ = ["document_schema"]
