"""How the recurring work goes: sweeps, reconciliations, the scheduled tasks (OPS-09)."""

from django.db import models


class Workflow(models.Model):
    """One kind of recurring work over the whole fleet, counted since it first ran. Written by `signals.workflows` only."""

    name = models.CharField(max_length=60, primary_key=True)
    succeeded = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    total_ms = models.BigIntegerField(default=0)  # spent on all runs together
    failures_in_a_row = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    last_run_at = models.DateTimeField()
    last_success_at = models.DateTimeField(null=True, blank=True)
    # When operators were told that it fails; null = it works, or has not failed often enough.
    alerted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WorkflowHour(models.Model):
    """What one kind of work did in one hour (UTC): the rates of the last day are sums of these. Kept for a week."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    hour = models.DateTimeField()
    succeeded = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    total_ms = models.BigIntegerField(default=0)
    slowest_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "hour"], name="one_row_per_workflow_and_hour")]
        indexes = [models.Index(fields=["hour"], name="workflow_hour")]

    def __str__(self) -> str:
        return f"{self.name} {self.hour:%Y-%m-%d %H}"
