"""The webhook: the front door that TradingView posts to (WHK). Never an HTML page, never a stack trace."""

import logging
import time
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.client_ip import client_ip
from accounts.quotas import wait_for_quota
from bots.models import Bot
from config.deadline import deadline_of, is_too_late
from signals.models import Signal
from signals.payload import MAX_BODY_BYTES
from signals.receive import AlertRefused, Received, receive_alert
from signals.stats import broadcast_stats

log = logging.getLogger(__name__)

WRONG_SECRETS = "10/m"
LONGEST_WAIT_S = 2.5
TO_ANSWER_S = 0.2
POLL_S = 0.05


@method_decorator(csrf_exempt, name="dispatch")  # no cookie takes part: the secret in the body is the authority
class MasterWebhook(View):
    """`POST /api/v1/bots/webhook/master/{path}`: 202 stored, 200 duplicate, 400, 401, 404, 413, 429, 503 = nothing stored."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, webhook_path: str) -> JsonResponse:
        try:
            return self._receive(request, webhook_path)
        except AlertRefused as refused:
            return _refusal(refused)
        except DatabaseError as error:
            log.error("an alert could not be stored: %s", error)
            return _problem(
                503, "Temporarily unavailable, nothing was stored", "unavailable"
            )  # TradingView sends again

    def _receive(self, request: HttpRequest, webhook_path: str) -> JsonResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            return _problem(413, f"The body was larger than {MAX_BODY_BYTES} bytes", "too_large")
        raw = request.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            return _problem(413, f"The body was larger than {MAX_BODY_BYTES} bytes", "too_large")
        bot = Bot.objects.filter(master_webhook_path=webhook_path).first() if "\x00" not in webhook_path else None
        if bot is None:
            return _problem(404, "Bot not found", "bot_not_found")  # WHK-03
        try:
            received = receive_alert(bot=bot, raw=raw, source_ip=client_ip(request), now=timezone.now(),
                                     is_too_late=lambda: is_too_late(request.META))  # fmt: skip
        except AlertRefused as refused:
            if refused.status == 401:
                _count_wrong_secret(request, webhook_path)
            raise
        return _accepted(received, until=_waits_until(request))


def _count_wrong_secret(request: HttpRequest, webhook_path: str) -> None:
    """Wrong secrets are counted apart, per path and address (D2): beyond ten a minute they are not even answered as wrong."""
    seconds = wait_for_quota(request, "wrong-secret", WRONG_SECRETS, key=f"{webhook_path}|{client_ip(request)}")
    if seconds:
        raise AlertRefused(429, "Too many requests", "too_many_wrong_secrets")


def _waits_until(request: HttpRequest) -> float:
    """The end of `?wait=` (D3), always in time for the answer itself."""
    try:
        seconds = float(request.GET.get("wait", "0"))
    except ValueError:
        return 0.0
    if not seconds > 0:  # NaN compares false: no wait
        return 0.0
    return min(time.monotonic() + min(seconds, LONGEST_WAIT_S), deadline_of(request.META) - TO_ANSWER_S)


def _accepted(received: Received, *, until: float) -> JsonResponse:
    """WHK-14 and WHK-15: nested and flat, as they stand now; with `?wait=` as they stand when settled or the time is up."""
    signal = received.signal
    stats = broadcast_stats(signal)
    while signal.completed_at is None and time.monotonic() < until:
        time.sleep(POLL_S)
        signal = Signal.objects.get(pk=signal.pk)
        stats = broadcast_stats(signal)
    body: dict[str, Any] = {
        "success": True,
        "bot_name": received.bot.name,
        "signal_id": str(signal.id),
        "duplicate": received.duplicate,
        "broadcast_stats": stats,
        **{name: stats[name] for name in ("total_subscribers", "successful_executions", "failed_executions")},
    }
    return JsonResponse(body, status=200 if received.duplicate else 202)


def _refusal(refused: AlertRefused) -> JsonResponse:
    extra: dict[str, Any] = {"errors": refused.errors} if refused.errors else {}
    if refused.signal is not None:
        extra["signal_id"] = str(refused.signal.id)
    return _problem(refused.status, refused.detail, refused.code, **extra)


def _problem(status: int, detail: str, code: str, **extra: Any) -> JsonResponse:
    """RFC 9457; WHK-02's sentence is in `detail`."""
    body = {"type": "about:blank", "title": detail, "status": status, "detail": detail, "code": code, **extra}
    return JsonResponse(body, status=status, content_type="application/problem+json")
