# METADATA
# title: Authorization
# description: |
#   The decision: allowed, or refused with every reason at once; and what an allowed action obliges
#   to. Rules are written so that a missing fact refuses: "deny if not …".
package maestro.authz

import data.maestro.actions
import data.maestro.approvals
import data.maestro.grants
import data.maestro.purposes
import data.maestro.reasons

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
	some obligation in approvals.obligations
}

deny contains reasons.not_signed_in if not grants.is_known

deny contains reasons.unknown_action if not actions.asked

deny contains reasons.role_missing[actions.asked.role] if not grants.granted

deny contains reasons.out_of_scope if not grants.in_scope

deny contains reasons.wrong_tenant if not grants.in_reach

deny contains reasons.not_own_token if {
	grants.token_action
	grants.granted
	not grants.may_handle_token
}

deny contains reasons.wider_token if {
	input.action == "token.create"
	not grants.no_wider
}

deny contains reasons.purpose_required if {
	actions.needs_purpose
	not purposes.given
}

deny contains reasons.unknown_purpose if {
	purposes.given
	not purposes.known
}

deny contains reasons.purpose_not_for_production if {
	actions.needs_purpose
	purposes.known
	not purposes.outside_production
	not purposes.for_production
}

deny contains reasons.own_execution if {
	input.action == "approval.decide"
	not approvals.someone_elses
}

deny contains reasons.not_in_team if {
	input.action == "approval.decide"
	not approvals.in_team
}
