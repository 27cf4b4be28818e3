"""Alerts as TradingView sends them, and everything that is refused (WHK-01, 02, 06, 07, D6, D28)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from signals.payload import HIDDEN, PayloadError, parse_alert, read_body
from signals.states import Action


def parse(text: str):
    return parse_alert(read_body(text.encode()))


def test_reads_tradingviews_template_with_a_bare_number():
    alert = parse(
        '{"ticker":"BTCUSDT.P","action":"buy","secret":"s","price":95234.50,"timestamp":"2026-11-21T12:00:00Z"}'
    )

    assert (alert.ticker, alert.action, alert.price) == ("BTCUSDT.P", Action.BUY, Decimal("95234.50"))
    assert alert.alert_time == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert alert.duplicate_for_ever


def test_reads_a_quoted_number_and_any_case_of_the_action():
    alert = parse('{"ticker":"BINANCE:BTCUSDT.P","action":"Close_All","secret":"s","price":"95234.5"}')

    assert (alert.action, alert.price) == (Action.CLOSE_ALL, Decimal("95234.5"))
    assert not alert.duplicate_for_ever


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ('"2026-11-21T12:00:00Z"', datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ('"2026-11-21T09:00:00-03:00"', datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("1795262400", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ('"1795262400"', datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("1795262400250", datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_reads_a_timestamp_in_every_form(stamp: str, moment: datetime):
    alert = parse(f'{{"ticker":"BTCUSDT","action":"buy","secret":"s","timestamp":{stamp}}}')

    assert alert.alert_time == moment


def test_the_duplicate_key_ignores_the_secret_and_the_order_of_keys():
    one = parse('{"ticker":"BTCUSDT","action":"buy","secret":"old","price":1.50}')
    two = parse('{"price":1.5,"action":"buy","ticker":"BTCUSDT","secret":"new"}')
    other = parse('{"price":1.6,"action":"buy","ticker":"BTCUSDT","secret":"new"}')

    assert one.duplicate_key == two.duplicate_key != other.duplicate_key


def test_an_explicit_id_alone_is_the_duplicate_key():
    one = parse('{"ticker":"BTCUSDT","action":"buy","secret":"s","id":"a-1"}')
    two = parse('{"ticker":"BTCUSDT","action":"buy","secret":"s","id":"a-1","price":7}')

    assert one.duplicate_key == two.duplicate_key
    assert one.duplicate_for_ever


def test_keeps_unknown_fields_and_hides_every_secret():
    alert = parse('{"ticker":"BTCUSDT","action":"buy","secret":"s","note":"x","deep":{"api_key":"k","n":1.5}}')

    assert alert.body == {
        "ticker": "BTCUSDT",
        "action": "buy",
        "note": "x",
        "deep": {"api_key": HIDDEN, "n": "1.5"},
    }


@pytest.mark.parametrize("field", ["ticker", "action", "secret"])
def test_names_a_missing_required_field(field: str):
    body = {"ticker": '"BTCUSDT"', "action": '"buy"', "secret": '"s"'}
    del body[field]
    text = "{" + ",".join(f'"{name}":{value}' for name, value in body.items()) + "}"

    with pytest.raises(PayloadError) as refused:
        parse(text)

    assert refused.value.detail == "Missing required fields"
    assert [error["field"] for error in refused.value.errors] == [field]


def test_names_every_malformed_field_at_once():
    with pytest.raises(PayloadError) as refused:
        parse('{"ticker":"BTC USDT","action":"hold","secret":"s","price":-1,"timestamp":"soon"}')

    assert [error["field"] for error in refused.value.errors] == ["ticker", "action", "price", "timestamp"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{",
        "[" * 200_000,
        '{"a":' * 30 + "1" + "}" * 30,
        '{"ticker":"A","ticker":"B","action":"buy","secret":"s"}',
        '{"ticker":"BTCUSDT","action":"buy","secret":"s","price":NaN}',
        '{"ticker":"BTCUSDT","action":"buy","secret":"s","price":-Infinity}',
        '{"ticker":"BTCUSDT","action":"buy","secret":"s","price":1e400}',
        '{"ticker":"BTCUSDT","action":"buy","secret":"s","price":' + "9" * 5000 + "}",
        '{"ticker":"BTC\\u0000","action":"buy","secret":"s"}',
        '{"ticker":"BTC\\ud800","action":"buy","secret":"s"}',
        '{"ticker":"BTCUSDT","action":"buy","secret":"s","x":["\\ud800"]}',
        "{" + ",".join(f'"k{i}":1' for i in range(60)) + "}",
    ],
)
def test_refuses_what_is_no_alert_with_a_sentence(text: str):
    with pytest.raises(PayloadError) as refused:
        parse(text)

    assert refused.value.errors


def test_refuses_bytes_that_are_not_utf8():
    with pytest.raises(PayloadError):
        read_body(b'{"ticker":"\xff"}')


@pytest.mark.parametrize(
    ("field", "value"), [("ticker", '"/"'), ("ticker", '".P"'), ("ticker", '":::"'), ("price", "1e-30")]
)
def test_refuses_a_ticker_without_a_symbol_and_a_price_that_would_be_stored_as_zero(field: str, value: str):
    body = {"ticker": '"BTCUSDT"', "action": '"buy"', "secret": '"s"', field: value}

    with pytest.raises(PayloadError) as refused:
        parse("{" + ",".join(f'"{name}":{text}' for name, text in body.items()) + "}")

    assert [error["field"] for error in refused.value.errors] == [field]


def test_one_byte_order_mark_before_the_json_is_dropped():
    text = b'{"ticker":"BTCUSDT","action":"buy","secret":"s"}'

    assert read_body(b"\xef\xbb\xbf" + text) == read_body(text)
    with pytest.raises(PayloadError, match="not valid JSON"):
        read_body(b"\xef\xbb\xbf\xef\xbb\xbf" + text)


@pytest.mark.parametrize("price", ["1_000", "\u0661\u0662", "0x10", "1,5", "Infinity", "1e", "."])
def test_a_price_in_quotes_is_a_plain_number_or_refused(price: str):
    with pytest.raises(PayloadError) as refused:
        parse(f'{{"ticker":"BTCUSDT","action":"buy","secret":"s","price":"{price}"}}')

    assert [error["field"] for error in refused.value.errors] == ["price"]
