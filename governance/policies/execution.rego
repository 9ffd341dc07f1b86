# METADATA
# title: Executions
# description: |
#   What is started, and run again: within what the tenant allows its work, and from the marketplace
#   within what the installation was granted. A high risk asks for two approvals, and in production
#   for the tenant's working hours.
package maestro.execution

import data.maestro.actions
import data.maestro.guardrails
import data.maestro.local_workflow
import data.maestro.marketplace_workflow
import data.maestro.purposes
import data.maestro.reasons

deny contains reason if {
	actions.starts
	not guardrails.unlimited
	some reason in guardrails.deny
}

deny contains reasons.outside_hours if {
	not in_hours
	actions.starts
	not low_risk
	not purposes.outside_production
}

deny contains reason if {
	not local_workflow.applies
	some reason in marketplace_workflow.deny
}

# Looked up before; what was not looked up is outside them.
in_hours if input.context.in_hours == true

# What does not say how risky it is counts as high.
low_risk if {
	input.resource.risk == "low"
} else if {
	input.resource.risk == "medium"
}

# The document's own approval steps may ask for enough already.
enough if {
	input.resource.approvals >= 2
	is_number(input.resource.approvals)
}

obligations contains {"type": "require_approval", "count": 2, "teams": []} if {
	not low_risk
	not enough
}
