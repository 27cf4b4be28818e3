"""Answers as OKX documents or sends them, cut to what tests need. From okx.com/docs-v5; errors as captured in public threads."""

from typing import Any

from exchanges.types import MarketType

ENTRY, STOP, TARGET = "b6ep2hxkqxqkcqsqqe", "b6ep2hxkqxqkcqsqqs", "b6ep2hxkqxqkcqsqqt"


def told(*rows: dict[str, Any]) -> dict[str, Any]:
    """A good answer with these rows."""
    return {"code": "0", "data": list(rows), "msg": ""}


def failed(code: str, message: str, **ids: str) -> dict[str, Any]:
    """An order that was turned down: the reason stands with the item."""
    item = {"clOrdId": ENTRY, "ordId": "", "sCode": code, "sMsg": message, "tag": "", "ts": "1763700000123"} | ids
    return {
        "code": "1",
        "data": [item],
        "msg": "All operations failed",
        "inTime": "1763700000122",
        "outTime": "1763700000124",
    }


def error(code: str, message: str) -> dict[str, Any]:
    """A request that was turned down as a whole."""
    return {"code": code, "data": [], "msg": message}


SWAPS = told(
    {
        "instType": "SWAP", "instId": "BTC-USDT-SWAP", "uly": "BTC-USDT", "instFamily": "BTC-USDT", "category": "1", "baseCcy": "",
        "quoteCcy": "", "settleCcy": "USDT", "ctVal": "0.01", "ctMult": "1", "ctValCcy": "BTC", "optType": "", "stk": "",
        "listTime": "1573557408000", "expTime": "", "lever": "100", "tickSz": "0.1", "lotSz": "0.01", "minSz": "0.01",
        "ctType": "linear", "alias": "", "state": "live", "maxLmtSz": "100000000", "maxMktSz": "12000", "maxLmtAmt": "20000000",
        "maxMktAmt": "", "maxTwapSz": "100000000", "maxIcebergSz": "100000000", "maxTriggerSz": "100000000", "maxStopSz": "12000",
    },
    {
        "instType": "SWAP", "instId": "PEPE-USDT-SWAP", "uly": "PEPE-USDT", "instFamily": "PEPE-USDT", "settleCcy": "USDT",
        "ctVal": "10000000", "ctMult": "1", "ctValCcy": "PEPE", "lever": "50", "tickSz": "0.000000001", "lotSz": "0.1",
        "minSz": "0.1", "ctType": "linear", "state": "live", "maxLmtSz": "1000000", "maxMktSz": "5000", "baseCcy": "", "quoteCcy": "",
    },
    {
        "instType": "SWAP", "instId": "BTC-USD-SWAP", "uly": "BTC-USD", "settleCcy": "BTC", "ctVal": "100", "ctMult": "1",
        "ctValCcy": "USD", "lever": "100", "tickSz": "0.1", "lotSz": "0.1", "minSz": "0.1", "ctType": "inverse", "state": "live",
        "maxLmtSz": "1000000", "maxMktSz": "60000", "baseCcy": "", "quoteCcy": "",
    },
    {
        "instType": "SWAP", "instId": "OLD-USDT-SWAP", "uly": "OLD-USDT", "settleCcy": "USDT", "ctVal": "1", "ctMult": "1",
        "ctValCcy": "OLD", "lever": "20", "tickSz": "0.1", "lotSz": "1", "minSz": "1", "ctType": "linear", "state": "suspend",
        "maxLmtSz": "1000000", "maxMktSz": "5000", "baseCcy": "", "quoteCcy": "",
    },
)  # fmt: skip

PAIRS = told(
    {
        "instType": "SPOT", "instId": "BTC-USDT", "uly": "", "instFamily": "", "category": "1", "baseCcy": "BTC", "quoteCcy": "USDT",
        "settleCcy": "", "ctVal": "", "ctMult": "", "ctValCcy": "", "optType": "", "stk": "", "listTime": "1611907686000",
        "expTime": "", "lever": "10", "tickSz": "0.1", "lotSz": "0.00000001", "minSz": "0.00001", "ctType": "", "alias": "",
        "state": "live", "maxLmtSz": "9999999999", "maxMktSz": "1000000", "maxLmtAmt": "20000000", "maxMktAmt": "1000000",
    },
)  # fmt: skip

PLACED = {"ordId": "312269865356374016", "clOrdId": ENTRY, "tag": "", "ts": "1763700000123", "sCode": "0", "sMsg": ""}
ALGO_PLACED = {"algoId": "1836487817828872192", "algoClOrdId": STOP, "clOrdId": "", "sCode": "0", "sMsg": "", "tag": ""}

ORDER = {
    "accFillSz": "3.1", "algoClOrdId": "", "algoId": "", "attachAlgoClOrdId": "", "attachAlgoOrds": [], "avgPx": "95234.5",
    "cTime": "1763700000123", "cancelSource": "", "category": "normal", "ccy": "", "clOrdId": ENTRY, "fee": "-1.476135",
    "feeCcy": "USDT", "fillPx": "95234.5", "fillSz": "3.1", "fillTime": "1763700000125", "instId": "BTC-USDT-SWAP",
    "instType": "SWAP", "isTpLimit": "false", "lever": "20", "linkedAlgoOrd": {"algoId": ""}, "ordId": "312269865356374016",
    "ordType": "market", "pnl": "0", "posSide": "net", "px": "", "quickMgnType": "", "rebate": "0", "rebateCcy": "USDT",
    "reduceOnly": "false", "side": "buy", "slOrdPx": "", "slTriggerPx": "", "source": "", "state": "filled", "stpMode": "cancel_maker",
    "sz": "3.1", "tag": "", "tdMode": "isolated", "tgtCcy": "", "tpOrdPx": "", "tpTriggerPx": "", "tradeId": "744876980",
    "uTime": "1763700000126",
}  # fmt: skip

