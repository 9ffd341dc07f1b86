# METADATA
# title: Approvals
# description: |
#   Segregation of duties: who started something, or asked for it, does not decide whether it goes
#   on; and only the teams that are named do.
package maestro.approval

import data.maestro.reasons

deny contains reasons.own_execution if not someone_elses

deny contains reasons.not_in_team if not in_team

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
