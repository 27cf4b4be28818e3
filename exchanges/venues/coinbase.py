"""Coinbase: spot by the Advanced Trade API (EXC-06). Its futures are for a few countries and are not spoken to."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.coinbase_codes import judge_answer
from exchanges.venues.coinbase_limits import LIMITS
from exchanges.venues.coinbase_spot import CoinbaseSpot


class Coinbase(Venue):
    id = "coinbase"
    label = "Coinbase"
    market_types = (MarketType.SPOT,)
    credential_fields = (
        CredentialField(
            "api_key",
            gettext_noop("API key name"),
            secret=False,
            help_text=gettext_noop('It begins with "organizations/". Choose ECDSA when you make the key.'),
        ),
        CredentialField(
            "secret_key",
            gettext_noop("Private key"),
            secret=True,
            # EXC-21: what the exchange calls Transfer
            help_text=gettext_noop(
                'All of it, from "BEGIN EC PRIVATE KEY" to "END". Enable reading and trading. Never enable withdrawals.'
            ),
            multiline=True,
        ),
    )
    features = Features(
        attached_stops=Flag(
            False,
            "attached_order_configuration makes a bracket, an order of its own without an id of ours (Create Order)",
        ),
        hedge_mode=Flag(False, "spot only"),
        answers_fills=Flag(False, "Create Order answers with the order's ids only"),
        oco=Flag(
            False,
            "trigger_bracket_gtc is one order with one id for both prices: neither could be asked for or cancelled alone",
        ),
        client_id_reusable=Flag(
            False,
            '"If the ID provided is not unique, the order will not be created and the order corresponding with that ID will be '
            'returned instead" (Create Order)',
        ),
        # A token is good for two minutes. What is not carried out within half a minute has been given up by every proxy on
        # the way, and what arrives after it was sent again finds its id in use.
        resend_after_s=30.0,
        demo=DemoKind.NONE,  # the sandbox gives the same answers whatever is asked
    )
    dialects = {MarketType.SPOT: CoinbaseSpot()}
    limits = LIMITS
    signup_url = "https://www.coinbase.com/signup"
    docs_url = "https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/rest-api"
    keys_url = "https://portal.cdp.coinbase.com/projects/api-keys"
    client_id_pattern = r"[A-Za-z0-9-]{1,36}"  # a string; the examples are 17 and 36 characters long

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
