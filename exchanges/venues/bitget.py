"""Bitget: USDT futures on classic and unified accounts, spot on classic ones (EXC-14)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.bitget_codes import judge_answer
from exchanges.venues.bitget_futures import BitgetFutures
from exchanges.venues.bitget_limits import LIMITS
from exchanges.venues.bitget_spot import BitgetSpot
from exchanges.venues.bitget_unified_futures import BitgetUnifiedFutures
from exchanges.venues.bitget_unified_spot import BitgetUnifiedSpot


class Bitget(Venue):
    id = "bitget"
    label = "Bitget"
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
        CredentialField(
            "passphrase",
            gettext_noop("Passphrase"),
            secret=True,
            help_text=gettext_noop("The passphrase that you chose when you made the API key."),
        ),
        CredentialField(
            "variant",
            gettext_noop("Kind of account"),
            secret=False,
            help_text=gettext_noop(
                "Bitget shows it in your account's settings. On unified accounts only futures are traded."
            ),
            choices=(("classic", gettext_noop("Classic")), ("unified", gettext_noop("Unified"))),
        ),
    )
    features = Features(
        attached_stops=Flag(
            False,
            "presetStopLossPrice: neither that it belongs to the position nor that it goes with it is documented, nor can its"
            " trigger be the mark price (api-doc/contract/trade/Place-Order)",
        ),
        hedge_mode=Flag(True, "posMode of the product, holdMode of a unified account"),
        answers_fills=Flag(False, "an order's answer is its ids, nothing more (api-doc/contract/trade/Place-Order)"),
        oco=Flag(False, "spot plan orders are not linked (api-doc/spot/plan/Place-Plan-Order)"),
        client_id_reusable=Flag(
            True, "an id is free again once its order is filled or cancelled (api-doc/uta/changelog, October 9, 2025)"
        ),
        # "The timestamp of the request must be within 30 seconds of the API server time"; no shorter window can be asked for
        resend_after_s=31,
        # 25595, "The total TP/SL quantity for partial positions exceeds the position amount" (unified; classic accounts' 43023)
        stops_fit_position=True,
        demo=DemoKind.SANDBOX,  # header PAPTRADING: 1 at the live host, keys of its own
    )
    dialects = {MarketType.FUTURES: BitgetFutures(), MarketType.SPOT: BitgetSpot()}
    variants = {"unified": {MarketType.FUTURES: BitgetUnifiedFutures(), MarketType.SPOT: BitgetUnifiedSpot()}}
    untraded = {"unified": frozenset({MarketType.SPOT})}  # see `bitget_unified_spot`
    limits = LIMITS
    signup_url = "https://www.bitget.com/register"
    docs_url = "https://www.bitget.com/api-doc/common/intro"
    keys_url = "https://www.bitget.com/account/newapi"
    client_id_pattern = r"[\.A-Z:/a-z0-9_-]{1,32}"  # the narrower of the two, "Place Order" of unified accounts

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
