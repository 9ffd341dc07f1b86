"""What `http.request@1` takes and gives."""

from __future__ import annotations

from connectors.contract import JSON, Manifest
from connectors.outbound import MAX_BYTES

_SECRET: JSON = {"type": "string", "x-secret": True}
_TEXTS: JSON = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}

_AUTH: JSON = {
    "type": "object",
    "title": "Credentials",
    "description": "One of bearer, api_key, basic and hmac. Never sent to another origin.",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "bearer": {**_SECRET, "description": "A token, sent as Authorization: Bearer …"},
        "api_key": {
            "type": "object",
            "description": "A key in a header of the service's choice.",
            "required": ["header", "value"],
            "additionalProperties": False,
            "properties": {
                "header": {"type": "string", "minLength": 1, "examples": ["X-Api-Key"]},
                "value": _SECRET,
            },
        },
        "basic": {
            "type": "object",
            "description": "User name and password (RFC 7617).",
            "required": ["username", "password"],
            "additionalProperties": False,
            "properties": {
                "username": {"type": "string", "x-secret": True},
                "password": _SECRET,
            },
        },
        "hmac": {
            "type": "object",
            "description": (
                "A signature over the exact bytes of the body, sent as sha256=<hexadecimal> "
                "in the header."
            ),
            "required": ["header", "secret"],
            "additionalProperties": False,
            "properties": {
                "header": {"type": "string", "minLength": 1, "examples": ["X-Signature-256"]},
                "secret": _SECRET,
                "algorithm": {"enum": ["sha256"], "default": "sha256"},
            },
        },
    },
}

MANIFEST = Manifest(
    task="http.request",
    version="1.0.0",
    major=1,
    title="HTTP request",
    description=(
        "Calls a service over HTTP. It reaches the workflow's endpoints and nothing else; unsafe "
        "methods carry an Idempotency-Key that stays the same when the step is tried again."
    ),
    input_schema={
        "type": "object",
        "required": ["url"],
        "additionalProperties": False,
        "not": {
            "anyOf": [
                {"required": ["json", "body"]},
                {"required": ["json", "form"]},
                {"required": ["body", "form"]},
            ]
        },
        "properties": {
            "method": {
                "type": "string",
                "title": "Method",
                "description": "Any HTTP method but CONNECT.",
                "pattern": "^[A-Za-z][A-Za-z-]{0,31}$",
                "examples": ["GET", "POST", "PUT", "PATCH", "DELETE"],
                "default": "GET",
            },
            "url": {
                "type": "string",
                "format": "uri",
                "title": "URL",
                "description": "An absolute http or https URL at one of the workflow's endpoints.",
            },
            "headers": {
                **_TEXTS,
                "title": "Headers",
                "description": "More headers. Credentials belong in auth.",
            },
            "query": {
                "type": "object",
                "title": "Query",
                "description": "Added to the URL's; a list repeats its name, null is left out.",
            },
            "json": {"title": "JSON body", "description": "Sent as application/json."},
            "body": {
                "type": "string",
                "title": "Text body",
                "description": "Sent as it is, text/plain unless a header says otherwise.",
            },
            "form": {
                **_TEXTS,
                "title": "Form body",
                "description": "Sent as application/x-www-form-urlencoded.",
            },
            "auth": _AUTH,
            "expect": {
                "type": "array",
                "title": "Expected statuses",
                "description": (
                    "Codes and ranges that count as success, as 200, 2xx, 400-404. A redirect that "
                    "is listed is given as it is, not followed."
                ),
                "minItems": 1,
                "items": {
                    "anyOf": [
                        {"type": "integer", "minimum": 200, "maximum": 599},
                        {"type": "string", "pattern": "^[2-5](xx|[0-9]{2}(-[2-5][0-9]{2})?)$"},
                    ]
                },
                "default": ["2xx"],
            },
            "max_bytes": {
                "type": "integer",
                "title": "Largest answer",
                "description": "In bytes, after decompression.",
                "minimum": 1,
                "maximum": MAX_BYTES,
                "default": MAX_BYTES,
            },
        },
    },
    output_schema={
        "type": "object",
        "required": ["status", "headers", "body", "encoding", "bytes", "digest"],
        "properties": {
            "status": {"type": "integer", "description": "The HTTP status."},
            "headers": {
                "type": "object",
                "description": "By lower-case name, without those that hold credentials.",
                "additionalProperties": {"type": "string"},
            },
            "body": {"description": "Parsed JSON, or text; null when there is none."},
            "encoding": {
                "enum": ["json", "text", "base64", "none"],
                "description": "How to read body; base64 for what is neither JSON nor text.",
            },
            "bytes": {"type": "integer", "description": "Size of the body as it came."},
            "digest": {"type": "string", "description": "sha256:… of the body as it came."},
        },
    },
    capabilities=frozenset({"network"}),
    default_timeout=30.0,
)
