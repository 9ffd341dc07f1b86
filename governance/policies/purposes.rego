# METADATA
# title: Purposes
# description: |
#   Purpose of access. Whether a purpose is in the registry and whether it reaches production is
#   looked up before and handed in, so that a tenant's purposes can change without a new policy.
package maestro.purposes

given if input.context.purpose != ""

known if input.context.purpose_known == true

for_production if input.context.purpose_in_production == true

# An environment of any other name counts as production.
outside_production if {
	input.context.environment in {"", "development", "test", "staging", "practice"}
}
