"""Every dialect that exists can be made, started and asked nonsense without raising; unknown names are told. EXC-03."""

import json

import pytest

from simulator.core.exchange import Exchange
from simulator.core.markets import START_PRICES
from simulator.dialects import registry
from simulator.dialects.json_dialect import JsonDialect, Problem
from simulator.made_up import fill_up
from simulator.server import parse_options
from simulator.tape import Tape
from simulator.testing import run_simulator
from simulator.web import Request

NAMES = registry.known()


def made(name):
    venue = registry.find(name)
    exchange = Exchange(clock=lambda: 0, markets=venue.markets, start_prices=venue.start_prices)
    return exchange, venue.make(exchange, Tape())


def test_binance_is_known_and_others_are_told_by_name():
    assert "binance" in NAMES
    with pytest.raises(registry.UnknownDialect, match=r"unknown exchange 'nowhere'; known are: .*binance"):
        registry.find("nowhere")


def test_the_server_refuses_a_name_it_does_not_know(capsys):
    with pytest.raises(SystemExit):
        parse_options(["--token", "t", "--exchange", "nowhere"])

    assert "unknown exchange 'nowhere'; known are: " in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_every_market_of_a_dialect_has_a_price_and_a_name_of_its_own(name):
    exchange, _ = made(name)

    assert [symbol for _, symbol in exchange.markets if symbol not in exchange.state.prices] == []
    names = [(market.kind, market.name) for market in exchange.markets.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_filled_up_with_symbols_that_have_prices_and_names_of_their_own(name):
    venue = fill_up(registry.find(name), 40)

    kinds = {market.kind for market in venue.markets}
    assert {kind: sum(market.kind is kind for market in venue.markets) for kind in kinds} == dict.fromkeys(kinds, 40)
    assert len({(market.kind, market.name) for market in venue.markets}) == len(venue.markets)
    assert {market.symbol for market in venue.markets} <= {*START_PRICES, *venue.start_prices}
    assert fill_up(venue, 0).markets == venue.markets


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b'{"a": {"b": null}}', b"\xff"])
def test_a_dialect_answers_whatever_is_sent(name, body):
    _, dialect = made(name)
    for method, path in (("GET", "/nothing/of/the/kind"), ("POST", "/"), ("DELETE", "/api")):
        request = Request(method, path, "a=b&symbol=", {}, body, "127.0.0.1")

        answer = dialect.answer(request, dialect.target(request))

        assert answer.status in range(200, 600)
        json.loads(answer.body)


@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_has_words_for_every_problem(name):
    _, dialect = made(name)

    assert not isinstance(dialect, JsonDialect) or set(dialect.problems) == set(Problem)
    for answer in (dialect.banned("127.0.0.1", 2), dialect.maintenance()):
        assert answer.status in range(200, 600)


@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_starts_as_a_process(name):
    with run_simulator(exchange=name) as sim:
        keys = sim.control.create_account(passphrase="words")
        assert keys["passphrase"] == "words"
        assert "passphrase" not in sim.control.account(keys["api_key"])
        opened = sim.control.ledger(kind="AccountOpened")[0]["data"]["account"]
        assert {"secret", "passphrase"} & set(opened) == set()
