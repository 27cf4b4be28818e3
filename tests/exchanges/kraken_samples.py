"""Answers of Kraken's REST API, shaped as its documentation shows them (docs.kraken.com, REST API)."""

from typing import Any

from exchanges.types import MarketType

ENTRY, EXIT, STOP = "b6ep2hxkqxqkcqsl7e", "b6ep2hxkqxqkcqsl7x", "b6ep2hxkqxqkcqsl7s"


def told(result: Any) -> dict[str, Any]:
    return {"error": [], "result": result}


def error(*texts: str) -> dict[str, Any]:
    return {"error": list(texts)}


def pair(altname: str, base: str, quote: str, **more: Any) -> dict[str, Any]:
    return {
        "altname": altname, "wsname": "?", "aclass_base": "currency", "base": base, "aclass_quote": "currency",
        "quote": quote, "lot": "unit", "cost_decimals": 5, "pair_decimals": 1, "lot_decimals": 8, "lot_multiplier": 1,
        "leverage_buy": [2, 3], "leverage_sell": [2, 3], "fees": [[0, 0.4], [10000, 0.35]],
        "fees_maker": [[0, 0.25], [10000, 0.2]], "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
        "ordermin": "0.00005", "costmin": "0.5", "tick_size": "0.1", "status": "online",
    } | more  # fmt: skip


PAIRS = told(
    {
        "XXBTZUSD": pair("XBTUSD", "XXBT", "ZUSD"),
        "XETHXXBT": pair("ETHXBT", "XETH", "XXBT", pair_decimals=5, ordermin="0.001", costmin="0.00002"),
        "XTZUSD": pair("XTZUSD", "XTZ", "ZUSD", pair_decimals=4, ordermin="5"),
        "GONEUSD": pair("GONEUSD", "GONE", "ZUSD", status="cancel_only"),
    }
)
TIME = told({"unixtime": 1688669448, "rfc1123": "Thu, 06 Jul 23 18:50:48 +0000"})


def ticker(ask: str, bid: str, last: str) -> dict[str, Any]:
    return {
        "a": [ask, "1", "1.000"], "b": [bid, "1", "1.000"], "c": [last, "0.00067643"], "v": ["4083.67001100", "4412.73601799"],
        "p": ["30706.77771", "30689.13205"], "t": [34619, 38907], "l": [bid, bid], "h": [ask, ask], "o": last,
    }  # fmt: skip


TICKER = told({"XXBTZUSD": ticker("30300.10000", "30300.00000", "30303.20000")})
TICKERS = told(
    TICKER["result"]
    | {"XETHXXBT": ticker("0.06160", "0.06150", "0.06155"), "XTZUSD": ticker("0.9", "0.8", "0.8512")}
    | {"DEADUSD": ticker("0", "0", "0.00000")}
)
BOOK = told(
    {
        "XXBTZUSD": {
            "asks": [["30384.10000", "2.059", 1688671659]],
            "bids": [["30297.00000", "1.115", 1688671636]],
        }
    }
)
PLACED = told({"descr": {"order": "buy 200.12000000 XBTUSD @ market"}, "txid": ["OUF4EM-FRGI2-MQMWZD"]})


def order(**changes: Any) -> dict[str, Any]:
    description = {
        "pair": "XBTUSD", "type": "buy", "ordertype": "market", "price": "0", "price2": "0", "leverage": "none",
        "order": "buy 200.12000000 XBTUSD @ market", "close": "",
    } | changes.pop("descr", {})  # fmt: skip
    return {
        "refid": None, "userref": None, "cl_ord_id": ENTRY, "status": "closed", "reason": None, "opentm": 1688666559.8974,
        "closetm": 1688666559.9012, "starttm": 0, "expiretm": 0, "descr": description, "vol": "200.12000000",
        "vol_exec": "0.00660463", "cost": "200.12000", "fee": "0.80048", "price": "30300.0", "stopprice": "0.00000",
        "limitprice": "0.00000", "misc": "", "oflags": "fciq,viqc", "trigger": "last",
    } | changes  # fmt: skip


