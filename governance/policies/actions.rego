# METADATA
# title: Actions
# description: |
#   Every action there is stands in data.json; one that does not is refused.
#   role: the least role of a tenant that may do it, none when no role of a tenant may.
#   scope: what a token's scopes name it by, besides its own name; it tells the type of the resource
#   too, and so the package that is asked about it.
#   kind: read, write or execute; rehearse is a read that pretends to do one of the others.
package maestro.actions

# The action that is asked for; undefined when there is none of that name.
asked := data.maestro.tables.actions[input.action]

# Whatever leaves something behind must say what it is for.
needs_purpose if {
	asked.kind == "write"
} else if {
	asked.kind == "execute"
}

# A re-run does again what was started, under the obligations of that start.
starts if input.action == "execution.start"

runs if {
	starts
} else if {
	input.action == "execution.rerun"
}
