# METADATA
# title: Workflows
# description: |
#   A workflow is its tenant's. One of global scope is read and started by every tenant, and changed
#   by its own alone.
package maestro.workflow

shared if input.resource.scope == "global"

in_reach if {
	shared
	input.action in data.maestro.tables.shared
}
