"""Who does the jobs that one process in the whole fleet does."""

from django.db import models


class Lease(models.Model):
    """Who does a job that one process in the whole fleet does, and until when. A holder that freezes loses it by time."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100)
    # The holder's number among those present (`ledger.presence`): one that is killed is missed at once.
    owner = models.IntegerField(null=True, blank=True)
    is_preferred = models.BooleanField(default=False)
    until = models.DateTimeField()
    # Since when there has been a holder without a long gap.
    since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
