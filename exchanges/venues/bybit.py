"""Bybit v5: USDT perpetuals and spot of a unified trading account (EXC-14)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.bybit_codes import judge_answer
from exchanges.venues.bybit_dialect import RECV_WINDOW_MS
from exchanges.venues.bybit_futures import BybitFutures
from exchanges.venues.bybit_limits import LIMITS
from exchanges.venues.bybit_spot import BybitSpot


class Bybit(Venue):
    id = "bybit"
    label = "Bybit"
    market_types = (MarketType.FUTURES, MarketType.SPOT)
    credential_fields = (
        CredentialField("api_key", gettext_noop("API key"), secret=False),
        CredentialField(
            "secret_key",
            gettext_noop("Secret key"),
            secret=True,
            # EXC-21
            help_text=gettext_noop(
                "Of a unified trading account. Enable reading and trading (orders and positions of contracts, and spot "
                "where you use it). Never enable withdrawals."
            ),
        ),
    )
    features = Features(
        margin_mode_of_account=True,  # POST /v5/account/set-margin-mode
        attached_stops=Flag(
            True, "stopLoss with tpslMode Full belongs to the position and goes with it (/v5/order/create)"
        ),
        hedge_mode=Flag(True, "positionIdx 1 and 2; set per symbol (/v5/position/position-mode)"),
        answers_fills=Flag(False, "the answer is the order's id: the request was accepted, no more (/v5/order/create)"),
        oco=Flag(False, "a spot stop occupies the coins (tpslOrder) and no order list is to be had by API"),
        client_id_reusable=Flag(False, 'orderLinkId is "always unique" on contracts, code 110072'),
        # recv_window, and the second by which a timestamp may be ahead ("Integration Guidance")
        resend_after_s=RECV_WINDOW_MS / 1000 + 1,
        demo=DemoKind.DEMO_HOSTS,
    )
    dialects = {MarketType.FUTURES: BybitFutures(), MarketType.SPOT: BybitSpot()}
    limits = LIMITS
    signup_url = "https://www.bybit.com/register"
    docs_url = "https://bybit-exchange.github.io/docs/v5/intro"
    keys_url = "https://www.bybit.com/app/user/api-management"
    client_id_pattern = r"[A-Za-z0-9_-]{1,36}"  # /v5/order/create, orderLinkId

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, body, hint)
