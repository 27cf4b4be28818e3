"""DSH-01: an account is worth what it holds, each coin counted once, also where futures and spot draw on one wallet."""

from decimal import Decimal

from exchanges.balances import read_worth
from tests.contract.conftest import FUTURES, Actor, on


@on(FUTURES)
async def test_an_account_is_worth_each_of_its_coins_once(actor: Actor) -> None:
    """The simulator's account has a thousand in a futures wallet and a thousand in coins."""
    worth = await read_worth(actor.client)

    assert worth is not None
    shares = len(actor.client.wallets())
    assert worth.equity == Decimal(1000 * shares)
    assert [row["currency"] for row in worth.rows] == [actor.stage.quote]
