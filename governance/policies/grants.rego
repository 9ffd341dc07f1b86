# METADATA
# title: Grants
# description: |
#   Who may do what, and in whose tenant. Each role of a tenant may do all that those below it may.
#   The platform's people read in every tenant. Its approvers decide what waits there, but not
#   what they started; its admins keep house: they end and re-run what somebody started, and change no
#   document. Maestro itself does the engine's work, and sets up from the command line.
package maestro.grants

import data.maestro.actions

is_person if input.subject.kind == "user"

is_person if input.subject.kind == "token"

is_system if input.subject.kind == "system"

is_known if is_person

is_known if is_system

by_role if {
	is_person
	needed := data.maestro.tables.rank[actions.asked.role]
	some role in input.subject.roles
	data.maestro.tables.rank[role] >= needed
}

by_platform_role if {
	is_person
	some role in input.subject.platform_roles
	input.action in data.maestro.tables.platform[role]
	of_platform
}

# What every tenant keeps for itself, the platform's people keep for the platform alone.
of_platform if not input.action in data.maestro.tables.platform_own

of_platform if input.resource.tenant == data.maestro.tables.platform_tenant

by_system if {
	is_system
	input.action in data.maestro.tables.system
}

granted if by_role

granted if by_platform_role

granted if by_system

# A token narrows what its person may do; without scopes it is all.
in_scope if input.subject.scopes == null

in_scope if input.action in input.subject.scopes

in_scope if actions.asked.scope in input.subject.scopes

in_reach if {
	is_string(input.subject.tenant)
	input.resource.tenant == input.subject.tenant
}

# A workflow of global scope is read and started by every tenant; changed by its own alone.
in_reach if {
	input.resource.scope == "global"
	input.action in {"workflow.read", "execution.start", "execution.simulate"}
}

in_reach if by_platform_role

in_reach if {
	is_system
	input.subject.tenant == null
}

token_action if actions.asked.scope == "token.*"

# Everybody manages their own tokens, an admin those of others.
may_handle_token if input.resource.owner == input.subject.id

may_handle_token if "admin" in input.subject.roles

may_handle_token if by_platform_role

may_handle_token if by_system

# A token makes none that may do more than itself: it names what it has, or a part of that.
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
