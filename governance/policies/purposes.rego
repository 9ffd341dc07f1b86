# METADATA
# title: Purposes
# description: |
#   Purpose of access. Whether a purpose is in the registry, whether it is for this action and whether
#   it reaches production is looked up before and handed in, so that a tenant's purposes can change
#   without a new policy.
package maestro.purposes

import data.maestro.actions
import data.maestro.reasons

# Nothing speaks against it, whatever is done: the rest is not looked at then.
sound if {
	input.context.purpose != ""
	known
	allowing
	for_production
}

deny contains reasons.purpose_required if {
	binding
	not given
}

deny contains reasons.unknown_purpose if {
	given
	not known
}

deny contains reasons.purpose_not_allowed if {
	known
	binding
	not allowing
}

deny contains reasons.purpose_not_for_production if {
	actions.needs_purpose
	known
	not outside_production
	not for_production
}

given if input.context.purpose != ""

known if input.context.purpose_known == true

allowing if input.context.purpose_allows == true

# A read that is audited says what it is for, and keeps to it.
binding if actions.needs_purpose

binding if actions.asked.audited

for_production if input.context.purpose_in_production == true

# An environment of any other name counts as production.
outside_production if {
	input.context.environment in {"", "development", "test", "staging", "practice"}
}
