from __future__ import annotations

from pathlib import Path

from catalog.models import Scope, WorkflowDefinition, WorkflowVersion
from catalog.services.freeze_version import freeze_version
from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope

FOLDER = Path(__file__).resolve().parent.parent / "pipeline"
PUBLISHER = "maestro"
PUBLISH_RELEASE = "publish-release"


def install_system_workflows() -> list[WorkflowVersion]:
    """Freeze the workflows that Maestro itself runs by, each as a system workflow of the platform.

    Again changes nothing; what runs keeps its version. Raises `DocumentInvalid`, `VersionTaken` for
    a document that was changed under its number.
    """
    actor = Actor(
        kind=ActorKind.SYSTEM,
        name="install_system_workflows",
        tenant_id=PLATFORM_TENANT,
        tenant_slug=PUBLISHER,
        channel=Channel.CLI,
    )
    installed = []
    with tenant_scope(PLATFORM_TENANT):
        for path in sorted(FOLDER.glob("*.yaml")):
            frozen = freeze_version(
                actor=actor, source=path.read_bytes(), media_type="application/yaml", slug=path.stem
            )
            WorkflowDefinition.objects.for_tenant(PLATFORM_TENANT).filter(
                pk=frozen.version.definition_id
            ).exclude(scope=Scope.SYSTEM).update(scope=Scope.SYSTEM)
            installed.append(frozen.version)
    return installed
