"""What OKX tells everyone: time, instruments, prices, books, candles, funding."""

from decimal import Decimal
from typing import Any

from simulator.core.markets import Kind, Market, MarketStatus
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain
from simulator.dialects.okx.errors import malformed

MINUTE_MS = 60_000
BARS = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "4H": 240, "1D": 1440, "1Dutc": 1440}
LISTED = "1573557408000"


def server_time(call: Call) -> Any:
    return [{"ts": str(call.exchange.clock())}]


def instruments(call: Call) -> Any:
    call.text("instType")
    return [_swap(one) if one.kind is Kind.FUTURES else _pair(one) for one in _asked(call)]


def _asked(call: Call) -> list[Market]:
    if call.optional("instType") not in ("", "SWAP", "SPOT"):
        return []  # there are no others here
    return call.markets("instId")


def _listing(market: Market) -> dict[str, str]:
    lot, is_live = market.to_contracts(market.step), market.status is MarketStatus.TRADING
    return {
        "instId": market.name,
        "category": "1",
        "alias": "",
        "listTime": LISTED,
        "expTime": "",
        "optType": "",
        "stk": "",
        "tickSz": plain(market.tick),
        "lotSz": plain(lot.normalize()),
        "minSz": plain(market.to_contracts(market.min_quantity).normalize()),
        "maxLmtSz": plain(market.to_contracts(market.max_quantity).normalize()),
        "state": "live" if is_live else "suspend",
    }


def _swap(market: Market) -> dict[str, str]:
    family = f"{market.base}-{market.quote}"
    most = plain(market.to_contracts(market.max_market_quantity).normalize())
    return _listing(market) | {
        "instType": "SWAP",
        "uly": family,
        "instFamily": family,
        "baseCcy": "",
        "quoteCcy": "",
        "settleCcy": market.quote,
        "ctVal": plain(market.contract_size),
        "ctMult": "1",
        "ctValCcy": market.base,
        "ctType": "linear",
        "lever": str(market.max_leverage),
        "maxMktSz": most,
    }


def _pair(market: Market) -> dict[str, str]:
    empty = dict.fromkeys(("uly", "instFamily", "settleCcy", "ctVal", "ctMult", "ctValCcy", "ctType", "lever"), "")
    names = {"instType": "SPOT", "baseCcy": market.base, "quoteCcy": market.quote, "maxMktSz": "1000000"}
    return _listing(market) | empty | names


def tickers(call: Call) -> Any:
    call.text("instType")
    return [_ticker(call, market) for market in _asked(call)]


def ticker(call: Call) -> Any:
    return [_ticker(call, call.market("instId"))]


def _ticker(call: Call, market: Market) -> dict[str, str]:
    bid, ask = call.exchange.bid_and_ask(market)
    price, size = call.exchange.price(market.symbol), plain(market.to_contracts(market.max_market_quantity).normalize())
    names = {"instType": "SWAP" if market.kind is Kind.FUTURES else "SPOT", "instId": market.name}
    prices = {"last": price, "askPx": ask, "bidPx": bid, "open24h": price, "high24h": price, "low24h": price}
    rest = {"lastSz": "0", "askSz": size, "bidSz": size, "vol24h": "0", "volCcy24h": "0", "sodUtc0": "", "sodUtc8": ""}
    return names | {name: plain(value) for name, value in prices.items()} | rest | {"ts": str(call.exchange.clock())}


def books(call: Call) -> Any:
    market = call.market("instId")
    bid, ask = call.exchange.bid_and_ask(market)
    size = plain(market.to_contracts(market.max_market_quantity).normalize())
    sides = {"asks": [[plain(ask), size, "0", "1"]], "bids": [[plain(bid), size, "0", "1"]]}
    return [sides | {"ts": str(call.exchange.clock()), "seqId": call.exchange.state.sequence}]


def mark_price(call: Call) -> Any:
    now = str(call.exchange.clock())
    return [
        {"instType": "SWAP", "instId": one.name, "markPx": plain(call.exchange.mark(one.symbol)), "ts": now}
        for one in call.markets("instId")
    ]


def funding_rate(call: Call) -> Any:
    market = call.market("instId")
    row = {"instType": "SWAP", "instId": market.name, "fundingRate": plain(call.exchange.funding_rate(market.symbol))}
    times = {"fundingTime": str(call.exchange.next_funding), "ts": str(call.exchange.clock()), "nextFundingTime": ""}
    return [row | times | {"nextFundingRate": "", "method": "current_period", "settState": "settled"}]


def candles(call: Call) -> Any:
    """Newest first."""
    market, bar = call.market("instId"), call.optional("bar") or "1m"
    if bar not in BARS:
        raise malformed("bar")
    after, before, most = call.integer("after", 2**62), call.integer("before", 0), call.integer("limit", 100)
    known = call.tape.candles(market.symbol, BARS[bar] * MINUTE_MS)
    chosen = [one for one in reversed(known) if before < one.time < after][: min(most, 300)]
    return [[str(one.time), *_prices(one.open, one.high, one.low, one.close), "0", "0", "0", "1"] for one in chosen]


def _prices(*values: Decimal) -> list[str]:
    return [plain(value) for value in values]
