# METADATA
# title: Reasons
# description: |
#   Why something is refused: a stable code, what to do about it, and the controls it serves
#   (SOC 2 trust services criteria of 2017, ISO/IEC 27001:2022 annex A).
#   The sentences are constants: no text of a request ever gets into an answer.
package maestro.reasons

not_signed_in := {
	"code": "not_signed_in",
	"message": "Sign in, or send a token, and ask again.",
	"control": "SOC2:CC6.1, ISO27001:A.5.16",
}

unknown_action := {
	"code": "unknown_action",
	"message": "There is no action of this name. Look it up in the list of actions.",
	"control": "SOC2:CC6.1, ISO27001:A.5.15",
}

role_missing := {
	"viewer": {
		"code": "role_missing",
		"message": "This needs a place in the tenant. Ask its admin to add you.",
		"control": "SOC2:CC6.3, ISO27001:A.5.18",
	},
	"operator": {
		"code": "role_missing",
		"message": "This needs the role operator here. Ask an admin of the tenant for it.",
		"control": "SOC2:CC6.3, ISO27001:A.5.18",
	},
	"author": {
		"code": "role_missing",
		"message": "This needs the role author here. Ask an admin of the tenant for it.",
		"control": "SOC2:CC6.3, ISO27001:A.5.18",
	},
	"admin": {
		"code": "role_missing",
		"message": "This needs the role admin here. Ask an admin of the tenant to do it.",
		"control": "SOC2:CC6.3, ISO27001:A.5.18",
	},
	"none": {
		"code": "role_missing",
		"message": "This is for the platform's admins. Ask one of them to do it.",
		"control": "SOC2:CC6.3, ISO27001:A.8.2",
	},
}

out_of_scope := {
	"code": "out_of_scope",
	"message": "The token's scopes do not cover this. Make a token with the scope this needs.",
	"control": "SOC2:CC6.1, ISO27001:A.8.3",
}

not_own_token := {
	"code": "not_own_token",
	"message": "The token is somebody else's. Ask an admin of the tenant to do it.",
	"control": "SOC2:CC6.3, ISO27001:A.5.17",
}

wider_token := {
	"code": "wider_token",
	"message": "A token makes none that may do more than itself. Name scopes that it has.",
	"control": "SOC2:CC6.1, ISO27001:A.8.3",
}

wrong_tenant := {
	"code": "wrong_tenant",
	"message": "This belongs to another tenant. Switch to that tenant if you have a place there.",
	"control": "SOC2:CC6.1, ISO27001:A.8.3",
}

purpose_required := {
	"code": "purpose_required",
	"message": "Say what this is for: choose a purpose, or send it in the header X-Purpose.",
	"control": "SOC2:P4.1, ISO27001:A.5.34",
}

unknown_purpose := {
	"code": "unknown_purpose",
	"message": "The purpose is not in the registry. Choose one that is.",
	"control": "SOC2:P4.1, ISO27001:A.5.34",
}

purpose_not_for_production := {
	"code": "purpose_not_for_production",
	"message": "This purpose does not reach production. Choose one that does, or another environment.",
	"control": "SOC2:CC8.1, ISO27001:A.8.31",
}

own_execution := {
	"code": "own_execution",
	"message": "Nobody decides on what they started themselves. Ask somebody else to decide.",
	"control": "SOC2:CC5.1, ISO27001:A.5.3",
}

not_in_team := {
	"code": "not_in_team",
	"message": "Only the teams that are named may decide. Ask a member of one of them.",
	"control": "SOC2:CC6.3, ISO27001:A.5.18",
}
