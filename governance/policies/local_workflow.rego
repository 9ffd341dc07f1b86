# METADATA
# title: Profile local_workflow
# description: |
#   A tenant runs what it wrote itself, or what another one shares with everybody. Every other name of
#   a profile, and an installation under whatever name, is held to what the marketplace asks.
package maestro.local_workflow

import data.maestro.workflow

applies if {
	input.context.profile == "local_workflow"
	not of_marketplace
}

# It is shared, not installed: nothing was granted to it.
applies if {
	workflow.shared
	not of_marketplace
}

of_marketplace if input.resource.type == "installation"
