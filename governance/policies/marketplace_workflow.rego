# METADATA
# title: Profile marketplace_workflow
# description: |
#   A release runs in a tenant that installed it: signed and verified, published and not withdrawn,
#   not stopped, and reaching only hosts that its installation was granted.
package maestro.marketplace_workflow

import data.maestro.actions
import data.maestro.reasons
import data.maestro.workflow

# What a person who may only install deals with.
installed if {
	input.context.profile == "marketplace_workflow"
	not workflow.shared
}

deny contains reason if some reason in release

deny contains reasons.host_not_granted if not hosts_granted

deny contains reasons.installation_stopped if not going

# What holds for the release, wherever it is chosen or run.
release contains reasons.signature_not_verified if not verified

release contains reasons.release_withdrawn if {
	withdrawn
	not tolerated
}

release contains reasons.release_not_published if {
	not withdrawn
	not published
}

verified if input.resource.verified == true

withdrawn if input.resource.release_state == "withdrawn"

# A release may be withdrawn with a warning only; then what has it goes on, and nobody else takes it.
tolerated if {
	actions.runs
	input.resource.withdrawal == "warn"
}

published if input.resource.release_state in {"published", "deprecated", "superseded"}

going if input.resource.stopped == false

hosts_granted if {
	is_array(input.resource.hosts)
	is_array(input.resource.granted_hosts)
	count(beyond) == 0
}

beyond contains host if {
	some host in input.resource.hosts
	not host in granted
}

granted contains host if some host in input.resource.granted_hosts
