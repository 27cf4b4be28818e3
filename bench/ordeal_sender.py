"""Sends the alerts of an ordeal as TradingView does: not waiting for each other, and again after 5 s where 5xx or nothing came.

TradingView resends on 5xx at most three times (help 43000735201); here also where no answer came within its three seconds, as
a sender must who cannot know. The alert's body is the same each time.
"""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.ordeal_people import SECRET
from bench.ordeal_schedule import Alert

ANSWER_S = 3.0
RESEND_S = 5.0
SENDS = 4
THREADS = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """What one sending of an alert came to: the last status (0: no answer), the signal it was told, each answer's seconds, and
    when (monotonic) the last one came."""

    alert: Alert
    status: int
    signal_id: str
    seconds: tuple[float, ...]
    ended: float

    @property
    def is_stored(self) -> bool:
        return 200 <= self.status < 300


class Sender:
    """Sends on its own threads from `start` on; `replies` waits for the last answer."""

    def __init__(self, port: int, paths: Sequence[str], alerts: Sequence[Alert]) -> None:
        self._port, self._paths, self._alerts = port, paths, alerts
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sender")
        self._clock = threading.Thread(target=self._keep_time, name="ordeal-clock", daemon=True)
        self._sent: list[Future[Reply]] = []
        self._stopped = threading.Event()

    def start(self) -> None:
        self.began = time.monotonic()
        self._clock.start()

    @property
    def is_done(self) -> bool:
        return not self._clock.is_alive() and all(sent.done() for sent in self._sent)

    def replies(self) -> list[Reply]:
        self._clock.join()
        replies = [sent.result() for sent in self._sent]
        self._pool.shutdown()
        return replies

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _keep_time(self) -> None:
        for alert in self._alerts:
            if self._stopped.wait(max(0.0, self.began + alert.at - time.monotonic())):
                return
            body = self._body(alert)
            for _ in range(alert.copies):
                self._sent.append(self._pool.submit(self._send, alert, body, again=alert.again))

    def _send(self, alert: Alert, body: bytes, *, again: bool) -> Reply:
        status, signal_id, seconds, ended = 0, "", [], self.began
        for attempt in range(SENDS):
            if attempt and self._stopped.wait(RESEND_S):
                break
            began = time.monotonic()
            status, told = self._post(self._paths[alert.bot], body)
            ended = time.monotonic()
            seconds.append(round(ended - began, 3))
            signal_id = str(told.get("signal_id", ""))
            if 0 < status < 500:
                break
        if again and not self._stopped.wait(RESEND_S):
            self._sent.append(self._pool.submit(self._send, alert, body, again=False))
        return Reply(alert, status, signal_id, tuple(seconds), ended)

    @staticmethod
    def _body(alert: Alert) -> bytes:
        fields = {"ticker": alert.ticker, "action": alert.action, "secret": SECRET, "id": alert.key}
        return json.dumps({**fields, "timestamp": datetime.now(UTC).isoformat()}).encode()

    def _post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_S)
        try:
            line.request("POST", path, body, {"Content-Type": "text/plain; charset=utf-8"})
            answer = line.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            line.close()
        return answer.status, told if isinstance(told, dict) else {}
