"""Tenants, people and tokens in the console."""

from maestro.tenancy.admin.group import GroupAdmin
from maestro.tenancy.admin.membership import MembershipAdmin
from maestro.tenancy.admin.tenant import TenantAdmin
from maestro.tenancy.admin.token import ApiTokenAdmin
from maestro.tenancy.admin.user import UserAdmin

__all__ = ["ApiTokenAdmin", "GroupAdmin", "MembershipAdmin", "TenantAdmin", "UserAdmin"]
