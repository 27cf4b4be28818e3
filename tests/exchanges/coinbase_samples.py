"""Answers of Coinbase's Advanced Trade API, shaped as its documentation shows them (docs.cdp.coinbase.com)."""

from typing import Any

from exchanges.types import MarketType

ENTRY, EXIT, STOP = "b6ep2hxkqxqkcqsl7e", "b6ep2hxkqxqkcqsl7x", "b6ep2hxkqxqkcqsl7s"
TIME = {"iso": "2026-11-21T19:00:00Z", "epochSeconds": "1795287600", "epochMillis": "1795287600123"}


def product(base: str, quote: str, price: str, **more: Any) -> dict[str, Any]:
    return {
        "product_id": f"{base}-{quote}", "price": price, "price_percentage_change_24h": "9.43", "volume_24h": "1908432",
        "volume_percentage_change_24h": "9.43", "base_increment": "0.00000001", "quote_increment": "0.01",
        "quote_min_size": "1", "quote_max_size": "150000000", "base_min_size": "0.00000001", "base_max_size": "3400",
        "base_name": base, "quote_name": quote, "watched": False, "is_disabled": False, "new": False, "status": "online",
        "cancel_only": False, "limit_only": False, "post_only": False, "trading_disabled": False, "auction_mode": False,
        "product_type": "SPOT", "quote_currency_id": quote, "base_currency_id": base, "fcm_trading_session_details": None,
        "mid_market_price": "", "alias": "", "alias_to": [], "base_display_symbol": base, "quote_display_symbol": quote,
        "view_only": False, "price_increment": "0.01", "display_name": f"{base}-{quote}", "product_venue": "CBE",
    } | more  # fmt: skip


PRODUCTS = {
    "products": [
        product("BTC", "USD", "67060.12"),
        product(
            "ETH", "BTC", "0.0312", quote_increment="0.00001", price_increment="0.00001", quote_min_size="0.000016"
        ),
        product("GONE", "USD", "", trading_disabled=True),
    ],
    "num_products": 3,
}
NO_FUTURES: dict[str, Any] = {"products": [], "num_products": 0}
BOOK = {
    "pricebook": {
        "product_id": "BTC-USD",
        "bids": [{"price": "67059.99", "size": "0.32700476"}],
        "asks": [{"price": "67060.13", "size": "0.38"}],
        "time": "2026-11-21T19:00:00.748151Z",
    }
}


def placed(client_order_id: str, side: str = "BUY", order_id: str = "11111-00000-000000") -> dict[str, Any]:
    return {
        "success": True,
        "success_response": {
            "order_id": order_id, "product_id": "BTC-USD", "side": side, "client_order_id": client_order_id,
        },
        "order_configuration": {"market_market_ioc": {"quote_size": "200.12"}},
    }  # fmt: skip


def failed(error: str, preview: str = "UNKNOWN_PREVIEW_FAILURE_REASON", **more: Any) -> dict[str, Any]:
    return {
        "success": False,
        "error_response": {
            "error": error, "message": "said by the exchange", "error_details": "", "preview_failure_reason": preview,
        } | more,
        "order_configuration": {"market_market_ioc": {"quote_size": "200.12"}},
    }  # fmt: skip


def error(code: str, message: str = "said by the exchange") -> dict[str, Any]:
    return {"error": code, "error_details": message, "message": message}


def order(**changes: Any) -> dict[str, Any]:
    return {
        "order_id": "0000-000000-000001", "product_id": "BTC-USD", "user_id": "2222-000000-000000",
        "order_configuration": {"market_market_ioc": {"quote_size": "200.12", "rfq_disabled": False}}, "side": "BUY",
        "client_order_id": ENTRY, "status": "FILLED", "time_in_force": "IMMEDIATE_OR_CANCEL",
        "created_time": "2026-11-21T18:59:59.123456Z", "completion_percentage": "100", "filled_size": "0.00296642",
        "average_filled_price": "67060.12", "fee": "", "number_of_fills": "2", "filled_value": "198.93",
        "pending_cancel": False, "size_in_quote": True, "total_fees": "1.193580", "size_inclusive_of_fees": True,
        "total_value_after_fees": "200.12", "trigger_status": "INVALID_ORDER_TYPE", "order_type": "MARKET",
        "reject_reason": "REJECT_REASON_UNSPECIFIED", "settled": True, "product_type": "SPOT", "reject_message": "",
        "cancel_message": "", "order_placement_source": "RETAIL_ADVANCED", "outstanding_hold_amount": "0",
        "is_liquidation": False, "last_fill_time": "2026-11-21T18:59:59.223456Z", "edit_history": [], "leverage": "",
        "margin_type": "UNKNOWN_MARGIN_TYPE", "retail_portfolio_id": "b87a2d3f-8a1e-49b3-a4ea-402d8c389aca",
    } | changes  # fmt: skip


