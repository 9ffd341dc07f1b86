"""A frozen workflow document as typed values. Reading one validates nothing: freezing did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from catalog.durations import parse_duration
from catalog.expressions import Template
from catalog.parameters import resolve
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.errors import Problem

OnError = Literal["fail", "continue", "collect"]


@dataclass(frozen=True, slots=True)
class Retry:
    """When a step is tried again: `attempts` in all, pauses in seconds, `on` which error classes.

    The pause before attempt n+1 is drawn from 0 to min(`max`, `initial` · 2^(n-1)).
    """

    attempts: int
    initial: float
    max: float
    on: frozenset[str]


@dataclass(frozen=True)
class Step:
    """One step of a frozen document.

    `timeout` is in seconds for one attempt, None where the step itself says how long it waits
    (control tasks). `when` and `for_each` are as written, None where the step has none.
    """

    id: str
    task: str
    with_: Mapping[str, Any]
    needs: tuple[str, ...]
    when: str | bool | None
    for_each: str | tuple[Any, ...] | None
    max_parallel: int
    timeout: float | None
    retry: Retry
    on_error: OnError

    @cached_property
    def inputs(self) -> Template:
        """`with`, its expressions compiled."""
        return Template.parse(self.with_)

    @cached_property
    def condition(self) -> Template | None:
        """`when`, compiled; None where the step always runs."""
        return None if self.when is None else Template.parse(self.when)

    @cached_property
    def items(self) -> Template | None:
        """`for_each`, compiled; None where the step runs once."""
        return None if self.for_each is None else Template.parse(self.for_each)

    @cached_property
    def judges(self) -> frozenset[str]:
        """The steps whose status or error its `when` looks at: their failure does not skip it."""
        if self.condition is None:
            return frozenset()
        return frozenset(
            one.path[0]
            for one in self.condition.references
            if one.root == "steps" and (len(one.path) == 1 or one.path[1] in ("status", "error"))
        )

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The names of the secrets that its `with` asks for."""
        return frozenset(one.path[0] for one in self.inputs.references if one.root == "secrets")


@dataclass(frozen=True, slots=True)
class Secret:
    """The name of a secret, and what it is for."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place that the workflow may reach; `default` is a URL, empty where one must be bound."""

    name: str
    description: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """Parameters that validate, and what they show."""

    title: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """How what older versions were given becomes this one's; `versions` is the range it is for.

    `rename`, `secrets` and `endpoints` go from the old name to the new one. `set` and `default` are
    values, or expressions over `params`.
    """

    versions: str
    rename: Mapping[str, str]
    set: Mapping[str, Any]
    default: Mapping[str, Any]
    remove: tuple[str, ...]
    secrets: Mapping[str, str]
    endpoints: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """A frozen workflow document: `frozen` is its canonical JSON value, defaults filled in.

    `source` is the text as it was written, empty where the document was loaded frozen. `warnings`
    are problems that did not stop it.
    """

    frozen: Mapping[str, Any]
    source: str = field(default="", compare=False, repr=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    @cached_property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes of `frozen`."""
        return canonical_bytes(self.frozen)

    @cached_property
    def digest(self) -> str:
        """`sha256:…` over `canonical`."""
        return digest_bytes(self.canonical)

    @property
    def name(self) -> str:
        """The slug."""
        return str(self.frozen["metadata"]["name"])

    @property
    def title(self) -> str:
        """What people read."""
        return str(self.frozen["metadata"]["title"])

    @property
    def version(self) -> str:
        """The semantic version."""
        return str(self.frozen["metadata"]["version"])

    @property
    def description(self) -> str:
        """What it does."""
        return str(self.frozen["metadata"]["description"])

    @property
    def category(self) -> str:
        """Where the catalog lists it; empty where the author did not say."""
        return str(self.frozen["metadata"].get("category", ""))

    @property
    def risk(self) -> str:
        """`low`, `medium` or `high`."""
        return str(self.frozen["metadata"]["risk"])

    @property
    def owner_team(self) -> str:
        """The team that answers for it."""
        return str(self.frozen["metadata"]["owner_team"])

    @property
    def tags(self) -> tuple[str, ...]:
        """Use cases."""
        return tuple(self.frozen["metadata"]["tags"])

    @property
    def changelog(self) -> str:
        """What is new in this version."""
        return str(self.frozen["metadata"]["changelog"])

    @property
    def parameters(self) -> Mapping[str, Any]:
        """JSON Schema 2020-12 of what a run is given."""
        schema: Mapping[str, Any] = self.frozen["parameters"]
        return schema

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps, as written."""
        return tuple(_step(raw) for raw in self.frozen["steps"])

    @cached_property
    def step_by_id(self) -> Mapping[str, Step]:
        """The steps by their id."""
        return {step.id: step for step in self.steps}

    @cached_property
    def secrets(self) -> Mapping[str, Secret]:
        """The secrets by name."""
        raw = self.frozen["secrets"]
        return {name: Secret(name, one["description"]) for name, one in raw.items()}

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The endpoints by name."""
        return {
            name: Endpoint(name, one["description"], one.get("default", ""))
            for name, one in self.frozen["endpoints"].items()
        }

    @property
    def templates(self) -> Mapping[str, Mapping[str, str]]:
        """E-mail and message templates by name: subject, text, html."""
        templates: Mapping[str, Mapping[str, str]] = self.frozen["templates"]
        return templates

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What an execution gives, as written."""
        outputs: Mapping[str, Any] = self.frozen["outputs"]
        return outputs

    @cached_property
    def output_template(self) -> Template:
        """`outputs`, its expressions compiled."""
        return Template.parse(self.outputs)

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The examples; the first fills the form."""
        return tuple(Example(one["title"], one["parameters"]) for one in self.frozen["examples"])

    @cached_property
    def migrations(self) -> tuple[Migration, ...]:
        """How what older versions were given becomes this one's, in order."""
        return tuple(
            Migration(
                versions=one["from"],
                rename=one.get("rename", {}),
                set=one.get("set", {}),
                default=one.get("default", {}),
                remove=tuple(one.get("remove", ())),
                secrets=one.get("secrets", {}),
                endpoints=one.get("endpoints", {}),
            )
            for one in self.frozen.get("migrations", ())
        )


def load_frozen(frozen: Mapping[str, Any]) -> Document:
    """The document that `frozen` is, without validating it again; parts are read when used."""
    return Document(frozen)


def resolve_parameters(document: Document, given: Any) -> dict[str, Any]:
    """What a run of `document` gets when it is given `given`: defaults filled in, all checked.

    Raises `ParametersInvalid` with every problem at once.
    """
    return resolve(document.parameters, given)


def _step(raw: Mapping[str, Any]) -> Step:
    retry = raw["retry"]
    for_each = raw.get("for_each")
    return Step(
        id=raw["id"],
        task=raw["task"],
        with_=raw["with"],
        needs=tuple(raw["needs"]),
        when=raw.get("when"),
        for_each=tuple(for_each) if isinstance(for_each, list) else for_each,
        max_parallel=raw["max_parallel"],
        timeout=parse_duration(raw["timeout"]) if "timeout" in raw else None,
        retry=Retry(
            attempts=retry["attempts"],
            initial=parse_duration(retry["initial"]),
            max=parse_duration(retry["max"]),
            on=frozenset(retry["on"]),
        ),
        on_error=raw["on_error"],
    )
