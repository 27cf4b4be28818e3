"""Ringing a worker by task name: the web process never imports the tasks themselves, and never waits long for the broker."""

import logging

from celery import current_app
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

BROKER_SECONDS = 1.0


def ring_worker(task_name: str, *ids: object, countdown: int = 0) -> bool:
    """Publish `task_name(id)` for each id to the queue `default`, to run after `countdown` seconds; False when the broker did
    not take them all."""
    options = {
        **current_app.conf.broker_transport_options,
        "socket_timeout": BROKER_SECONDS,
        "socket_connect_timeout": BROKER_SECONDS,
        "max_retries": 0,
    }
    with current_app.connection_for_write(transport_options=options) as connection:
        try:
            for identifier in ids:
                current_app.send_task(
                    task_name, (str(identifier),), queue="default", connection=connection, retry=False, argsrepr="",
                    countdown=countdown or None,
                )  # fmt: skip
        except (*connection.connection_errors, *connection.channel_errors, KombuError, OSError) as error:
            logger.warning("%s was not published: %r", task_name, error)
            return False
    return True
