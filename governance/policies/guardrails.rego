# METADATA
# title: Guard-rails
# description: |
#   What a tenant lets its work reach, whoever wrote it: hosts, environments, regions and quotas. A
#   tenant's admins say so in its policy data, which is handed in with each question; null is
#   everything. Work of one's own need not name an environment or a region, an installation must.
package maestro.guardrails

import data.maestro.local_workflow
import data.maestro.reasons

# Most tenants set nothing.
unlimited if {
	input.context.allowed_hosts == null
	input.context.environments == null
	input.context.regions == null
}

deny contains reasons.host_not_allowed if not hosts_allowed

deny contains reasons.environment_not_allowed if not environment_allowed

deny contains reasons.region_not_allowed if not region_allowed

hosts_allowed if input.context.allowed_hosts == null

hosts_allowed if {
	is_array(input.resource.hosts)
	is_array(input.context.allowed_hosts)
	count(strange) == 0
}

strange contains host if {
	some host in input.resource.hosts
	not host in allowed
}

allowed contains host if some host in input.context.allowed_hosts

environment_allowed if input.context.environments == null

environment_allowed if {
	is_array(input.context.environments)
	input.context.environment in input.context.environments
}

environment_allowed if {
	input.context.environment == ""
	local_workflow.applies
}

region_allowed if input.context.regions == null

region_allowed if {
	is_array(input.context.regions)
	input.context.region in input.context.regions
}

region_allowed if {
	input.context.region == ""
	local_workflow.applies
}

within_quotas if input.context.quota_limits == null

within_quotas if {
	is_object(input.context.quota_limits)
	is_object(input.resource.quotas)
	count(above) == 0
}

# Who asks for no quota asks for no end.
above contains name if {
	some name, limit in input.context.quota_limits
	not below(name, limit)
}

below(name, limit) if {
	is_number(limit)
	is_number(input.resource.quotas[name])
	input.resource.quotas[name] <= limit
}
