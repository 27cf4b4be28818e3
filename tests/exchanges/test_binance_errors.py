"""What each answer of Binance proves: the kind of a refusal, or an unknown outcome.

Bodies as documented or as captured in public threads; over real HTTP, through the real client.
"""

from decimal import Decimal
from typing import Any

import pytest

from exchanges.client import ExchangeClient
from exchanges.errors import ExchangeError, OutcomeUnknown, RefusalKind, Refused
from exchanges.types import MarketType, Side
from exchanges.venues.binance_codes import FUTURES, SPOT, UNKNOWN
from tests.exchanges.loopback import Loopback

ENTRY = "b6ep2hxkqxqkcqsle"
K = RefusalKind

FUTURES_REFUSALS = [
    (401, -2014, "API-key format invalid.", K.CREDENTIALS),
    (401, -2015, "Invalid API-key, IP, or permissions for action, request ip: 1.2.3.4", K.CREDENTIALS),
    (400, -1022, "Signature for this request is not valid.", K.CREDENTIALS),
    (401, -2008, "Invalid Api-Key ID", K.CREDENTIALS),
    (400, -2019, "Margin is insufficient.", K.INSUFFICIENT_MARGIN),
    (400, -2018, "Balance is insufficient.", K.INSUFFICIENT_MARGIN),
    (400, -4051, "Isolated balance insufficient.", K.INSUFFICIENT_MARGIN),
    (400, -4164, "Order's notional must be no smaller than 100 (unless you choose reduce only).", K.BELOW_MINIMUM),
    (400, -4003, "Quantity less than or equal to zero.", K.BELOW_MINIMUM),
    (400, -4004, "Quantity less than min quantity.", K.BELOW_MINIMUM),
    (400, -1021, "Timestamp for this request is outside of the recvWindow.", K.CLOCK),
    (400, -5028, "Timestamp for this request is outside of the ME recvWindow.", K.CLOCK),
    (400, -2022, "ReduceOnly Order is rejected.", K.REDUCE_ONLY),
    (400, -4118, "ReduceOnly Order Failed. Please check your existing position and open orders", K.REDUCE_ONLY),
    (400, -4509, "Time in Force (TIF) GTE can only be used with open positions.", K.REDUCE_ONLY),
    (400, -4028, "Leverage 200 is not valid", K.LEVERAGE),
    (400, -2027, "Exceeded the maximum allowable position at current leverage.", K.LEVERAGE),
    (400, -4161, "Leverage reduction is not supported in Isolated Margin Mode with open positions", K.LEVERAGE),
    (400, -2021, "Order would immediately trigger.", K.WOULD_TRIGGER),
    (400, -4061, "Order's position side does not match user's setting.", K.POSITION_MODE),
    (400, -1106, "Parameter 'reduceonly' sent when not required.", K.POSITION_MODE),
    (400, -4046, "No need to change margin type.", K.NOTHING_TO_CHANGE),
    (400, -4059, "No need to change position side.", K.NOTHING_TO_CHANGE),
    (400, -4116, "ClientOrderId is duplicated.", K.DUPLICATE),
    (400, -2013, "Order does not exist.", K.NOT_FOUND),
    (400, -2011, "Unknown order sent.", K.NOT_FOUND),
    (400, -1121, "Invalid symbol.", K.UNKNOWN_SYMBOL),
    (400, -4403, "Futures trading not permitted in your country", K.REGION),
    # proven by the 4XX answer with a code, though not listed
    (400, -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.", K.OTHER),
    (400, -1111, "Precision is over the maximum defined for this asset.", K.MARKET_RULES),
    (400, -9876, "A code that nobody has seen yet.", K.OTHER),
]  # fmt: skip

SPOT_REFUSALS = [
    (400, -2010, "Account has insufficient balance for requested action.", K.INSUFFICIENT_MARGIN),
    (400, -2010, "Duplicate order sent.", K.DUPLICATE),
    (400, -2010, "Stop price would trigger immediately.", K.WOULD_TRIGGER),
    (400, -2010, "The relationship of the prices for the orders is not correct.", K.WOULD_TRIGGER),
    (400, -2010, "This symbol is not permitted for this account.", K.REGION),
    (400, -2010, "Market is closed.", K.OTHER),
    (400, -1013, "Filter failure: NOTIONAL", K.BELOW_MINIMUM),
    (400, -1013, "Filter failure: LOT_SIZE", K.BELOW_MINIMUM),
    (400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE", K.OTHER),
    (401, -2015, "Invalid API-key, IP, or permissions for action.", K.CREDENTIALS),
    (400, -2013, "Order does not exist.", K.NOT_FOUND),
    # spot's -2021 and -2022 speak of cancel-and-replace, futures' of triggers and reduce-only
    (400, -2021, "Order cancel-replace partially failed.", K.OTHER),
]

UNKNOWN_OUTCOMES = [
    (408, {"code": -1007, "msg": "Timeout waiting for response from backend server. Send status unknown; execution status unknown."}),
    (400, {"code": -1007, "msg": "Timeout waiting for response from backend server."}),
    (400, {"code": -1006, "msg": "An unexpected response was received from the message bus. Execution status unknown."}),
    (400, {"code": -1000, "msg": "An unknown error occurred while processing the request."}),
    (503, {"code": -1008, "msg": "Server is currently overloaded with other requests. Please try again in a few minutes."}),
    (503, {"code": -1, "msg": "Unknown error, please check your request or try again later."}),
    (500, {"code": -2019, "msg": "A listed code that comes with a server's error proves nothing"}),
    (502, "<html><body>502 Bad Gateway</body></html>"),
    (504, ""),
    (503, "Service Unavailable"),
    (404, "<html>not found</html>"),
    (400, "not json"),
    (301, ""),
    (200, ""),
    (200, "<html>maintenance</html>"),
    (200, "null"),
    (200, {}),
    (200, []),
    (200, {"symbol": "BTCUSDT", "status": "FILLED", "executedQty": "0.031", "clientOrderId": ENTRY}),
    (200, {"orderId": None, "status": "FILLED", "executedQty": "0.031", "clientOrderId": ENTRY}),
    (200, {"orderId": 7, "status": "SHINY", "executedQty": "0.031", "clientOrderId": ENTRY}),
    (200, {"orderId": 7, "status": "FILLED", "executedQty": "NaN", "clientOrderId": ENTRY}),
    (200, {"orderId": 7, "status": "FILLED", "executedQty": "0.031", "clientOrderId": "b-another-order-00"}),
    (200, {"code": -9876, "msg": "A code that nobody has seen yet, in a good answer"}),
]  # fmt: skip


async def entry_error(loopback: Loopback, account: ExchangeClient, answer: Any) -> ExchangeError:
    market = await account.market(MarketType.FUTURES, "BTCUSDT")
    loopback.answer("POST", "/fapi/v1/order", answer)
    loopback.answer("GET", "/fapi/v1/time", (503, ""))
    loopback.answer("GET", "/fapi/v1/positionSide/dual", {"dualSidePosition": False})
    with pytest.raises(ExchangeError) as caught:
        await account.enter(market, Side.BUY, Decimal("0.031"), ENTRY)
    return caught.value


async def spot_error(loopback: Loopback, account: ExchangeClient, answer: Any) -> ExchangeError:
    market = await account.market(MarketType.SPOT, "BTCUSDT")
    loopback.answer("POST", "/api/v3/order", answer)
    with pytest.raises(ExchangeError) as caught:
        await account.enter_with_cost(market, Decimal("100"), ENTRY)
    return caught.value


@pytest.mark.parametrize(("status", "code", "message", "kind"), FUTURES_REFUSALS)
async def test_futures_refusals(
    loopback: Loopback, account: ExchangeClient, status: int, code: int, message: str, kind: RefusalKind
) -> None:
    error = await entry_error(loopback, account, (status, {"code": code, "msg": message}))

    assert isinstance(error, Refused)
    assert (error.kind, error.code, error.message) == (kind, str(code), message)
    assert len(loopback.to("/fapi/v1/order")) == 1


@pytest.mark.parametrize(("status", "code", "message", "kind"), SPOT_REFUSALS)
async def test_spot_refusals(
    loopback: Loopback, account: ExchangeClient, status: int, code: int, message: str, kind: RefusalKind
) -> None:
    error = await spot_error(loopback, account, (status, {"code": code, "msg": message}))

    assert isinstance(error, Refused)
    assert (error.kind, error.code, error.message) == (kind, str(code), message)


@pytest.mark.parametrize(("status", "body"), UNKNOWN_OUTCOMES)
async def test_whatever_proves_nothing_is_an_unknown_outcome(
    loopback: Loopback, account: ExchangeClient, status: int, body: Any
) -> None:
    """D4"""
    error = await entry_error(loopback, account, (status, body))

    assert type(error) is OutcomeUnknown
    assert len(loopback.to("/fapi/v1/order")) == 1


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ((429, {"code": -1003, "msg": "Too many requests; current limit is 2400 requests per minute."}, {"Retry-After": "17"}), 17),
        ((429, {"code": -1003, "msg": "Too many requests."}), 60),
        ((418, {"code": -1003, "msg": "Way too many requests; IP banned until 1763700600000."}, {"Retry-After": "600"}), 600),
        ((418, "<html>banned</html>"), 120),
        ((403, "<html>ERROR: The request could not be satisfied</html>"), 10),
        ((400, {"code": -1015, "msg": "Too many new orders; current limit is 300 orders per TEN_SECONDS."}), 10),
    ],
)  # fmt: skip
async def test_over_the_limit_is_a_refusal_that_says_how_long_to_wait(
    loopback: Loopback, account: ExchangeClient, answer: Any, seconds: float
) -> None:
    error = await entry_error(loopback, account, answer)

    assert isinstance(error, Refused)
    assert (error.kind, error.retry_after_s) == (RefusalKind.RATE_LIMIT, seconds)


async def test_a_closed_region_is_told(loopback: Loopback, account: ExchangeClient) -> None:
    body = {"code": 0, "msg": "Service unavailable from a restricted location according to 'b. Eligibility'"}

    error = await entry_error(loopback, account, (451, body))

    assert isinstance(error, Refused)
    assert (error.kind, error.code) == (RefusalKind.REGION, "451")


def test_no_code_is_both_refused_and_unknown() -> None:
    for table in (FUTURES, SPOT):
        assert table.unknown == UNKNOWN
        assert not UNKNOWN & (set(table.refused) | {code for code, _ in table.by_message})
