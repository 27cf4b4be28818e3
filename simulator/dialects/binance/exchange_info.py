"""`exchangeInfo`: every symbol with its filters, as Binance publishes them."""

from typing import Any

from simulator.core.markets import Market
from simulator.dialects.binance.call import Call, plain
from simulator.dialects.binance.market_data import rate_limits

PERPETUAL_END = 4_133_404_800_000
ONBOARD = 1_569_398_400_000
FUTURES_WEIGHT_LIMIT, SPOT_WEIGHT_LIMIT = 2400, 6000
FUTURES_ORDER_TYPES = [
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
]
SPOT_ORDER_TYPES = [
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
]
MAX_PRICE = 1_000_000


def futures_info(call: Call) -> Any:
    return {
        "timezone": "UTC",
        "serverTime": call.exchange.clock(),
        "futuresType": "U_MARGINED",
        "rateLimits": rate_limits(
            call.limits.weight_limit or FUTURES_WEIGHT_LIMIT, ("MINUTE", 1, 1200), ("SECOND", 10, 300)
        ),
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [_futures_symbol(market) for market in call.markets()],
    }


def _futures_symbol(market: Market) -> dict[str, Any]:
    return {
        "symbol": market.symbol,
        "pair": market.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_END,
        "onboardDate": ONBOARD,
        "status": market.status,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "marginAsset": market.quote,
        "pricePrecision": market.price_decimals,
        "quantityPrecision": market.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "filters": [
            _price_filter(market),
            _lot_size("LOT_SIZE", market, plain(market.max_quantity)),
            _lot_size("MARKET_LOT_SIZE", market, plain(market.max_market_quantity)),
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": plain(market.min_notional)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": "1.0500",
                "multiplierDown": "0.9500",
                "multiplierDecimal": "4",
            },
        ],
        "orderTypes": FUTURES_ORDER_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
    }


def _price_filter(market: Market) -> dict[str, Any]:
    tick = plain(market.tick)
    return {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": str(MAX_PRICE), "tickSize": tick}


def _lot_size(name: str, market: Market, maximum: str) -> dict[str, Any]:
    return {
        "filterType": name,
        "minQty": plain(market.min_quantity),
        "maxQty": maximum,
        "stepSize": plain(market.step),
    }


def spot_info(call: Call) -> Any:
    return {
        "timezone": "UTC",
        "serverTime": call.exchange.clock(),
        "rateLimits": rate_limits(
            call.limits.weight_limit or SPOT_WEIGHT_LIMIT, ("SECOND", 10, 100), ("DAY", 1, 200_000)
        ),
        "exchangeFilters": [],
        "symbols": [_spot_symbol(market, has_oco=call.exchange.settings.oco) for market in call.markets()],
    }


def _spot_symbol(market: Market, *, has_oco: bool) -> dict[str, Any]:
    return {
        "symbol": market.symbol,
        "status": market.status,
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": SPOT_ORDER_TYPES,
        "icebergAllowed": False,
        "ocoAllowed": has_oco,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            _price_filter(market),
            _lot_size("LOT_SIZE", market, plain(market.max_quantity)),
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": "0.00000000",
                "maxQty": plain(market.max_market_quantity),
                "stepSize": "0.00000000",
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": plain(market.min_notional),
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 200},
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }
