"""Kraken: spot. Its futures are another exchange with keys of its own and are not spoken to (EXC-06)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.kraken_codes import judge_answer
from exchanges.venues.kraken_limits import LIMITS
from exchanges.venues.kraken_spot import ORDER_LIFE_MS, KrakenSpot


class Kraken(Venue):
    id = "kraken"
    label = "Kraken"
    market_types = (MarketType.SPOT,)
    credential_fields = (
        CredentialField(
            "api_key",
            gettext_noop("API key"),
            secret=False,
            help_text=gettext_noop(
                "Make a key for this page alone and set its nonce window to 5000000: requests may overtake one another."
            ),
        ),
        CredentialField(
            "secret_key",
            gettext_noop("Private key"),
            secret=True,
            # EXC-21
            help_text=gettext_noop("Enable reading and trading. Never enable withdrawals."),
        ),
    )
    features = Features(
        attached_stops=Flag(
            False,
            'close[ordertype] makes an order of its own without an id of ours: "independent orders that may reduce or increase '
            'net position" (Add Order)',
        ),
        hedge_mode=Flag(False, "spot only"),
        answers_fills=Flag(False, "Add Order answers with txid and a description"),
        oco=Flag(
            False,
            'stop and target are orders that do not know of one another: "not possible to place combined or one cancels the '
            'other type orders" (support.kraken.com, Other order options)',
        ),
        client_id_reusable=Flag(
            True, 'cl_ord_id "uniquely identifies an open order": a filled one\'s is accepted again'
        ),
        # `deadline`, and a second by which clocks may differ; the matching engine rejects what comes later
        resend_after_s=ORDER_LIFE_MS / 1000 + 1,
        demo=DemoKind.NONE,  # a demo exists for futures only
    )
    dialects = {MarketType.SPOT: KrakenSpot()}
    limits = LIMITS
    signup_url = "https://www.kraken.com/sign-up"
    docs_url = "https://docs.kraken.com/api/"
    keys_url = "https://pro.kraken.com/app/settings/api"
    # "Free format ascii text up to 18 characters"; others have found that capital letters are refused
    client_id_pattern = r"[a-z0-9]{1,18}"

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
