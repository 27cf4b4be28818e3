"""The exchange address contract: path and query kept, original host in X-Exchange-Host."""

import pytest

from exchanges import addresses

URL = "https://fapi.binance.com/fapi/v1/order?symbol=BTCUSDT&signature=ab"


@pytest.fixture(autouse=True)
def own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_addresses", {})


def test_without_an_address_the_venue_itself_is_asked() -> None:
    headers: dict[str, str] = {}

    assert addresses.redirect("binance", URL, headers) == URL
    assert headers == {}


def test_an_address_keeps_path_and_query_and_tells_the_host() -> None:
    addresses.configure({"binance": "http://127.0.0.1:9000/"})
    headers: dict[str, str] = {}

    target = addresses.redirect("binance", URL, headers)

    assert target == "http://127.0.0.1:9000/fapi/v1/order?symbol=BTCUSDT&signature=ab"
    assert headers == {"X-Exchange-Host": "fapi.binance.com"}


def test_one_venues_address_is_not_anothers() -> None:
    addresses.configure({"paper": "http://127.0.0.1:9000"})

    assert addresses.redirect("binance", URL, {}) == URL
    assert addresses.address_of("paper") == "http://127.0.0.1:9000"


def test_configuring_again_replaces_everything() -> None:
    addresses.configure({"paper": "http://127.0.0.1:9000"})
    addresses.configure({"binance": "http://127.0.0.1:9001"})

    assert addresses.address_of("paper") is None


@pytest.mark.parametrize("url", ["", "127.0.0.1:9000", "ftp://x", "http://", "http://x?y=1", "file:///etc/passwd"])
def test_what_is_no_plain_address_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="not a plain"):
        addresses.configure({"binance": url})
