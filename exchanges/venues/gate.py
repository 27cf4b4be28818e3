"""Gate: perpetual contracts in USDT (EXC-06). Its spot market is left out: a stop there ends by itself."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.gate_codes import judge_answer
from exchanges.venues.gate_futures import ORDER_LIFE_MS, GateFutures
from exchanges.venues.gate_limits import LIMITS


class Gate(Venue):
    id = "gate"
    label = "Gate"
    # No spot: its price-triggered orders must name the seconds after which they are cancelled ("Order will be cancelled if
    # timeout"), so that a position would lose its stop without a word.
    market_types = (MarketType.FUTURES,)
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
        attached_stops=Flag(
            False,
            "an order may name tpsl_sl_trigger_price, but neither its size nor what becomes of it beside other stops is documented",
        ),
        hedge_mode=Flag(True, "position_mode dual in GET /futures/usdt/accounts, account wide"),
        answers_fills=Flag(
            True, "POST /futures/usdt/orders answers with the whole order (action_mode FULL, the default)"
        ),
        oco=Flag(False, "futures only"),
        client_id_reusable=Flag(True, "of two orders with one text the later one is told (gateapi-go #41)"),
        # x-gate-exptime, and a second by which clocks may differ
        resend_after_s=ORDER_LIFE_MS / 1000 + 1,
        demo=DemoKind.SANDBOX,  # api-testnet.gateapi.io, keys of its own
        tells_rights=Flag(False, "no endpoint tells whether a key may withdraw"),
    )
    dialects = {MarketType.FUTURES: GateFutures()}
    limits = LIMITS
    signup_url = "https://www.gate.com/signup"
    docs_url = "https://www.gate.com/docs/developers/apiv4/en/"
    keys_url = "https://www.gate.com/myaccount/api_key_manage"
    client_id_pattern = r"[0-9A-Za-z_.-]{1,28}"  # "no longer than 28 bytes without t- prefix"

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
