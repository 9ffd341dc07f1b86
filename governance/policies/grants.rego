# METADATA
# title: Grants
# description: |
#   Who may do what, and in whose tenant. Each role of a tenant may do all that those below it may; an
#   installer stands beside them: may do what a viewer may, and what it takes to install and run what
#   the marketplace has. The platform's people read in every tenant. Its approvers decide what waits
#   there, but not what they started; its reviewers do the reviews of their own kind; its admins keep
#   house: they end and re-run what somebody started, and change no document. Maestro itself does
#   the engine's work, and sets up from the command line. A grant on one object is handed in by who
#   asks; it counts for the actions that can be granted so, and across tenants for reviewing alone.
package maestro.grants

import data.maestro.actions
import data.maestro.marketplace_workflow
import data.maestro.workflow

is_person if {
	input.subject.kind == "user"
} else if {
	input.subject.kind == "token"
}

is_system if input.subject.kind == "system"

is_known if {
	is_person
} else if {
	is_system
}

by_role if {
	is_person
	some role in input.subject.roles
	data.maestro.tables.roles[role][actions.asked.role]
}

by_narrow_role if {
	is_person
	some role in input.subject.roles
	input.action in data.maestro.tables.also[role].anywhere
}

by_narrow_role if {
	is_person
	marketplace_workflow.installed
	some role in input.subject.roles
	input.action in data.maestro.tables.also[role].installed
}

by_platform_role if {
	is_person
	some role in input.subject.platform_roles
	input.action in data.maestro.tables.platform[role]
	of_platform
	of_their_kind(role)
}

# What every tenant keeps for itself, the platform's people keep for the platform alone.
of_platform if not actions.asked.platform_own

of_platform if input.resource.tenant == data.maestro.tables.platform_tenant

# Each review is done by its own reviewers.
of_their_kind(_) if input.action != "release.review"

of_their_kind(role) if data.maestro.tables.review_kinds[role] == input.resource.review_kind

by_system if {
	is_system
	input.action in data.maestro.tables.system
}

by_object_grant if {
	is_person
	is_array(input.subject.grants)
	input.action in input.subject.grants
	actions.asked.grantable
}

# The likeliest first: the others are not looked at then.
granted if {
	by_role
} else if {
	by_system
} else if {
	by_platform_role
} else if {
	by_narrow_role
} else if {
	by_object_grant
}

# A token narrows what its person may do; without scopes it is all.
in_scope if {
	input.subject.scopes == null
} else if {
	input.action in input.subject.scopes
} else if {
	actions.asked.scope in input.subject.scopes
}

in_reach if {
	is_string(input.subject.tenant)
	input.resource.tenant == input.subject.tenant
} else if {
	workflow.in_reach
} else if {
	by_platform_role
} else if {
	is_system
	input.subject.tenant == null
} else if {
	# Whether a tenant sees what another one publishes, its visibility says.
	actions.asked.published
} else if {
	by_object_grant
	actions.asked.granted_across
}
