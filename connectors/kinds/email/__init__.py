"""E-mail over SMTP."""

from connectors.kinds.email.task import SendEmail

__all__ = ["SendEmail"]
