"""What `email.send@1` takes and gives."""

from __future__ import annotations

from connectors.contract import JSON, Manifest

MAX_MESSAGE = 25 * 1024 * 1024
MAX_RECIPIENTS = 100


def _addresses(title: str, description: str) -> JSON:
    one = {"type": "string", "minLength": 3, "maxLength": 1000}
    return {
        "title": title,
        "description": description,
        "anyOf": [one, {"type": "array", "items": one, "maxItems": MAX_RECIPIENTS}],
    }


MANIFEST = Manifest(
    task="email.send",
    version="1.0.0",
    major=1,
    title="Send an e-mail",
    description=(
        "Sends one message through the tenant's mail connection, from a template of the workflow "
        "or from text given here, with attachments."
    ),
    input_schema={
        "type": "object",
        "required": ["to"],
        "additionalProperties": False,
        "anyOf": [{"required": ["template"]}, {"required": ["text"]}, {"required": ["html"]}],
        "properties": {
            "to": _addresses(
                "To", "One address or a list, as ana@acme.test or Ana <ana@acme.test>."
            ),
            "cc": _addresses("Copy", "Who gets a copy."),
            "bcc": _addresses("Blind copy", "Who gets a copy that the others do not see."),
            "reply_to": _addresses("Reply to", "Where answers go."),
            "from": {
                "type": "string",
                "title": "From",
                "description": "Another sender in the domain of the connection's own sender.",
            },
            "subject": {
                "type": "string",
                "title": "Subject",
                "description": "Takes the place of the template's.",
                "maxLength": 500,
            },
            "text": {"type": "string", "title": "Text", "description": "The plain body."},
            "html": {"type": "string", "title": "HTML", "description": "The HTML body."},
            "template": {
                "type": "string",
                "title": "Template",
                "description": "The name of one of the workflow's templates.",
            },
            "vars": {
                "type": "object",
                "title": "Variables",
                "description": "What the template's {{ name }} placeholders stand for.",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
            "attachments": {
                "type": "array",
                "title": "Attachments",
                "description": "Files that travel with the message.",
                "maxItems": 20,
                "items": {
                    "type": "object",
                    "required": ["filename"],
                    "additionalProperties": False,
                    "oneOf": [{"required": ["content"]}, {"required": ["content_base64"]}],
                    "properties": {
                        "filename": {"type": "string", "minLength": 1, "maxLength": 200},
                        "content": {"type": "string", "description": "The file, when it is text."},
                        "content_base64": {
                            "type": "string",
                            "contentEncoding": "base64",
                            "description": "The file's bytes in base64.",
                        },
                        "media_type": {
                            "type": "string",
                            "description": "As application/pdf; by the name if absent.",
                            "pattern": "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$",
                        },
                    },
                },
            },
        },
    },
    output_schema={
        "type": "object",
        "required": ["message_id", "accepted", "refused", "bytes", "digest"],
        "properties": {
            "message_id": {
                "type": "string",
                "description": "The Message-ID; the same when the step is tried again.",
            },
            "accepted": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The addresses that the server took the message for.",
            },
            "refused": {
                "type": "object",
                "description": "The addresses that it did not, with what it said.",
                "additionalProperties": {
                    "type": "object",
                    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
                },
            },
            "bytes": {"type": "integer", "description": "Size of the message as sent."},
            "digest": {"type": "string", "description": "sha256:… of the message as sent."},
        },
    },
    capabilities=frozenset({"network", "mail"}),
    default_timeout=60.0,
)
