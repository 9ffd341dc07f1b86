# METADATA
# title: Authorization
# description: |
#   The decision: allowed, or refused with every reason at once; and what an allowed action obliges
#   to. Rules are written so that a missing fact refuses: "deny if not …". A type of resource
#   that asks for more than a role, a scope, a tenant and a purpose has a package of its own, which is
#   looked at only when such a thing is asked about.
package maestro.authz

import data.maestro.actions
import data.maestro.approval
import data.maestro.execution
import data.maestro.grants
import data.maestro.installation
import data.maestro.purposes
import data.maestro.reasons
import data.maestro.release
import data.maestro.template
import data.maestro.token

default decision := {"allow": false, "deny": [], "obligations": []}

decision := {
	"allow": allow,
	"deny": [reason | some reason in deny],
	"obligations": [obligation | some obligation in obligations],
}

default allow := false

allow if {
	count(deny) == 0
	grants.granted
}

obligations contains obligation if {
	allow
	actions.starts
	some obligation in execution.obligations
}

obligations contains obligation if {
	allow
	input.action == "release.submit"
	some obligation in release.obligations
}

deny contains reasons.not_signed_in if not grants.is_known

deny contains reasons.unknown_action if not actions.asked

deny contains reasons.role_missing[actions.asked.role] if not grants.granted

deny contains reasons.out_of_scope if not grants.in_scope

deny contains reasons.wrong_tenant if not grants.in_reach

deny contains reason if {
	not purposes.sound
	some reason in purposes.deny
}

deny contains reason if some reason in special

# What its type asks for besides; one package is looked at, and for most things none.
special := execution.deny if {
	actions.runs
} else := release.deny if {
	actions.asked.scope == "release.*"
} else := installation.deny if {
	actions.asked.scope == "installation.*"
} else := template.deny if {
	actions.asked.scope == "template.*"
} else := approval.deny if {
	input.action == "approval.decide"
} else := token.deny if {
	actions.asked.scope == "token.*"
}
