# METADATA
# title: Visibility
# description: |
#   Who finds a template and its releases. Its publisher does always; others once it is published:
#   internal-only nobody, partner-curated the tenants that it names, public-ecosystem everybody.
package maestro.visibility

import data.maestro.grants

visible if grants.by_platform_role

visible if grants.by_system

visible if own

visible if {
	input.resource.listed == true
	shown
}

own if {
	is_string(input.subject.tenant)
	input.resource.publisher_id == input.subject.tenant
}

# An installation is the tenant's in which it is, whoever published it.
own if {
	input.resource.type != "installation"
	is_string(input.subject.tenant)
	input.resource.tenant == input.subject.tenant
}

shown if input.resource.visibility == "public-ecosystem"

shown if {
	input.resource.visibility == "partner-curated"
	input.resource.in_audience == true
}