SPOT_ORDER = ORDER | {
    "accFillSz": "0.00104998", "fee": "-0.00000104998", "feeCcy": "BTC", "fillSz": "0.00104998", "instId": "BTC-USDT",
    "instType": "SPOT", "lever": "", "rebateCcy": "BTC", "sz": "100", "tdMode": "cash", "tgtCcy": "quote_ccy", "posSide": "net",
}  # fmt: skip

ALGO = {
    "activePx": "", "actualPx": "", "actualSide": "", "actualSz": "0", "algoClOrdId": STOP, "algoId": "1836487817828872192",
    "attachAlgoOrds": [], "cTime": "1763700000200", "callbackRatio": "", "callbackSpread": "", "ccy": "", "clOrdId": "",
    "closeFraction": "", "failCode": "0", "instId": "BTC-USDT-SWAP", "instType": "SWAP", "last": "95234.5", "lever": "20",
    "linkedOrd": {"ordId": ""}, "ordId": "", "ordIdList": [], "ordPx": "", "ordType": "conditional", "posSide": "net",
    "reduceOnly": "true", "side": "sell", "slOrdPx": "-1", "slTriggerPx": "93805.9", "slTriggerPxType": "mark", "state": "live",
    "sz": "3.1", "tag": "", "tdMode": "isolated", "tgtCcy": "", "tpOrdPx": "", "tpTriggerPx": "", "tpTriggerPxType": "",
    "triggerPx": "", "triggerPxType": "", "triggerTime": "", "uTime": "1763700000200",
}  # fmt: skip

POSITION = {
    "adl": "1", "availPos": "3.1", "avgPx": "95234.5", "ccy": "USDT", "instId": "BTC-USDT-SWAP", "instType": "SWAP", "imr": "",
    "last": "95300", "lever": "20", "liqPx": "90950.1", "margin": "147.6", "markPx": "95310.2", "mgnMode": "isolated",
    "mgnRatio": "11.7", "mmr": "11.8", "notionalUsd": "2954.6", "pos": "3.1", "posId": "307173036051017730", "posSide": "net",
    "upl": "2.3467", "uplRatio": "0.0159", "cTime": "1763700000123", "uTime": "1763700000126", "realizedPnl": "-1.47",
}  # fmt: skip

BALANCE = {
    "adjEq": "", "imr": "", "isoEq": "0", "mgnRatio": "", "totalEq": "1050.4", "uTime": "1763700000123",
    "details": [
        {
            "ccy": "USDT", "eq": "1002.3467", "cashBal": "1000", "upl": "2.3467", "availEq": "852.4", "availBal": "850",
            "frozenBal": "150", "ordFrozen": "0", "isoEq": "149.9", "eqUsd": "1002.4", "uTime": "1763700000123",
        },
        {
            "ccy": "BTC", "eq": "0.0005", "cashBal": "0.0005", "upl": "0", "availEq": "", "availBal": "0.0004",
            "frozenBal": "0.0001", "ordFrozen": "0.0001", "isoEq": "0", "eqUsd": "48", "uTime": "1763700000123",
        },
        {"ccy": "ETH", "eq": "0", "cashBal": "0", "upl": "0", "availEq": "0", "availBal": "0", "frozenBal": "0"},
    ],
}  # fmt: skip

FILL = {
    "instType": "SWAP", "instId": "BTC-USDT-SWAP", "tradeId": "744876980", "ordId": "312269865356374016", "clOrdId": ENTRY,
    "billId": "1111", "subType": "5", "tag": "", "fillPx": "95234.5", "fillSz": "3.1", "fillIdxPx": "95230", "fillPnl": "-44.2835",
    "fillMarkPx": "95233", "side": "sell", "posSide": "net", "execType": "T", "feeCcy": "USDT", "fee": "-1.47613475",
    "ts": "1763700000127", "fillTime": "1763700000125", "feeRate": "-0.0005",
}  # fmt: skip

BILL = {
    "bal": "998.1", "balChg": "0", "billId": "623950854533513219", "ccy": "USDT", "clOrdId": "", "execType": "", "fee": "0",
    "instId": "BTC-USDT-SWAP", "instType": "SWAP", "mgnMode": "isolated", "ordId": "", "pnl": "-0.2952", "posBal": "147.3",
    "posBalChg": "-0.2952", "px": "95300", "subType": "173", "sz": "3.1", "ts": "1763712000000", "type": "8",
}  # fmt: skip

CONFIG = {
    "acctLv": "2", "acctStpMode": "cancel_maker", "autoLoan": False, "ctIsoMode": "automatic", "greeksType": "PA", "ip": "",
    "kycLv": "3", "label": "v5 test", "level": "Lv1", "mainUid": "44705892343619584", "mgnIsoMode": "automatic", "opAuth": "1",
    "perm": "read_only,trade", "posMode": "net_mode", "roleType": "0", "type": "0", "uid": "44705892343619584",
}  # fmt: skip

TICKER = {
    "instType": "SWAP", "instId": "BTC-USDT-SWAP", "last": "95234.5", "lastSz": "0.1", "askPx": "95234.6", "askSz": "11",
    "bidPx": "95234.5", "bidSz": "5", "open24h": "94000", "high24h": "96000", "low24h": "93000", "ts": "1763700000000",
}  # fmt: skip

# What `test_any_answer` breaks in every way: an order, and a leg of protection, as they are answered.
ORDER_ANSWERS = {
    MarketType.FUTURES: [told(ORDER), told(ALGO), told()],
    MarketType.SPOT: [told(SPOT_ORDER), told(ALGO | {"instId": "BTC-USDT", "instType": "SPOT"})],
}
