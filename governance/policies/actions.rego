# METADATA
# title: Actions
# description: |
#   Every action there is stands in data.json; one that does not is refused.
#   role: the least role of a tenant that may do it, none when no role of a tenant may.
#   scope: what a token's scopes name it by, besides its own name; it tells the type of the resource
#   too, and so the package that is asked about it.
#   kind: read, write or execute; rehearse is a read that pretends to do one of the others.
#   What else is true of an action stands there too, where it is. audited: a read that says its
#   purpose. shared: done to what another tenant shares. published: done to what another tenant
#   publishes. platform_own: kept by each tenant for itself. grantable: can be granted on one thing,
#   and granted_across: in another tenant too. seen, of_publisher, by_people, judging, gate: what the
#   rules of releases ask; taking, choosing, granting: what those of installations ask.
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
