"""What an evidence bundle says about itself, for somebody who has nothing but the bundle."""

from __future__ import annotations

from governance.trust.statement import EVIDENCE_TYPE

README = f"""\
# Evidence of one execution

| file | what it is |
| --- | --- |
| `attestation.dsse.json` | the record of the execution: an in-toto Statement v1, signed (DSSE) |
| `manifest.json` | what the statement is about: every other file here, with size and SHA-256 |
| `workflow.json` | the document that ran, in its canonical bytes (RFC 8785) |
| `receipts/` | signed receipts of what led to the execution, such as the freeze of the document |
| `maestro.pub` | the public key of whoever signed it |

**Take the public key from the people who run that Maestro, not from here**: it is served at their
`/signing-keys.pem`. Whoever forges a bundle puts a key of theirs into it; `maestro.pub` only saves you
from looking for the wrong one.

## With cosign

    cosign verify-blob-attestation --key THEIR.pub --insecure-ignore-tlog=true \\
        --signature attestation.dsse.json \\
        --type {EVIDENCE_TYPE} manifest.json

It says that the statement is signed, and that it is about this `manifest.json`. Then compare the
other files with what `manifest.json` lists (`sha256sum *` shows the same digests).

## With Maestro

    python manage.py verify_manifest BUNDLE.tar.gz --key THEIR.pub

It does all of this at once, and compares every byte of the bundle. It ends with 0 when the bundle
is verified, with 1 when it is not, saying the first difference, and with 2 when it is no bundle.

## What is in the record

The payload of the envelope is base64 of JSON. Its `predicate` names the workflow by its digest, who
started it and for which purpose, the decisions of policy with their revision, who approved, and
each step with its attempts and the SHA-256 of its input and output. Values themselves are not in
it, and no secret ever is.
"""
