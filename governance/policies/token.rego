# METADATA
# title: Tokens
# description: |
#   Everybody manages their own tokens, an admin those of others; and a token makes none that may do
#   more than itself.
package maestro.token

import data.maestro.grants
import data.maestro.reasons

deny contains reasons.not_own_token if {
	grants.granted
	not may_handle
}

deny contains reasons.wider_token if {
	input.action == "token.create"
	not no_wider
}

may_handle if input.resource.owner == input.subject.id

may_handle if "admin" in input.subject.roles

may_handle if grants.by_platform_role

may_handle if grants.by_system

# It names what it has, or a part of that.
no_wider if input.subject.scopes == null

no_wider if {
	is_array(input.resource.scopes)
	count(wider) == 0
}

wider contains scope if {
	some scope in input.resource.scopes
	not scope in held
}

held contains scope if some scope in input.subject.scopes

held contains scope if {
	some scope, action in data.maestro.tables.actions
	action.scope in input.subject.scopes
}
