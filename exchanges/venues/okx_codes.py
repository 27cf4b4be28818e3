"""OKX's error codes: what each proves and asks for.

Source: okx.com/docs-v5, "Error code" (REST API). Errors of a request as a whole stand in `code`; those of an order in the rows of
an answer with HTTP 200 and code "1" ("operation failed") or "2" ("partially succeeded"), as `sCode`. A code may carry a sub-code
after an underscore (51008_1001). Some time-outs come with HTTP 400 or 200: no status proves anything here but 401, said before a
request is looked at; what no row lists is an unknown outcome.
"""

from collections.abc import Mapping
from typing import Any

from exchanges.error_codes import ErrorCodes, judge
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused

# OKX took the request and does not know, or does not say, what became of it.
UNKNOWN = frozenset(
    {
        "50001",  # service temporarily unavailable (503)
        "50004",  # endpoint request time-out: "does not mean that the request was successful or failed" (400)
        "50005",  # endpoint is inactive or unavailable (410)
        "50013",  # systems are busy (429)
        "50026",  # system error (500)
        "51054",  # request timed out (500)
        "51149",  # order timed out: "does not mean that the request was successful or failed" (500)
        "51410",  # the order is being cancelled already, or pending settlement
        "51412",  # cancellation timed out; or triggered, see below
    }
)

_OTHER = (
    "50000", "50002", "50006", "50014", "50015", "50016", "50024", "50025",  # bodies and parameters
    "50007", "50009", "50012", "50027", "50028", "50029", "50060",  # the account as a whole
    "50017", "50018", "50019", "50020", "50021", "50022", "50023",  # frozen during auto-deleveraging, liquidation, funding
    "50030", "50032", "50033", "50038", "50044", "50059", "50062", "50067", "50072", "50115",  # not to be had here, or not for this account
    "51000", "51002", "51003", "51009", "51010", "51012", "51014", "51015", "51024", "51026",
    "51005", "51101", "51102", "51103", "51104", "51105", "51106", "51107", "51108",
    "51129", "51174", "51187", "51201", "51202", "51203", "51207",  # too large, too many
    "51006", "51116", "51135", "51136", "51137", "51138", "51250",  # price limits
    "51022", "51028", "51029", "51030", "51124", "51507",  # suspended, under delivery, being settled
    "51032", "51037", "51038", "51043", "51059", "51088", "51100", "51109", "51113", "51115", "51117", "51133", "51139", "51140", "51142",
    "51148", "51171", "51206", "51209", "51210", "51211",
    "51251", "51252", "51261", "51275", "51276", "51299", "51341", "51342", "51403", "51407", "51415",
    "54000", "54001", "59000", "59001",
)  # fmt: skip

