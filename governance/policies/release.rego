# METADATA
# title: Releases
# description: |
#   From a version to a release: who submits it, who reviews, approves, publishes, certifies it, and
#   what must be there before. Nobody decides on what they wrote or submitted, or overrides what
#   they decided. How many reviews it takes says a table, by visibility and risk: all of them
#   where the table says nothing.
package maestro.release

import data.maestro.actions
import data.maestro.marketplace_workflow
import data.maestro.publisher
import data.maestro.reasons
import data.maestro.visibility

deny contains reasons.not_visible if {
	actions.asked.seen
	not visibility.visible
}

deny contains reasons.publisher_scope if {
	actions.asked.of_publisher
	not publisher.in_scope
}

deny contains reasons.channel_not_allowed if {
	actions.asked.by_people
	not by_people
}

deny contains reasons.own_review if {
	actions.asked.judging
	not someone_elses
}

deny contains reasons.own_override if {
	input.action == "release.override"
	not another_decided
}

deny contains reasons.reviews_missing if {
	actions.asked.gate
	not reviewed
}

deny contains reasons.findings_open if {
	actions.asked.gate
	not without_errors
}

deny contains reasons.signature_not_verified if {
	input.action == "release.import"
	not marketplace_workflow.verified
}

by_people if input.context.channel in {"page", "admin", "api"}

someone_elses if {
	input.resource.submitted_by != input.subject.id
	input.resource.author != input.subject.id
}

another_decided if input.resource.decided_by != input.subject.id

reviewed if {
	is_array(input.resource.passed_reviews)
	count(lacking) == 0
}

lacking contains kind if {
	some kind in kinds
	not kind in passed
}

passed contains kind if some kind in input.resource.passed_reviews

without_errors if input.resource.errors == 0

listed := data.maestro.tables.required_reviews[input.resource.visibility][input.resource.risk]

kinds := listed

kinds := data.maestro.tables.reviews if not listed

obligations contains {"type": "require_reviews", "kinds": kinds}
