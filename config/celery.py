"""The Celery application. Queues: `close` and `entry` (asynchronous pool), `reconcile`, `default`."""

import os
import warnings

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Django's checks load every page and the whole API, 20 MB in each worker, and Celery looks at no finding of theirs.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
warnings.filterwarnings("ignore", message="You're running the worker with superuser")

app = Celery("batuta")
app.conf.update(
    task_ignore_result=True,
    task_default_queue="default",
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if os.environ.get("CELERY_CUSTOM_WORKER_POOL"):  # a trading worker: its own pool, transport and guardian
    from config.transport import use_for_trading

    use_for_trading(app)
    app.conf.imports = ("config.trading",)
