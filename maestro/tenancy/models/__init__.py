from maestro.tenancy.models.membership import Membership, Role
from maestro.tenancy.models.tenant import Tenant
from maestro.tenancy.models.token import ApiToken
from maestro.tenancy.models.user import PlatformRole, User

__all__ = ["ApiToken", "Membership", "PlatformRole", "Role", "Tenant", "User"]
