"""BingX: USDT perpetuals (swap v2) and spot (EXC-14)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.bingx_codes import judge_answer
from exchanges.venues.bingx_dialect import ORDER_RECV_WINDOW_MS
from exchanges.venues.bingx_futures import BingxFutures
from exchanges.venues.bingx_limits import LIMITS
from exchanges.venues.bingx_spot import BingxSpot


class Bingx(Venue):
    id = "bingx"
    label = "BingX"
    market_types = (MarketType.FUTURES, MarketType.SPOT)
    credential_fields = (
        CredentialField("api_key", gettext_noop("API key"), secret=False),
        CredentialField(
            "secret_key",
            gettext_noop("Secret key"),
            secret=True,
            # EXC-21
            help_text=gettext_noop(
                "Enable reading and perpetual futures trading (and spot trading where you use it). Never enable withdrawals."
            ),
        ),
    )
    features = Features(
        stops_fit_position=True,  # docs-v3, Place order: the sum of a position's stops may not exceed it
        attached_stops=Flag(
            False,
            "stopLoss and takeProfit of an entry come to stand as orders of their own, without an id of ours: they cannot be "
            "told from the client's (docs-v3, Place order)",
        ),
        hedge_mode=Flag(True, "GET /openApi/swap/v1/positionSide/dual, account wide"),
        answers_fills=Flag(
            False,
            'avgPrice and executedQty are documented for market orders ("present when type=MARKET"), not proven: they are read '
            "where they are told; spot tells no fee",
        ),
        oco=Flag(
            False,
            "an order list has a stop-limit for its stop, and whether its legs are found by client ids is not documented",
        ),
        client_id_reusable=Flag(False, '"clientOrderID cannot be repeated", 101481'),
        # recvWindow, and a second by which clocks may differ (not documented)
        resend_after_s=ORDER_RECV_WINDOW_MS / 1000 + 1,
        demo=DemoKind.SANDBOX,  # open-api-vst.bingx.com: futures only, in virtual coins (VST)
    )
    dialects = {MarketType.FUTURES: BingxFutures(), MarketType.SPOT: BingxSpot()}
    limits = LIMITS
    signup_url = "https://bingx.com/en/register"
    docs_url = "https://bingx-api.github.io/docs-v3/"
    keys_url = "https://bingx.com/en/accounts/api"
    # 1 to 40 characters, turned into lower case by the exchange; on spot letters, digits and _ only ("Place order")
    client_id_pattern = r"[a-z0-9_]{1,40}"

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, body, hint)
