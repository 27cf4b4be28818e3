"""KuCoin: perpetual contracts in USDT and spot (EXC-06)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.kucoin_codes import judge_answer
from exchanges.venues.kucoin_futures import KucoinFutures
from exchanges.venues.kucoin_limits import LIMITS
from exchanges.venues.kucoin_spot import KucoinSpot


class Kucoin(Venue):
    id = "kucoin"
    label = "KuCoin"
    market_types = (MarketType.FUTURES, MarketType.SPOT)
    credential_fields = (
        CredentialField("api_key", gettext_noop("API key"), secret=False),
        CredentialField(
            "secret_key",
            gettext_noop("Secret key"),
            secret=True,
            # EXC-21
            help_text=gettext_noop("Enable reading and trading. Never enable withdrawals."),
        ),
        CredentialField(
            "passphrase",
            gettext_noop("Passphrase"),
            secret=True,
            help_text=gettext_noop("The passphrase that you chose when you made the API key."),
        ),
    )
    features = Features(
        attached_stops=Flag(
            False,
            "POST /api/v1/st-orders lets two stop orders come to stand without an id of ours: they cannot be told from the "
            "client's own, and that they end with the position is not documented",
        ),
        hedge_mode=Flag(True, "GET /api/v2/position/getPositionMode, account wide; orders then say positionSide"),
        answers_fills=Flag(False, "POST /api/v1/orders and /api/v1/hf/orders answer with the order's ids only"),
        oco=Flag(False, "POST /api/v3/oco/order takes one clientOid for both legs, and a limit price for the stop"),
        client_id_reusable=Flag(
            True, "on spot an id is taken again once its order is no longer active (kucoin-api-docs #468)"
        ),
        # KC-API-TIMESTAMP: more than five seconds away from the server's time is refused (400002); a second more for clocks
        resend_after_s=6.0,
        demo=DemoKind.NONE,
    )
    dialects = {MarketType.FUTURES: KucoinFutures(), MarketType.SPOT: KucoinSpot()}
    limits = LIMITS
    signup_url = "https://www.kucoin.com/ucenter/signup"
    docs_url = "https://www.kucoin.com/docs-new/"
    keys_url = "https://www.kucoin.com/account/api"
    client_id_pattern = r"[A-Za-z0-9_-]{1,40}"

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
