"""Bodies as TradingView sends them, kept as files: each is accepted under either content type (WHK-01, 07)."""

from pathlib import Path

import pytest
from django.test import Client

from bots.models import Bot
from signals.models import Signal
from tests.signals.test_webhook import bot  # noqa: F401 -- the same fixture

PAYLOADS = sorted(path for path in (Path(__file__).parent / "payloads").iterdir() if path.suffix in (".json", ".txt"))
EXPECTED = {
    "indicator": ("BTCUSDT", "buy", "95234.50000000"),
    "quoted_numbers": ("BTCUSDT", "sell", "95234.50000000"),
    "strategy": ("ETHUSDT", "buy", "3012.40000000"),
    "close_all_epoch_ms": ("*", "close_all", "None"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain; charset=utf-8"])
@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_a_recorded_body_becomes_a_signal(bot: Bot, path: Path, content_type: str):  # noqa: F811
    answer = Client().post("/api/v1/bots/webhook/master/scalper", path.read_bytes(), content_type=content_type)

    signal = Signal.objects.get()
    assert answer.status_code == 202
    assert (signal.symbol_key, signal.action, str(signal.price)) == EXPECTED[path.stem]
    assert signal.alert_time is not None and "right-secret" not in str(signal.payload)
