# METADATA
# title: Installations
# description: |
#   A release in a tenant: what is taken must be visible to the tenant, published, verified and not
#   withdrawn; what is granted to it stays within what the tenant allows its work.
package maestro.installation

import data.maestro.actions
import data.maestro.guardrails
import data.maestro.marketplace_workflow
import data.maestro.publisher
import data.maestro.reasons
import data.maestro.visibility

deny contains reasons.not_visible if {
	actions.asked.taking
	not visibility.visible
}

deny contains reason if {
	actions.asked.choosing
	some reason in marketplace_workflow.release
}

deny contains reasons.host_not_granted if {
	actions.asked.granting
	not marketplace_workflow.hosts_granted
}

deny contains reason if {
	actions.asked.granting
	some reason in guardrails.deny
}

deny contains reasons.quota_exceeded if {
	actions.asked.granting
	not guardrails.within_quotas
}

deny contains reasons.publisher_scope if {
	input.action == "installation.propose"
	not publisher.in_scope
}
