# METADATA
# title: Templates
# description: |
#   A template is its publisher's; others see it as far as its visibility goes.
package maestro.template

import data.maestro.publisher
import data.maestro.reasons
import data.maestro.visibility

deny contains reasons.not_visible if {
	input.action == "template.read"
	not visibility.visible
}

deny contains reasons.publisher_scope if {
	input.action == "template.update"
	not publisher.in_scope
}