BOUGHT = order()
SOLD = order(
    order_id="0000-000000-000002", client_order_id=EXIT, side="SELL", size_in_quote=False,
    order_configuration={"market_market_ioc": {"base_size": "0.00296642"}},
)  # fmt: skip
STANDING = order(
    order_id="0000-000000-000003", client_order_id=STOP, side="SELL", status="OPEN", order_type="STOP_LIMIT",
    order_configuration={
        "stop_limit_stop_limit_gtc": {
            "base_size": "0.00296642", "limit_price": "58500", "stop_price": "65000",
            "stop_direction": "STOP_DIRECTION_STOP_DOWN",
        }
    },
    filled_size="0", average_filled_price="0", total_fees="0", number_of_fills="0", completion_percentage="0",
    trigger_status="STOP_PENDING", last_fill_time=None,
)  # fmt: skip
BY_HAND = order(
    order_id="0000-000000-000004", client_order_id="6d1b345e-2821-40e2-ad83-4ecb18a06876", status="OPEN", order_type="LIMIT",
    order_configuration={"limit_limit_gtc": {"base_size": "0.01", "limit_price": "45000.00", "post_only": False}},
    filled_size="0.004", average_filled_price="45000",
)  # fmt: skip
BRACKET = order(
    order_id="0000-000000-000005", client_order_id="9cc788d8-9c00-4b25-94d3-26d93603948d", side="SELL", status="OPEN",
    order_configuration={
        "trigger_bracket_gtc": {"base_size": "1", "limit_price": "80000", "stop_trigger_price": "60000"}
    },
    filled_size="0", average_filled_price="0",
)  # fmt: skip


def listed(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"orders": list(rows), "sequence": "0", "has_next": False, "cursor": ""} | more


CANCELLED = {
    "results": [
        {"success": True, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": "0000-000000-000003"},
    ]
}


def fill(at: str, **changes: Any) -> dict[str, Any]:
    return {
        "entry_id": "22222-2222222-22222222", "trade_id": "1111-11111-111111", "order_id": "0000-000000-000001",
        "trade_time": at, "trade_type": "FILL", "price": "67060.12", "size": "0.001", "commission": "1.25",
        "product_id": "BTC-USD", "sequence_timestamp": at, "liquidity_indicator": "TAKER", "size_in_quote": False,
        "user_id": "3333-333333-3333333", "side": "BUY", "retail_portfolio_id": "4444-444444-4444444",
    } | changes  # fmt: skip


def account(currency: str, free: str, hold: str) -> dict[str, Any]:
    return {
        "uuid": "8bfc20d7-f7c6-4422-bf07-8243ca4169fe", "name": f"{currency} Wallet", "currency": currency,
        "available_balance": {"value": free, "currency": currency}, "default": False, "active": True,
        "created_at": "2021-05-31T09:59:59Z", "updated_at": "2021-05-31T09:59:59Z", "deleted_at": None,
        "type": "ACCOUNT_TYPE_CRYPTO", "ready": True, "hold": {"value": hold, "currency": currency},
        "retail_portfolio_id": "b87a2d3f-8a1e-49b3-a4ea-402d8c389aca",
    }  # fmt: skip


def accounts(*rows: dict[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"accounts": list(rows), "has_next": bool(cursor), "cursor": cursor, "size": len(rows)}


KEY = {
    "can_view": True, "can_trade": True, "can_transfer": False, "portfolio_uuid": "b87a2d3f", "portfolio_type": "DEFAULT",
}  # fmt: skip

ORDER_ANSWERS: dict[MarketType, list[Any]] = {MarketType.SPOT: [BOUGHT, SOLD, STANDING, BY_HAND, BRACKET]}
