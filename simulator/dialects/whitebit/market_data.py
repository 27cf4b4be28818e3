"""What WhiteBIT tells everyone: markets, tickers, the book, the time."""

from typing import Any

from simulator.core.markets import Market, MarketStatus
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain


def markets(call: Call) -> Any:
    """GET /api/v4/public/markets: decimals instead of steps, fees in percent."""
    return [
        {
            "name": market.name,
            "stock": market.base,
            "money": market.quote,
            "stockPrec": str(market.quantity_decimals),
            "moneyPrec": str(market.price_decimals),
            "feePrec": "4",
            "makerFee": plain(market.maker_fraction * 100),
            "takerFee": plain(market.taker_fraction * 100),
            "minAmount": plain(market.min_quantity),
            "minTotal": plain(market.min_notional),
            "maxTotal": "10000000000",
            "tradesEnabled": market.status is MarketStatus.TRADING,
            "isCollateral": False,
            "type": "spot",
        }
        for market in call.markets("market")
    ]


def tickers(call: Call) -> Any:
    """GET /api/v4/public/ticker: all of them, by name."""
    return {market.name: _activity(call, market) for market in call.markets("market")}


def _activity(call: Call, market: Market) -> dict[str, Any]:
    return {
        "base_id": 0,
        "quote_id": 0,
        "last_price": plain(call.exchange.price(market.symbol)),
        "quote_volume": "0",
        "base_volume": "0",
        "isFrozen": market.status is not MarketStatus.TRADING,
        "change": "0",
    }


def ticker(call: Call) -> Any:
    """GET /api/v1/public/ticker: one market, in the envelope of that version."""
    market = call.market("market")
    last = plain(call.exchange.price(market.symbol))
    bid, ask = call.exchange.bid_and_ask(market)
    prices = dict.fromkeys(("open", "low", "high", "last"), last) | {"bid": plain(bid), "ask": plain(ask)}
    return {"success": True, "message": None, "result": prices | {"volume": "0", "deal": "0", "change": "0"}}


def orderbook(call: Call) -> Any:
    market = call.market("market")
    bid, ask = call.exchange.bid_and_ask(market)
    size = plain(market.max_market_quantity)
    return {
        "ticker_id": market.name,
        "timestamp": call.exchange.clock() // 1000,
        "asks": [[plain(ask), size]],
        "bids": [[plain(bid), size]],
    }


def time(call: Call) -> Any:
    """Whole seconds."""
    return {"time": call.exchange.clock() // 1000}
