"""Mercado Bitcoin: spot in BRL, API v4 (EXC-13). Its client is our own, `exchanges.mercado_v4`."""

from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError, RefusalKind
from exchanges.types import MarketType
from exchanges.venue import CredentialField, DemoKind, Features, Flag, Venue, gettext_noop
from exchanges.venues.mercado_codes import judge_answer
from exchanges.venues.mercado_limits import LIMITS
from exchanges.venues.mercado_spot import LIMIT_FRACTION, MercadoSpot


class Mercado(Venue):
    id = "mercado"
    label = "Mercado Bitcoin"
    market_types = (MarketType.SPOT,)
    credential_fields = (
        CredentialField("api_key", gettext_noop("API token ID"), secret=False),
        CredentialField(
            "secret_key",
            gettext_noop("API token secret"),
            secret=True,
            # EXC-21
            help_text=gettext_noop("Enable reading and trading. Never enable withdrawals."),
        ),
    )
    features = Features(
        stop_limit_reach=1 - LIMIT_FRACTION,
        attached_stops=Flag(False, "spot only; Place order takes a stop in an order of its own"),
        hedge_mode=Flag(False, "spot only"),
        answers_fills=Flag(False, "Place order answers with orderId and nothing more"),
        oco=Flag(False, "order types are market, limit, stoplimit and post-only; none ends another"),
        client_id_reusable=Flag(True, "nothing is documented of an externalId that is sent twice: it is no guard"),
        # Requests bear no time: one that was sent is refused as stale only when its token ends. What is not carried out
        # within half a minute has been given up by every proxy on the way.
        resend_after_s=30.0,
        demo=DemoKind.NONE,
        tells_rights=Flag(False, "no endpoint of API v4 tells what a token may do"),
    )
    dialects = {MarketType.SPOT: MercadoSpot()}
    limits = LIMITS
    signup_url = "https://www.mercadobitcoin.com.br/cadastro"
    docs_url = "https://api.mercadobitcoin.net/api/v4/docs"
    keys_url = "https://www.mercadobitcoin.com.br/plataforma/chaves-api"
    client_id_pattern = (
        r"[A-Za-z0-9-]{1,36}"  # externalId is "External customized order Id", its form is not documented
    )

    def judge(
        self, status: int, headers: Mapping[str, str], body: Any, *, market_type: MarketType, hint: RefusalKind | None
    ) -> ExchangeError | None:
        return judge_answer(status, headers, body, hint)
