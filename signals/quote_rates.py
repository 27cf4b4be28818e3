"""What a US dollar costs in a market's quote currency: margins are in dollars, and so are all results (D13)."""

from decimal import Decimal

from exchanges.errors import NotSent, Refused
from exchanges.types import DOLLARS, Market
from signals.desk import TradingClient

ONE = Decimal(1)
DOLLAR = "USDT"
RATE_MAX_AGE_S = 60.0


async def usd_rate_of(client: TradingClient, market: Market) -> Decimal:
    """Quote currency for one US dollar: 1 for dollar coins, else the exchange's own price of USDT in it, at most a minute old.

    Raises NotSent where the exchange tells no such price, and what asking for it raises.
    """
    if market.quote in DOLLARS:
        return ONE
    try:
        pair = await client.market(market.market_type, DOLLAR + market.quote)
    except Refused as error:
        raise NotSent(f"The exchange tells no price of a dollar in {market.quote}", code="no_dollar_price") from error
    return await client.price(pair, max_age_s=RATE_MAX_AGE_S)
