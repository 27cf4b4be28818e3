"""What the web process left for a worker, read from the real broker and done here."""

from queue import Empty

from celery import current_app


def run_queued(queue: str = "default") -> list[str]:
    """Run every waiting task of the queue; gives the names, in order."""
    current_app.loader.import_default_modules()
    names: list[str] = []
    with current_app.connection_for_read() as connection, connection.SimpleQueue(queue) as waiting:
        while True:
            try:
                message = waiting.get(block=False)
            except Empty:
                return names
            message.ack()
            names.append(message.headers["task"])
            args, kwargs, _embed = message.payload
            result = current_app.tasks[message.headers["task"]].apply(args, kwargs, throw=False)
            if result.state == "FAILURE":  # a task that wants to be tried later is no failure
                raise result.result
