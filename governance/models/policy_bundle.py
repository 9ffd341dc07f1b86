from __future__ import annotations

from django.db import models

from maestro.kernel.identity import new_id


class BundleStatus(models.TextChoices):
    """Where a bundle of policies is."""

    BUILT = "built"
    ACTIVE = "active"
    RETIRED = "retired"


class PolicyBundle(models.Model):
    """Policies that are, were or may be in force, for the whole platform.

    built → active (activate_policies), active → retired (another is activated, or it is rolled
    back), retired → active (activated again, or rolled back to). One is active at most; without one,
    the policies that came with the code are in force. `content` is the signed archive, `digest` its
    SHA-256; a trigger keeps both as they are. `replaced` is the one that was active before this one,
    which a roll-back returns to.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    revision = models.CharField(max_length=64)
    digest = models.CharField(max_length=71, unique=True)
    content = models.BinaryField()
    status = models.CharField(
        max_length=8, choices=BundleStatus.choices, default=BundleStatus.BUILT
    )
    built_at = models.DateTimeField()
    built_by = models.UUIDField(null=True)
    built_by_name = models.CharField(max_length=254)
    activated_at = models.DateTimeField(null=True)
    activated_by = models.UUIDField(null=True)
    activated_by_name = models.CharField(max_length=254, blank=True)
    retired_at = models.DateTimeField(null=True)
    replaced = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "policy bundle"
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="active"),
                name="one_policy_bundle_is_active",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=BundleStatus.values),
                name="policy_bundle_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.revision


class PolicyChange(models.Model):
    """How often what policy goes by was changed: one row, which every process looks at each second.

    A number that moved says what to read again: the bundle, or purposes and tenants' data. It is
    moved in the transaction that changes it.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    bundles = models.BigIntegerField(default=0)
    rules = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "policy change"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="policy_change_is_one_row"),
        ]
