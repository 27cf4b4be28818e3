"""Public paths: the clock, what is listed, prices."""

from decimal import Decimal
from typing import Any

from simulator.core.amounts import decimals
from simulator.core.markets import Kind, Market, MarketStatus
from simulator.dialects.bitget.errors import malformed
from simulator.dialects.call import Call
from simulator.dialects.encoding import plain

PRODUCT = "USDT-FUTURES"
OTHER_PRODUCTS = ("COIN-FUTURES", "USDC-FUTURES", "SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES", "MARGIN")


def is_ours(call: Call, name: str = "productType") -> bool:
    """Whether USDT futures are meant; the other products exist and are empty here."""
    product = call.text(name).upper()
    if product != PRODUCT and product not in OTHER_PRODUCTS:
        raise malformed(name)
    return product == PRODUCT


def server_time(call: Call) -> Any:
    return {"serverTime": str(call.exchange.clock())}


def _places(value: Decimal) -> dict[str, str]:
    """A tick as Bitget tells it: decimal places, and how many of the last one."""
    places = decimals(value)
    return {"pricePlace": str(places), "priceEndStep": plain(value.scaleb(places).to_integral_value())}


def contracts(call: Call) -> Any:
    return [_contract(market) for market in call.markets()] if is_ours(call) else []


def _contract(market: Market) -> dict[str, Any]:
    return {
        "symbol": market.name,
        "baseCoin": market.base,
        "quoteCoin": market.quote,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "feeRateUpRatio": "0.005",
        "makerFeeRate": plain(market.maker_fraction),
        "takerFeeRate": plain(market.taker_fraction),
        "openCostUpRatio": "0.01",
        "supportMarginCoins": [market.quote],
        "minTradeNum": plain(market.min_quantity),
        "volumePlace": str(market.quantity_decimals),
        **_places(market.tick),
        "sizeMultiplier": plain(market.step),
        "symbolType": "perpetual",
        "minTradeUSDT": plain(market.min_notional),
        "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "400",
        "maxPositionNum": "150",
        "symbolStatus": "normal" if market.status is MarketStatus.TRADING else "maintain",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "deliveryPeriod": "",
        "launchTime": "",
        "fundInterval": "8",
        "minLever": "1",
        "maxLever": str(market.max_leverage),
        "posLimit": "0.05",
        "maintainTime": "",
        "maxMarketOrderQty": plain(market.max_market_quantity),
        "maxOrderQty": plain(market.max_quantity),
    }


def spot_symbols(call: Call) -> Any:
    return [
        {
            "symbol": market.name,
            "baseCoin": market.base,
            "quoteCoin": market.quote,
            "minTradeAmount": "0",
            "maxTradeAmount": "900000000000000000000",
            "takerFeeRate": plain(market.taker_fraction),
            "makerFeeRate": plain(market.maker_fraction),
            "pricePrecision": str(market.price_decimals),
            "quantityPrecision": str(market.quantity_decimals),
            "quotePrecision": "4",
            "status": "online" if market.status is MarketStatus.TRADING else "halt",
            "minTradeUSDT": plain(market.min_notional),
            "buyLimitPriceRatio": "0.05",
            "sellLimitPriceRatio": "0.05",
            "areaSymbol": "no",
            "orderQuantity": "200",
            "openTime": "1532454360000",
            "offTime": "",
        }
        for market in call.markets()
    ]


def margin_currencies(call: Call) -> Any:
    """None can be borrowed here."""
    return [
        {"symbol": market.name, "baseCoin": market.base, "quoteCoin": market.quote, "isBorrowable": False}
        for market in call.markets()
    ]


def tickers(call: Call) -> Any:
    """One of `symbol`, or all; futures and spot alike."""
    if call.kind is Kind.FUTURES and not is_ours(call):
        return []
    return [_ticker(call, market) for market in call.markets()]


def _ticker(call: Call, market: Market) -> dict[str, str]:
    price, (bid, ask) = plain(call.exchange.price(market.symbol)), call.exchange.bid_and_ask(market)
    size = plain(market.max_market_quantity)
    row = {
        "symbol": market.name,
        "lastPr": price,
        "askPr": plain(ask),
        "bidPr": plain(bid),
        "bidSz": size,
        "askSz": size,
        "high24h": price,
        "low24h": price,
        "open": price,
        "change24h": "0",
        "baseVolume": "0",
        "quoteVolume": "0",
        "usdtVolume": "0",
        "openUtc": price,
        "changeUtc24h": "0",
        "ts": str(call.exchange.clock()),
    }
    if market.kind is Kind.SPOT:
        return row
    mark, rate = call.exchange.mark(market.symbol), call.exchange.funding_rate(market.symbol)
    return row | {"indexPrice": plain(mark), "markPrice": plain(mark), "fundingRate": plain(rate), "holdingAmount": "0"}


def instruments(call: Call) -> Any:
    """v3: futures, or spot."""
    if call.kind is Kind.FUTURES and not is_ours(call, "category"):
        return []
    return [_instrument(market) for market in call.markets()]


def _instrument(market: Market) -> dict[str, Any]:
    row: dict[str, Any] = {
        "symbol": market.name,
        "category": PRODUCT if market.kind is Kind.FUTURES else "SPOT",
        "baseCoin": market.base,
        "quoteCoin": market.quote,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "minOrderQty": plain(market.min_quantity),
        "maxOrderQty": plain(market.max_quantity),
        "pricePrecision": str(market.price_decimals),
        "quantityPrecision": str(market.quantity_decimals),
        "minOrderAmount": plain(market.min_notional),
        "status": "online" if market.status is MarketStatus.TRADING else "offline",
    }
    if market.kind is Kind.SPOT:
        return row | {"quotePrecision": "4", "areaSymbol": "no", "isReality": "no"}
    return row | {
        "feeRateUpRatio": "0.005",
        "makerFeeRate": plain(market.maker_fraction),
        "takerFeeRate": plain(market.taker_fraction),
        "priceMultiplier": plain(market.tick),
        "quantityMultiplier": plain(market.step),
        "type": "perpetual",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "launchTime": "",
        "fundInterval": "8",
        "minLeverage": "1",
        "maxLeverage": str(market.max_leverage),
        "maxMarketOrderQty": plain(market.max_market_quantity),
    }


def unified_tickers(call: Call) -> Any:
    if call.kind is Kind.FUTURES and not is_ours(call, "category"):
        return []
    return [_unified_ticker(call, market) for market in call.markets()]


def _unified_ticker(call: Call, market: Market) -> dict[str, str]:
    old = _ticker(call, market)
    row = {
        "category": PRODUCT if market.kind is Kind.FUTURES else "SPOT",
        "symbol": market.name,
        "lastPrice": old["lastPr"],
        "openPrice24h": old["open"],
        "highPrice24h": old["high24h"],
        "lowPrice24h": old["low24h"],
        "ask1Price": old["askPr"],
        "bid1Price": old["bidPr"],
        "bid1Size": old["bidSz"],
        "ask1Size": old["askSz"],
        "price24hPcnt": "0",
        "volume24h": "0",
        "turnover24h": "0",
        "ts": old["ts"],
    }
    if market.kind is Kind.SPOT:
        return row
    return row | {name: old[name] for name in ("indexPrice", "markPrice", "fundingRate")} | {"openInterest": "0"}
