"""OKX: perpetual swaps in USDT and spot, at its global, European and American exchange (EXC-05)."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.okx_codes import judge_answer
from exchanges.venues.okx_dialect import ORDER_LIFE_MS
from exchanges.venues.okx_futures import OkxFutures
from exchanges.venues.okx_limits import LIMITS
from exchanges.venues.okx_spot import OkxSpot

# An account lives at one of them; elsewhere its key does not exist (50119). ccxt's class of each knows the host.
_CLASSES = {"global": "okx", "eea": "myokx", "us": "okxus"}


class Okx(Venue):
    id = "okx"
    label = "OKX"
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
        CredentialField(
            "variant",
            gettext_noop("Region"),
            secret=False,
            help_text=gettext_noop("Where you opened the account: okx.com, my.okx.com or app.okx.com."),
            choices=(
                ("global", gettext_noop("Global (okx.com)")),
                ("eea", gettext_noop("Europe (my.okx.com)")),
                ("us", gettext_noop("United States (app.okx.com)")),
            ),
        ),
    )
    features = Features(
        attached_stops=Flag(
            False,
            "attachAlgoOrds come to stand as algo orders of their own when the entry is filled; they outlive the position, "
            "and ones without an id of ours cannot be told from the client's (docs-v5, Place order, attachAlgoOrds)",
        ),
        hedge_mode=Flag(True, "posMode long_short_mode in GET /api/v5/account/config, account wide"),
        answers_fills=Flag(False, "POST /api/v5/trade/order answers with the order's ids only"),
        oco=Flag(
            False,
            "ordType oco is one algo order with one algoClOrdId for both legs: neither could be asked for or cancelled",
        ),
        client_id_reusable=Flag(
            True, 'Order details: "if the clOrdId is associated with multiple orders, only the latest one is returned"'
        ),
        # expTime, and a second by which clocks may differ; an order that arrives later is refused with 50036 or 50037
        resend_after_s=ORDER_LIFE_MS / 1000 + 1,
        demo=DemoKind.SANDBOX,  # the live hosts with the header x-simulated-trading, keys of its own
    )
    dialects = {MarketType.FUTURES: OkxFutures(), MarketType.SPOT: OkxSpot()}
    variants = {
        region: {MarketType.FUTURES: OkxFutures(ccxt_id), MarketType.SPOT: OkxSpot(ccxt_id)}
        for region, ccxt_id in _CLASSES.items()
    }
    untraded = {"us": frozenset({MarketType.FUTURES})}  # us.okx.com has spot only (docs/exchanges/okx.md)
    limits = LIMITS
    signup_url = "https://www.okx.com/account/register"
    docs_url = "https://www.okx.com/docs-v5/en/"
    keys_url = "https://www.okx.com/account/my-api"
    client_id_pattern = r"[A-Za-z0-9]{1,32}"  # "Place order", clOrdId; "Place algo order", algoClOrdId

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
