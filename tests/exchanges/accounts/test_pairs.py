"""EXC-17, D15: what is traded where, with steps and limits, from the lists that workers share. A real worker loads what is missing."""

import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from exchanges.symbols import forms_of, normalize_ticker
from exchanges.types import MarketType
from simulator.testing import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/exchanges"


@pytest.fixture
def reader(worker: None) -> APIClient:
    made = APIClient()
    made.force_authenticate(User.objects.create_user("ana@example.com", "a-long-password"))
    return made


def when_loaded(reader: APIClient, path: str, **parameters: str) -> Any:
    """The answer once a worker has loaded the list: until then it is 503, at once."""
    deadline = time.monotonic() + 15
    answer = reader.get(path, parameters)
    while answer.status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
        answer = reader.get(path, parameters)
    return answer


def test_pairs_are_loaded_by_a_worker_and_told_with_their_limits(reader: APIClient, sim: RunningSimulator) -> None:
    answer = when_loaded(reader, f"{PATH}/binance/pairs", type="futures", search="btc/usdt")

    assert answer.status_code == 200, answer.content
    (row,) = answer.json()["results"]
    assert (row["symbol"], row["exchange_symbol"], row["market_type"]) == ("BTCUSDT", "BTCUSDT", "futures")
    assert (row["price_step"], row["quantity_step"], row["min_notional"]) == ("0.1", "0.001", "100")


def test_symbols_are_one_list_over_all_exchanges_in_use(reader: APIClient) -> None:
    before = reader.get(f"{PATH}/symbols").json()["results"]
    when_loaded(reader, f"{PATH}/binance/pairs")

    rows = reader.get(f"{PATH}/symbols", {"search": "BTCUSDT"}).json()["results"]

    assert before == []
    assert [(row["symbol"], row["market_type"], row["exchanges"]) for row in rows] == [
        ("BTCUSDT", "futures", ["binance"]),
        ("BTCUSDT", "spot", ["binance"]),
    ]
    assert "BTC/USDT:USDT" in rows[0]["forms"]


def test_the_paths_of_the_spec_answer_too(reader: APIClient) -> None:
    assert when_loaded(reader, "/api/exchanges/binance/pairs/").status_code == 200
    assert reader.get("/api/exchanges/symbols").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("atlantis/pairs", 404, "Exchange atlantis not supported"),
        ("binance/pairs?type=options", 400, "One of"),
        ("symbols?kind=spot", 400, "kind"),
    ],
)
def test_wrong_questions_are_told_so(reader: APIClient, path: str, status: int, text: str) -> None:
    answer = reader.get(f"{PATH}/{path}", headers={"accept-language": "en"})

    assert answer.status_code == status
    assert text in answer.content.decode()


def test_without_a_worker_the_caller_is_asked_to_come_again(
    sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = APIClient()
    nobody.force_authenticate(User.objects.create_user("ana@example.com", "a-long-password"))

    answer = nobody.get(f"{PATH}/binance/pairs")

    assert (answer.status_code, answer.json()["code"]) == (503, "markets_loading")


@pytest.mark.parametrize("market_type", list(MarketType))
def test_every_form_is_read_as_the_symbol_it_is_a_form_of(market_type: MarketType) -> None:
    for form in forms_of("BTC", "USDT", market_type):
        for ticker in (form, f"BINANCE:{form}", form.lower()):
            key, told = normalize_ticker(ticker)
            assert key == "BTCUSDT"
            assert told in (None, market_type)
