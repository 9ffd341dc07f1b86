# METADATA
# title: Approvals
# description: Segregation of duties, and what a high risk asks for.
package maestro.approvals

import data.maestro.actions

someone_elses if {
	input.resource.started_by != input.subject.id
	input.resource.requested_by != input.subject.id
}

in_team if count(input.resource.teams) == 0

in_team if {
	some team in input.resource.teams
	team in input.subject.teams
}

# The platform's approvers stand in for any team: what waits for people who are gone is decided too.
in_team if "approver" in input.subject.platform_roles

# What does not say how risky it is counts as high.
low_risk if input.resource.risk in {"low", "medium"}

# The document's own approval steps may ask for enough already.
enough if {
	is_number(input.resource.approvals)
	input.resource.approvals >= 2
}

obligations contains {"type": "require_approval", "count": 2, "teams": []} if {
	actions.starts
	not low_risk
	not enough
}
