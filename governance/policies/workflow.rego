# METADATA
# title: Workflows
# description: |
#   A workflow is its tenant's. One of global scope is read and started by every tenant, and changed
#   by its own alone.
package maestro.workflow

import data.maestro.actions

shared if input.resource.scope == "global"

in_reach if {
	shared
	actions.asked.shared
}