BOUGHT = order()
SOLD = order(cl_ord_id=EXIT, descr={"type": "sell"}, vol="0.00660463", oflags="fciq")
STANDING = order(
    cl_ord_id=STOP, status="open", vol="0.00660463", vol_exec="0.00000000", cost="0.00000", fee="0.00000", price="0.00000",
    oflags="fciq", descr={"type": "sell", "ordertype": "stop-loss", "price": "29000.1"},
)  # fmt: skip
BY_HAND = order(
    cl_ord_id=None, status="open", vol="1.25000000", vol_exec="0.37500000", cost="11253.7", price="30010.0", oflags="fciq",
    descr={"ordertype": "limit", "price": "30010.0"},
)  # fmt: skip
ELSEWHERE = STANDING | {"cl_ord_id": None, "descr": STANDING["descr"] | {"pair": "ETHXBT"}}
TRAILING = STANDING | {
    "cl_ord_id": None,
    "descr": STANDING["descr"] | {"ordertype": "trailing-stop", "price": "+1.0000%"},
}
OPEN = told(
    {"open": {"OQCLML-BW3P3-BUCMWZ": BY_HAND, "OSTOP1-AAAAA-AAAAAA": STANDING, "OSTOP2-AAAAA-AAAAAA": ELSEWHERE}}
)
NONE_OPEN = told({"open": {}})
CLOSED = told({"closed": {"O37652-RJWRT-IMO74O": SOLD, "O6YDQ5-LOMWU-37YKEE": BOUGHT}})
NONE_CLOSED = told({"closed": {}})
CANCELLED = told({"count": 1})
BALANCES = told(
    {
        "ZUSD": {"balance": "25435.2100", "hold_trade": "8249.7600"},
        "XXBT": {"balance": "1.2435000000", "hold_trade": "0.8423000000"},
        "USDT": {"balance": "10.5", "hold_trade": "0"},
        "USDT.F": {"balance": "4.5", "hold_trade": "0"},
        "ETH.S": {"balance": "2", "hold_trade": "0"},
        "SOL": {"balance": "0.0000000000", "hold_trade": "0.0000000000"},
    }
)


def trade(at: float, **changes: Any) -> dict[str, Any]:
    return {
        "ordertxid": "O6YDQ5-LOMWU-37YKEE", "postxid": "TKH2SE-M7IF5-CFI7LT", "pair": "XXBTZUSD", "time": at, "type": "buy",
        "ordertype": "market", "price": "30010.00000", "cost": "600.20000", "fee": "2.40080", "vol": "0.02000000",
        "margin": "0.00000", "misc": "", "trade_id": 40274859, "maker": False,
    } | changes  # fmt: skip


TRADES = told(
    {
        "trades": {
            "THVRQM-33VKH-UCI7BS": trade(1688667796.8802),
            "TCWJEG-FL4SZ-3FKGH6": trade(1688667769.6396, type="sell", vol="0.01000000", fee="1.20040"),
            "TSOMEW-HERE0-ELSE00": trade(1688667770.1, pair="XETHXXBT"),
        }
    }
)
KEY = told(
    {
        "api_key_name": "Batuta", "api_key": "k", "nonce": "1", "nonce_window": "5000000",
        "permissions": ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades"],
        "iban": "AA00 N84G", "valid_until": "0", "query_from": "0", "query_to": "0", "created_time": "1522132642",
        "modified_time": "1618230358", "ip_allowlist": [""], "last_used": "1774350056",
    }
)  # fmt: skip

ORDER_ANSWERS: dict[MarketType, list[Any]] = {
    MarketType.SPOT: [row | {"txid": "OQCLML-BW3P3-BUCMWZ"} for row in (BOUGHT, SOLD, STANDING, BY_HAND, TRAILING)]
}
