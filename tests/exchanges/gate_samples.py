"""Answers as Gate documents or sends them, cut to what tests need. From gate.com/docs/developers/apiv4 (v4.106) and its own SDKs;
errors as captured in public threads. Sizes are strings, as `X-Gate-Size-Decimal: 1` asks for."""

from typing import Any

from exchanges.types import MarketType

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsqqe", "b6ep2hxkqxqkcqsqqs", "b6ep2hxkqxqkcqsqqt"


def error(label: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"label": label, "message": message} | more


def contract(name: str, size: str, tick: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "type": "direct", "quanto_multiplier": size, "mark_type": "index", "last_price": "95234.5", "mark_price": "95230.1",
        "index_price": "95229", "order_price_round": tick, "mark_price_round": "0.01", "leverage_min": "1", "leverage_max": "100",
        "maintenance_rate": "0.005", "maker_fee_rate": "0.0002", "taker_fee_rate": "0.0005", "ref_discount_rate": "0",
        "ref_rebate_rate": "0.2", "order_price_deviate": "0.5", "order_size_min": 1, "order_size_max": 1000000, "orders_limit": 50,
        "enable_decimal": False, "in_delisting": False, "status": "trading", "create_time": 1546905600, "funding_interval": 28800,
    } | more  # fmt: skip


CONTRACTS = [
    contract("BTC_USDT", "0.0001", "0.1"),
    contract("PEPE_USDT", "10000000", "0.000000001", leverage_max="50"),
    contract("SOL_USDT", "1", "0.01", enable_decimal=True, order_size_min="0.1"),
    contract("OLD_USDT", "1", "0.1", status="delisted"),
]

ORDER = {
    "id": 15675394, "id_string": "15675394", "user": 100000, "contract": "BTC_USDT", "create_time": 1763700000.123,
    "update_time": 1763700000.125, "finish_time": 1763700000.125, "finish_as": "filled", "status": "finished", "size": "310",
    "iceberg": "0", "price": "0", "is_close": False, "is_reduce_only": False, "is_liq": False, "tif": "ioc", "left": "0",
    "fill_price": "95234.5", "text": f"t-{ENTRY}", "tkfr": "0.0005", "mkfr": "0.0002", "refu": 0, "stp_id": 0, "stp_act": "-",
    "amend_text": "-", "biz_info": "-", "pid": 0, "market_order_slip_ratio": "0.05",
}  # fmt: skip

TRIGGER_PLACED = {"id": 1432329, "id_string": "1432329"}

TRIGGER = {
    "id": 1432329, "id_string": "1432329", "user": 100000, "create_time": 1763700000, "finish_time": 0, "trade_id": 0, "status": "open",
    "finish_as": "", "reason": "", "order_type": "", "me_order_id": 0, "pos_margin_mode": "isolated",
    "trigger": {"strategy_type": 0, "price_type": 1, "price": "93805.9", "rule": 2, "expiration": 0},
    "initial": {
        "contract": "BTC_USDT", "size": -310, "amount": "-310", "price": "0", "tif": "ioc", "text": f"t-{STOP}", "iceberg": 0,
        "is_close": False, "is_reduce_only": True, "auto_size": "",
    },
}  # fmt: skip

POSITION = {
    "user": 10000, "contract": "BTC_USDT", "size": "310", "leverage": "20", "risk_limit": "1000000", "leverage_max": "100",
    "maintenance_rate": "0.005", "value": "2954.6", "margin": "147.6", "entry_price": "95234.5", "liq_price": "90950.1",
    "mark_price": "95310.2", "unrealised_pnl": "2.3467", "realised_pnl": "-1.47", "history_pnl": "0", "last_close_pnl": "0",
    "adl_ranking": 5, "pending_orders": 0, "close_order": None, "mode": "single", "cross_leverage_limit": "0", "update_time": 1763700000,
    "open_time": 1763700000, "pos_margin_mode": "isolated", "lever": "20",
}  # fmt: skip

ACCOUNT = {
    "user": 1666, "currency": "USDT", "total": "1000", "unrealised_pnl": "2.3467", "position_margin": "0", "order_margin": "0",
    "available": "852.4", "point": "0", "bonus": "0", "in_dual_mode": False, "enable_credit": False, "position_initial_margin": "0",
    "maintenance_margin": "0", "margin_mode": 0, "position_mode": "single", "enable_evolved_classic": False,
    "history": {"dnw": "1000", "pnl": "0", "fee": "0", "refr": "0", "fund": "0"},
}  # fmt: skip

FILL = {
    "trade_id": "121234231", "create_time": 1763700000.125, "contract": "BTC_USDT", "order_id": "15675394", "size": "-310",
    "close_size": "-310", "price": "95234.5", "text": f"t-{ENTRY}", "fee": "1.47613475", "point_fee": "0", "role": "taker",
}  # fmt: skip

FUNDING = {
    "time": 1763712000.5, "change": "-0.2952", "balance": "998.1", "text": "BTC_USDT:5", "type": "fund", "contract": "BTC_USDT",
    "trade_id": "0", "id": "784567",
}  # fmt: skip

TICKER = {
    "contract": "BTC_USDT", "last": "95234.5", "change_percentage": "1.2", "total_size": "1000", "volume_24h": "1000000",
    "mark_price": "95230.1", "index_price": "95229", "funding_rate": "0.0001", "high_24h": "96000", "low_24h": "93000",
    "highest_bid": "95234.5", "highest_size": "11", "lowest_ask": "95234.6", "lowest_size": "5", "quanto_base_rate": "",
}  # fmt: skip

# What `test_any_answer` breaks in every way: an order, and a leg of protection, as they are answered.
ORDER_ANSWERS = {MarketType.FUTURES: [ORDER, TRIGGER]}