CODES = ErrorCodes(
    no_permission=frozenset({"50120"}),
    refused={
        **dict.fromkeys(_OTHER, RefusalKind.OTHER),
        "50008": RefusalKind.CREDENTIALS,  # user does not exist
        "50011": RefusalKind.RATE_LIMIT,
        "50035": RefusalKind.CREDENTIALS,  # the key must be bound to an address
        "50036": RefusalKind.CLOCK,  # expTime is earlier than the exchange's time
        "50037": RefusalKind.CLOCK,  # order expired: it was on its way for longer than it may be
        "50040": RefusalKind.RATE_LIMIT,
        "50051": RefusalKind.REGION,
        "50052": RefusalKind.REGION,
        "50061": RefusalKind.RATE_LIMIT,  # orders of this account
        "50071": RefusalKind.DUPLICATE,  # clOrdId already exists
        "50100": RefusalKind.CREDENTIALS,  # API frozen
        "50101": RefusalKind.CREDENTIALS,  # key of the demo at the live exchange, or the other way round
        "50102": RefusalKind.CLOCK,  # timestamp request expired
        "50103": RefusalKind.CREDENTIALS,
        "50104": RefusalKind.CREDENTIALS,
        "50105": RefusalKind.CREDENTIALS,  # passphrase incorrect
        "50106": RefusalKind.CREDENTIALS,
        "50107": RefusalKind.CREDENTIALS,
        "50110": RefusalKind.CREDENTIALS,  # our address is not on the key's list
        "50111": RefusalKind.CREDENTIALS,  # invalid key
        "50112": RefusalKind.CLOCK,  # invalid timestamp
        "50113": RefusalKind.CREDENTIALS,  # invalid signature: the secret is not the key's
        "50114": RefusalKind.CREDENTIALS,
        "50118": RefusalKind.CREDENTIALS,
        "50119": RefusalKind.CREDENTIALS,  # no such key; also a key of another region's exchange
        "50120": RefusalKind.CREDENTIALS,  # the key has no permission for this
        "50121": RefusalKind.CREDENTIALS,  # no access from this address
        "50122": RefusalKind.BELOW_MINIMUM,
        "51001": RefusalKind.UNKNOWN_SYMBOL,
        "51004": RefusalKind.LEVERAGE,  # more than the position tier allows at this leverage
        "51007": RefusalKind.BELOW_MINIMUM,
        "51008": RefusalKind.INSUFFICIENT_MARGIN,
        "51011": RefusalKind.DUPLICATE,
        "51016": RefusalKind.DUPLICATE,  # client order id already exists
        "51020": RefusalKind.BELOW_MINIMUM,
        "51021": RefusalKind.UNKNOWN_SYMBOL,  # not yet listed
        "51023": RefusalKind.REDUCE_ONLY,  # position does not exist
        "51027": RefusalKind.UNKNOWN_SYMBOL,  # contract expired
        "51046": RefusalKind.WOULD_TRIGGER,
        "51047": RefusalKind.WOULD_TRIGGER,
        "51048": RefusalKind.WOULD_TRIGGER,
        "51049": RefusalKind.WOULD_TRIGGER,
        "51050": RefusalKind.WOULD_TRIGGER,
        "51051": RefusalKind.WOULD_TRIGGER,
        "51052": RefusalKind.WOULD_TRIGGER,
        "51053": RefusalKind.WOULD_TRIGGER,
        "51058": RefusalKind.REDUCE_ONLY,  # no available position for this algo order
        "51065": RefusalKind.DUPLICATE,  # algoClOrdId already exists
        "51068": RefusalKind.DUPLICATE,  # … within algoClOrdId and attachAlgoClOrdId
        "51087": RefusalKind.UNKNOWN_SYMBOL,  # listing cancelled
        "51112": RefusalKind.REDUCE_ONLY,  # close order size exceeds what is available of the position
        "51119": RefusalKind.INSUFFICIENT_MARGIN,
        "51120": RefusalKind.BELOW_MINIMUM,
        "51121": RefusalKind.MARKET_RULES,  # not a multiple of the lot size
        "51122": RefusalKind.MARKET_RULES,
        "51127": RefusalKind.INSUFFICIENT_MARGIN,
        "51131": RefusalKind.INSUFFICIENT_MARGIN,
        "51150": RefusalKind.MARKET_RULES,  # precision of number or price
        "51155": RefusalKind.REGION,  # local compliance requirements
        "51169": RefusalKind.REDUCE_ONLY,  # no position in this direction to reduce or close
        "51170": RefusalKind.REDUCE_ONLY,  # a reduce-only order in the position's own direction
        "51186": RefusalKind.LEVERAGE,
        "51205": RefusalKind.REDUCE_ONLY,  # reduce-only is not available
        "51277": RefusalKind.WOULD_TRIGGER,  # last price: take profit and stop, buy and sell
        "51278": RefusalKind.WOULD_TRIGGER,
        "51279": RefusalKind.WOULD_TRIGGER,
        "51280": RefusalKind.WOULD_TRIGGER,
        "51300": RefusalKind.WOULD_TRIGGER,  # mark price
        "51302": RefusalKind.WOULD_TRIGGER,
        "51303": RefusalKind.WOULD_TRIGGER,
        "51304": RefusalKind.WOULD_TRIGGER,
        "51400": RefusalKind.NOT_FOUND,  # to be cancelled: filled, cancelled or never there
        "51401": RefusalKind.NOT_FOUND,
        "51402": RefusalKind.NOT_FOUND,
        "51405": RefusalKind.NOT_FOUND,
        "51416": RefusalKind.NOT_FOUND,  # triggered already
        "51603": RefusalKind.NOT_FOUND,  # order does not exist
        "52000": RefusalKind.NOTHING_TO_CHANGE,
        "59100": RefusalKind.LEVERAGE,  # open positions
        "59101": RefusalKind.LEVERAGE,  # open orders on isolated positions
        "59102": RefusalKind.LEVERAGE,  # exceeds the maximum
        "59103": RefusalKind.LEVERAGE,  # too low for the margin there is
        "59104": RefusalKind.LEVERAGE,
        "59105": RefusalKind.LEVERAGE,
        "59106": RefusalKind.LEVERAGE,
        "59107": RefusalKind.LEVERAGE,
        "59108": RefusalKind.LEVERAGE,
        "59109": RefusalKind.LEVERAGE,
        "59112": RefusalKind.LEVERAGE,
        "59200": RefusalKind.INSUFFICIENT_MARGIN,
        "59201": RefusalKind.INSUFFICIENT_MARGIN,
    },
    unknown=UNKNOWN,
    by_message={
        ("51000", "posside"): RefusalKind.POSITION_MODE,  # "Parameter posSide error": net and hedge mixed up
        ("51000", "lever"): RefusalKind.LEVERAGE,
        ("51024", "country or region"): RefusalKind.REGION,
    },
)

_WINDOW_S = 2.0  # every limit counts so long


def judge_answer(status: int, headers: Mapping[str, str], body: Any, hint: RefusalKind | None) -> ExchangeError | None:
    """The error in an HTTP answer of OKX, None for a good one."""
    code, message = _code_and_message(body)
    if not code and status in (403, 429):  # the web firewall's answer, in HTML: stopped before the exchange
        return Refused("The exchange's firewall refused the request", code=str(status), kind=RefusalKind.RATE_LIMIT,
                       retry_after_s=_retry_after(headers), is_ban=True)  # fmt: skip
    if status == 200 and code == "0":
        return None
    if not code:
        return OutcomeUnknown(f"HTTP {status} without a code", code=f"http_{status}")
    if status >= 500 or code == "0":  # even a listed code proves nothing then
        return OutcomeUnknown(message or f"HTTP {status}", code=code)
    if code == "51412" and "trigger" in message.lower():  # one code for "timed out" and for "has been triggered"
        return Refused(message, code=code, kind=RefusalKind.NOT_FOUND)
    limited = CODES.refused.get(code) is RefusalKind.RATE_LIMIT
    return judge(CODES, code=code, message=message, proven=status == 401, hint=hint,
                 retry_after_s=_WINDOW_S if limited else 0)  # fmt: skip


def _code_and_message(body: Any) -> tuple[str, str]:
    """Of the request, or of the first item that failed. ("", "") for what is no answer of OKX."""
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        return "", ""
    code, message, data = body["code"], str(body.get("msg", "")), body.get("data")
    for item in data if isinstance(data, list) else ():
        told = item.get("sCode") if isinstance(item, dict) else None
        if told not in (None, "", "0", 0):
            return str(told).partition("_")[0], str(item.get("sMsg", ""))[:300]
    return code.partition("_")[0], message[:300]


def _retry_after(headers: Mapping[str, str]) -> float:
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdigit():
            return int(value)
    return 10.0
