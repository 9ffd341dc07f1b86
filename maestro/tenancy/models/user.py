from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models

from maestro.kernel.identity import new_id


class PlatformRole(models.TextChoices):
    """What somebody may do for the platform, over all tenants."""

    SECURITY_REVIEWER = "security_reviewer", "Security reviewer"
    PERFORMANCE_REVIEWER = "performance_reviewer", "Performance reviewer"
    DOCS_REVIEWER = "docs_reviewer", "Docs reviewer"
    APPROVER = "approver", "Approver"
    PUBLISHER = "publisher", "Publisher"
    AUDITOR = "auditor", "Auditor"
    PLATFORM_ADMIN = "platform_admin", "Platform admin"


class UserManager(BaseUserManager["User"]):
    """People are made and found by e-mail address; case never tells two apart."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make one; without a password nobody can sign in as them."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a platform admin."""
        fields |= {"is_superuser": True, "platform_roles": [PlatformRole.PLATFORM_ADMIN]}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """The one with this address, in any case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do in a tenant is said by their membership there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    platform_roles = ArrayField(
        models.CharField(max_length=32, choices=PlatformRole), default=list, blank=True
    )
    time_zone = models.CharField(max_length=64, blank=True)
    release_mail = models.BooleanField("mail about releases", default=True, db_default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name to show."""
        return self.name

    def get_short_name(self) -> str:
        """The first word of the name."""
        return self.name.split(" ")[0]

    @property
    def is_staff(self) -> bool:
        """Whether the admin, the reviewers' console, opens to them at all."""
        return bool(self.platform_roles)
