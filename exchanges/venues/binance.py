"""Binance: USDⓈ-M futures and spot (EXC-14)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.binance_codes import FUTURES, SPOT, judge_answer
from exchanges.venues.binance_dialect import ORDER_RECV_WINDOW_MS
from exchanges.venues.binance_futures import BinanceFutures
from exchanges.venues.binance_limits import LIMITS
from exchanges.venues.binance_spot import BinanceSpot

_CODES = {MarketType.FUTURES: FUTURES, MarketType.SPOT: SPOT}


class Binance(Venue):
    id = "binance"
    label = "Binance"
    market_types = (MarketType.FUTURES, MarketType.SPOT)
    credential_fields = (
        CredentialField("api_key", gettext_noop("API key"), secret=False),
        CredentialField(
            "secret_key",
            gettext_noop("Secret key"),
            secret=True,
            # EXC-21
            help_text=gettext_noop(
                "Enable reading and trading (futures, and spot where you use it). Never enable withdrawals."
            ),
        ),
    )
    features = Features(
        attached_stops=Flag(
            False,
            "ccxt sends stopLoss/takeProfit dicts as junk parameters, without an error",
        ),
        hedge_mode=Flag(True, "GET /fapi/v1/positionSide/dual, account wide"),
        answers_fills=Flag(True, "newOrderRespType RESULT (futures) and FULL (spot)"),
        oco=Flag(True, "POST /api/v3/orderList/oco"),
        client_id_reusable=Flag(
            True, "an id is free again once its order is no longer open: it is no guard for market orders"
        ),
        # recvWindow, and the second by which a timestamp may be ahead of the exchange's clock ("Timing security")
        resend_after_s=ORDER_RECV_WINDOW_MS / 1000 + 1,
        demo=DemoKind.DEMO_HOSTS,
    )
    dialects = {MarketType.FUTURES: BinanceFutures(), MarketType.SPOT: BinanceSpot()}
    limits = LIMITS
    signup_url = "https://www.binance.com/register"
    docs_url = "https://developers.binance.com/docs/"
    keys_url = "https://www.binance.com/my/settings/api-management"
    client_id_pattern = r"[\.A-Z:/a-z0-9_-]{1,36}"  # "New Order", newClientOrderId

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(_CODES[market_type], status, headers, body, hint)
