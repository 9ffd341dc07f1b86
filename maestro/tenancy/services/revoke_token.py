from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import ApiToken
from maestro.tenancy.policies import TOKEN_REVOKE, token_resource


def revoke_token(*, actor: Actor, tenant_id: UUID, token_id: UUID) -> ApiToken:
    """End a token now. Revoking it again changes nothing. Raises `NotFound`, `Denied`."""
    with tenant_scope(tenant_id):
        own = token_resource(tenant_id, actor.id, token_id)
        refuse_out_of_scope(actor=actor, action=TOKEN_REVOKE, resource=own)
        token = ApiToken.objects.for_tenant(tenant_id).filter(pk=token_id).first()
        if token is None:
            # Who may not revoke the tokens of others is not told which there are.
            others = token_resource(tenant_id, None, token_id)
            authorize(actor=actor, action=TOKEN_REVOKE, resource=others, record=False)
            raise NotFound("There is no such token.")
        decision = authorize(
            actor=actor,
            action=TOKEN_REVOKE,
            resource=token_resource(tenant_id, token.user_id, token.pk),
        )
        if token.revoked_at is None:
            token.revoked_at = now()
            token.save(update_fields=["revoked_at"])
            issue_receipt(
                kind="token.revoke",
                actor=actor,
                tenant_id=tenant_id,
                subject_type="token",
                subject_id=str(token.pk),
                subject_digest=token.token_digest,
                predicate={"prefix": token.prefix},
                decision=decision,
                before=token.token_digest,
            )
        return token
