"""The verbs of the audit trail: everything that a record can tell of, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DECISION = "governance.decision"
RECEIPT = "governance.receipt"
APPROVAL = "governance.approvaldecision"
VERB_COLUMNS = {DECISION: ("", "action"), RECEIPT: ("", "kind"), APPROVAL: ("approval.", "vote")}
"""What a record of each type tells of: what its verb begins with, and the column with the rest."""
RECORD_TYPES = tuple(VERB_COLUMNS)
"""The types of records that are linked; each is its model's label."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What somebody asked to do, or did: as it is written, in words, and to what."""

    name: str
    title: str
    description: str
    subject: str


def _verbs(subject: str, **words: tuple[str, str]) -> list[Verb]:
    return [
        Verb(f"{subject}.{name}", title, description, subject)
        for name, (title, description) in words.items()
    ]


VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        *_verbs(
            "approval",
            approve=("Approved", "Agreed that what waits may go on."),
            decide=("Decide an approval", "Asked to approve or reject what waits."),
            read=("Read approvals", "Read what waits for a decision."),
            reject=("Rejected", "Refused that what waits goes on, and said why."),
        ),
        *_verbs(
            "connection",
            delete=("Delete a connection", "Took the tenant's own connection away."),
            read=("Read connections", "Read how the tenant is connected, without its secrets."),
            write=("Change a connection", "Set what the tenant sends through, or took it away."),
        ),
        *_verbs(
            "decision",
            read=("Read the audit trail", "Read what was decided and done, and by whom."),
        ),
        *_verbs(
            "evidence",
            read=("Read evidence", "Read the signed evidence of what has ended."),
        ),
        *_verbs(
            "execution",
            cancel=("Cancel an execution", "Asked that it end."),
            read=("Read executions", "Read what ran, its inputs and outputs."),
            rerun=("Re-run an execution", "Ran it again, keeping what had succeeded."),
            signal=("Signal an execution", "Sent it something that it waits for."),
            simulate=("Simulate a workflow", "Asked which calls a run would make."),
            start=("Start an execution", "Ran a workflow."),
        ),
        *_verbs(
            "installation",
            configure=("Configure an installation", "Changed what an installation runs with."),
            create=("Install a release", "Installed a release in the tenant."),
            propose=("Propose an upgrade", "Proposed an upgrade to those who installed it."),
            read=("Read installations", "Read which releases are installed, and how."),
            resume=("Resume an installation", "Let a stopped installation start again."),
            rollback=("Roll back an installation", "Went back to the release before."),
            stop=("Stop an installation", "Let an installation start nothing more."),
            uninstall=("Uninstall", "Took an installation out of use."),
            upgrade=("Upgrade an installation", "Made it run another release."),
        ),
        *_verbs(
            "member",
            add=("Add a member", "Gave somebody a place in the tenant."),
            change=("Change a member", "Changed somebody's roles or teams."),
            read=("Read members", "Read who has a place in the tenant."),
            remove=("Remove a member", "Took somebody's place in the tenant away."),
            write=("Change members", "Asked to add, change or remove a member."),
        ),
        *_verbs(
            "policy",
            activate=("Activate policies", "Put another set of policies in force."),
            build=("Build policies", "Signed a set of policies, to be put in force."),
            preview=("Preview policy", "Asked what policy would say."),
            read=("Read the policies", "Read which policies are in force, and which were."),
            rollback=("Roll back policies", "Put the policies before in force again."),
        ),
        *_verbs(
            "policy_data",
            read=("Read policy data", "Read what the tenant lets its work reach, and when."),
            write=("Change policy data", "Changed what the tenant lets its work reach, or when."),
        ),
        *_verbs(
            "preset",
            delete=("Delete saved answers", "Removed answers that were saved for a run."),
            read=("Read saved answers", "Read answers that were saved for a run."),
            share=("Share saved answers", "Saved answers of a run for everybody in the tenant."),
            write=("Save answers", "Saved answers of a run for oneself."),
        ),
        *_verbs(
            "publisher_key",
            read=("Read publishers' keys", "Read whose releases are trusted here."),
            revoke=("Revoked a publisher's key", "Ended the trust in what it signs."),
            trust=("Trusted a publisher's key", "Let releases that it signs be imported and run."),
            write=("Change publishers' keys", "Asked to trust a publisher's key, or to end that."),
        ),
        *_verbs(
            "purpose",
            read=("Read purposes", "Read which purposes there are, and what they allow."),
            write=("Change purposes", "Asked to add, change or retire a purpose."),
        ),
        *_verbs("receipt", read=("Read receipts", "Read what was proved to be done.")),
        *_verbs(
            "release",
            approve=("Approve a template", "Approved a release, or refused it, and said why."),
            certify=("Certify a release", "Certified a release after going through its checks."),
            deprecate=("Deprecate a release", "Advised against a release, and named another."),
            export=("Export a release", "Took a signed copy of a release."),
            override=("Override a decision", "Decided otherwise than a reviewer had."),
            publish=("Publish a release", "Signed a release and listed it."),
            read=("Read releases", "Read releases, their reviews and their trust."),
            retract=("Retract a submission", "Took a release back before it was published."),
            review=("Review a release", "Decided one of the reviews of a release."),
            submit=("Request publishing", "Asked that a version be published."),
            withdraw=("Withdraw a release", "Took a published release back."),
            **{"import": ("Import a release", "Took in a release from another Maestro.")},
        ),
        *_verbs(
            "rollout",
            resume=("Resumed a roll-out", "Let the upgrades of followers go on after a halt."),
        ),
        *_verbs(
            "secret",
            delete=("Delete a secret", "Removed it for good."),
            read=("Read names of secrets", "Read which secrets there are, never their values."),
            write=("Store a secret", "Stored a value, or said where it is read from."),
        ),
        *_verbs(
            "signing",
            rotate=("Rotate the signing key", "Made a new key sign; the former ones still verify."),
        ),
        *_verbs(
            "template",
            read=("Read templates", "Read templates and who may see them."),
            update=("Change a template", "Changed a template's facts, or who may see it."),
        ),
        *_verbs(
            "tenant",
            create=("Create a tenant", "Made a tenant."),
            read=("Read a tenant", "Read a tenant's name and settings."),
            update=("Change a tenant", "Changed a tenant's name or settings."),
        ),
        *_verbs(
            "token",
            create=("Create a token", "Made a token that acts for its owner."),
            read=("Read tokens", "Read which tokens there are, never the tokens."),
            revoke=("Revoke a token", "Ended a token."),
        ),
        *_verbs(
            "user",
            create=("Create a user", "Made an account."),
            write=("Change users", "Asked to make or change an account."),
        ),
        *_verbs(
            "view",
            delete=("Delete a saved view", "Removed filters of a list that one had saved."),
            read=("Read saved views", "Read which filters of a list one saved."),
            write=("Save a view", "Saved filters of a list, or which the list opens with."),
        ),
        *_verbs(
            "workflow",
            archive=("Archive a workflow", "Took a workflow out of use."),
            create=("Create a workflow", "Made a workflow."),
            edit_metadata=("Change a workflow's facts", "Changed the facts by which it is found."),
            freeze=("Freeze a version", "Made a version that can't change any more."),
            read=("Read workflows", "Read workflows and their documents."),
            update=("Change a workflow", "Asked to change the facts by which it is found."),
        ),
    )
}


def title_of(name: str) -> str:
    """A verb in words; one that is not known any more as it is written."""
    verb = VERBS.get(name)
    return verb.title if verb else name


def verb_of(record_type: str, content: Mapping[str, object]) -> str:
    """What a record tells of. Raises `KeyError` for a type that is not linked."""
    prefix, column = VERB_COLUMNS[record_type]
    return f"{prefix}{content.get(column, '')}"
