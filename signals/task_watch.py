"""Counts the runs of Celery's plain tasks – the scheduled ones and those they ring – in the workers that run them (OPS-09).

Executions are not among them: the asynchronous pool runs those itself, and their own rows tell how each went.
"""

import logging
from time import monotonic
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_init
from django.db import DatabaseError, connection

from signals.run_log import Tally, describe
from signals.workflows import report_now

log = logging.getLogger(__name__)
_began: dict[str, float] = {}


@worker_init.connect
def watch_tasks(**_: Any) -> None:
    """From a worker's start on; a task that is called in another process is not counted."""
    task_prerun.connect(note_begin, weak=False, dispatch_uid="signals.task_watch.begin")
    task_postrun.connect(note_end, weak=False, dispatch_uid="signals.task_watch.end")


def note_begin(task_id: str, **_: Any) -> None:
    _began[task_id] = monotonic()


def note_end(task_id: str, sender: Any, state: str | None = None, retval: Any = None, **_: Any) -> None:
    """A run that asks to be tried again is not over: the last of its tries says how it went."""
    began = _began.pop(task_id, None)
    if began is None or state == "RETRY":
        return
    tally = Tally(sender.name)
    tally.note(ms=round((monotonic() - began) * 1000), error="" if state == "SUCCESS" else describe(retval))
    try:
        report_now([tally])
    except DatabaseError as error:  # the task's own outcome stands; the next run is counted again
        log.warning("a run of %s could not be counted: %r", sender.name, error)
    finally:
        connection.close()  # back to the pool: the thread may wait long for its next task
