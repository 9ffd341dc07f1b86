# METADATA
# title: Publishers
# description: |
#   A publisher acts on its own templates, releases and those who installed them, on nobody else's.
#   The platform's people, where their role allows it, act for every publisher.
package maestro.publisher

import data.maestro.grants

in_scope if {
	is_string(input.subject.tenant)
	input.resource.tenant == input.subject.tenant
}

in_scope if grants.by_platform_role
