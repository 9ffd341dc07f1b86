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
		"message": "This is for people of the platform with that role. Ask one of them to do it.",
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

purpose_not_allowed := {
	"code": "purpose_not_allowed",
	"message": "This purpose does not cover this. Choose one that does.",
	"control": "SOC2:P4.1, ISO27001:A.5.34",
}

host_not_allowed := {
	"code": "host_not_allowed",
	"message": "The tenant does not allow a host that this reaches. Ask an admin of the tenant to allow it.",
	"control": "SOC2:CC6.6, ISO27001:A.8.23",
}

environment_not_allowed := {
	"code": "environment_not_allowed",
	"message": "The tenant does not allow work in this environment. Choose one that it allows.",
	"control": "SOC2:CC8.1, ISO27001:A.8.31",
}

region_not_allowed := {
	"code": "region_not_allowed",
	"message": "The tenant does not allow work in this region. Choose one that it allows.",
	"control": "SOC2:CC6.7, ISO27001:A.5.14",
}

outside_hours := {
	"code": "outside_hours",
	"message": "High risk runs in production within the tenant's working hours. Start it then.",
	"control": "SOC2:CC8.1, ISO27001:A.8.32",
}

quota_exceeded := {
	"code": "quota_exceeded",
	"message": "The quotas are above what the tenant allows. Ask for less, or ask an admin for more.",
	"control": "SOC2:A1.1, ISO27001:A.8.6",
}

host_not_granted := {
	"code": "host_not_granted",
	"message": "The installation was not granted a host that this reaches. Ask an admin to grant it.",
	"control": "SOC2:CC6.6, ISO27001:A.8.20",
}

signature_not_verified := {
	"code": "signature_not_verified",
	"message": "The release's signature was not verified. Get it again, or trust its publisher's key.",
	"control": "SOC2:CC6.8, ISO27001:A.8.19",
}

release_withdrawn := {
	"code": "release_withdrawn",
	"message": "The release was withdrawn. Choose what replaces it, or another one.",
	"control": "SOC2:CC9.2, ISO27001:A.5.21",
}

release_not_published := {
	"code": "release_not_published",
	"message": "The release is not published. Choose one that is.",
	"control": "SOC2:CC8.1, ISO27001:A.8.32",
}

installation_stopped := {
	"code": "installation_stopped",
	"message": "The installation is stopped. See why on its page, then upgrade it.",
	"control": "SOC2:CC7.4, ISO27001:A.5.26",
}

not_visible := {
	"code": "not_visible",
	"message": "This is not published for your tenant. Ask its publisher to let you see it.",
	"control": "SOC2:CC6.1, ISO27001:A.8.3",
}

publisher_scope := {
	"code": "publisher_scope",
	"message": "Only the tenant that publishes this may do it. Switch to that tenant.",
	"control": "SOC2:CC6.3, ISO27001:A.5.18",
}

channel_not_allowed := {
	"code": "channel_not_allowed",
	"message": "A person decides this: on a page, in the admin or by the API. Do it there.",
	"control": "SOC2:CC5.1, ISO27001:A.5.3",
}

own_review := {
	"code": "own_review",
	"message": "Nobody decides on what they wrote or submitted. Ask somebody else to decide.",
	"control": "SOC2:CC5.1, ISO27001:A.5.3",
}

own_override := {
	"code": "own_override",
	"message": "Nobody overrides their own decision. Ask somebody else to do it.",
	"control": "SOC2:CC5.1, ISO27001:A.5.3",
}

reviews_missing := {
	"code": "reviews_missing",
	"message": "Not every review is passed that its visibility and risk ask for. Wait for the reviewers.",
	"control": "SOC2:CC8.1, ISO27001:A.8.29",
}

findings_open := {
	"code": "findings_open",
	"message": "The checks found errors. Mend them, and submit it again.",
	"control": "SOC2:CC7.1, ISO27001:A.8.29",
}
