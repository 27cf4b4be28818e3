"""WhiteBIT: spot. (Its collateral and futures trading has a wallet of its own and is not spoken to.)"""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.whitebit_codes import judge_answer
from exchanges.venues.whitebit_limits import LIMITS
from exchanges.venues.whitebit_spot import NONCE_WINDOW_S, WhitebitSpot


class Whitebit(Venue):
    id = "whitebit"
    label = "WhiteBIT"
    market_types = (MarketType.SPOT,)
    credential_fields = (
        CredentialField("api_key", gettext_noop("API key"), secret=False),
        CredentialField(
            "secret_key",
            gettext_noop("Secret key"),
            secret=True,
            # EXC-21
            help_text=gettext_noop("Enable reading and trading. Never enable withdrawals."),
        ),
    )
    features = Features(
        attached_stops=Flag(False, "stopLoss of an order (OTO) makes another order, without an id of ours"),
        hedge_mode=Flag(False, "spot only"),
        answers_fills=Flag(
            False,
            "the documented answer to a market order tells dealStock 0 with status FILLED, and feeAsset is not always there, "
            "without which nobody knows what is left to protect",
        ),
        oco=Flag(False, "/order/oco exists for collateral only"),
        client_id_reusable=Flag(
            True,
            '"enforced only among open (pending) orders on the same market" (guides/client-order-id; it was "unique per '
            'account" until 2026)',
        ),
        # "Timestamp must be within ±5 seconds of server time", and a second by which clocks may differ
        resend_after_s=NONCE_WINDOW_S + 1,
        demo=DemoKind.NONE,  # demo tokens (DBTC_DUSDT) are pairs of the live exchange
        tells_rights=Flag(False, "no endpoint tells what a key may do"),
    )
    dialects = {MarketType.SPOT: WhitebitSpot()}
    limits = LIMITS
    signup_url = "https://whitebit.com/auth/sign-up"
    docs_url = "https://docs.whitebit.com/"
    keys_url = "https://whitebit.com/settings/api"
    # as documented: "letters, dashes, numbers, dots or underscores", and a recommended length of 32
    client_id_pattern = r"[A-Za-z0-9._-]{1,32}"

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
