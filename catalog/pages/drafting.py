"""What a form of the editor was sent with, and what a new one begins with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SKELETON = """\
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: my-workflow           # its address: small letters, digits and hyphens
  title: My workflow
  version: 1.0.0              # raise it with every change
  description: What it does, for the one who runs it.
  category: HR                # HR, FinOps, Security or Compliance
  risk: low                   # low, medium or high
  owner_team: My team
  changelog: First version.
parameters:                   # JSON Schema 2020-12: the form is made from it
  type: object
  required: [who]
  properties:
    who: {type: string, title: Who it is for}
steps:                        # their order comes from needs alone
  - id: greet
    task: core.set@1          # what it does; with is what it is given
    with: {values: {text: "Hello ${{ params.who }}"}}
outputs:
  text: ${{ steps.greet.output.text }}
examples:                     # the first one fills the form, and is what is simulated
  - title: Ana
    parameters: {who: Ana}
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is being written.

    `slug` is the workflow's that it is to be a version of, empty for a new one; `seen` tells which
    document and which changes the author was shown last, see `editing.shown`.
    """

    text: str
    slug: str = ""
    purpose: str = ""
    seen: str = ""

    @property
    def source(self) -> bytes:
        """The bytes to check and freeze."""
        return self.text.encode("utf-8", "surrogatepass")


def draft_of(posted: Mapping[str, str]) -> Draft:
    """What was sent, with the line ends of a file rather than those of a form."""

    def one(name: str) -> str:
        return posted.get(name, "").replace("\x00", "").strip()

    text = posted.get("source", "").replace("\r\n", "\n").replace("\r", "\n")
    return Draft(text, one("slug"), one("purpose"), one("seen"))


def offset(text: str, cursor: str) -> int:
    """The place in `text` of a cursor that a browser counted, in UTF-16 units; the end for nonsense."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 9):
        return len(text)
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * int(cursor)]
    return len(before.decode("utf-16-le", "ignore"))
