"""Secrets in files below one folder, as container platforms mount them: `<folder>/<tenant>/<name>`."""

from __future__ import annotations

from pathlib import Path

from governance.secrets.errors import SecretSourceRefused

LARGEST = 64 * 1024  # bytes


class FileSource:
    """Reads files of the tenant's own folder; a link that leads out of it is refused."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, tenant: str, reference: str) -> str:
        """The file's text, without the line break at its end. Raises `SecretSourceRefused`."""
        refused = SecretSourceRefused(
            f"There is no readable file {reference} for this tenant.",
            hint="Ask who runs this Maestro to mount it for every worker.",
        )
        if self._folder is None or "#" in reference or "@" in reference:
            raise refused
        try:
            # Resolved, links and all, before it is compared: so nothing outside is ever opened.
            own = self._folder.resolve(strict=True) / tenant
            path = (own / reference).resolve(strict=True)
            inside = own.resolve() == own and path.is_relative_to(own)
            if not inside or not path.is_file() or path.stat().st_size > LARGEST:
                raise refused
            return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError, RuntimeError):
            raise refused from None
