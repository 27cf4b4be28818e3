"""What stands at the exchange in the end, per market: the net quantity and our guarded part of it. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from exchanges.types import MarketType
from signals.invariants.book import PositionRecord
from signals.invariants.case import Case
from signals.invariants.timelines import Timeline
from signals.invariants.truth import ZERO, Holding

Market = tuple[UUID, MarketType, str]


@dataclass(slots=True)
class Standing:
    """`net` at the exchange (None: not told, as for spot in a snapshot); `guarded` is to have a stop; `ours` by our fills.

    A hedge account may hold both sides at once: `largest` and `our_largest` are the larger side's, without its sign.
    """

    net: Decimal | None = None
    ours: Decimal | None = None
    guarded: Decimal = ZERO
    largest: Decimal | None = None
    our_largest: Decimal | None = None
    average_price: Decimal | None = None
    positions: list[PositionRecord] = field(default_factory=list)

    @property
    def booked(self) -> Decimal:
        """What our books hold open here, net."""
        return sum((position.signed for position in self.positions), ZERO)


def find_standing(case: Case, lines: Iterable[Timeline]) -> dict[Market, Standing]:
    """Every market of every account that was read, on which the exchange or our books have something."""
    found: dict[Market, Standing] = defaultdict(Standing)
    for position in case.book.positions:
        if position.is_open and position.account_id in case.accounts:
            found[position.account_id, position.market_type, position.symbol_key].positions.append(position)
    for line in lines:
        last, standing = line.spans[-1], found[line.account_id, line.market_type, line.symbol]
        ours = sum(last.own.values(), ZERO)
        standing.net = (standing.net or ZERO) + last.net
        standing.ours = (standing.ours or ZERO) + ours
        standing.largest = max(standing.largest or ZERO, abs(last.net))
        standing.our_largest = max(standing.our_largest or ZERO, abs(ours))
        standing.guarded += abs(last.guarded)
    _add_holdings(case, found)
    return found


def _add_holdings(case: Case, found: dict[Market, Standing]) -> None:
    for account in case.truth.accounts:
        if account.holdings is not None:
            _add_told(account.account_id, account.holdings, found)
    for key, standing in found.items():
        if not case.accounts[key[0]].is_history:
            standing.guarded = _guarded(standing)
        elif standing.net is None:  # a history in which nothing happened here
            standing.net = standing.largest = ZERO


def _add_told(account_id: UUID, holdings: Iterable[Holding], found: dict[Market, Standing]) -> None:
    """Positions as the exchange tells them; what it does not name is flat. Spot balances are the owner's as well: left out."""
    for key in list(found):
        if key[0] == account_id and key[1] is MarketType.FUTURES:
            found[key].net = found[key].largest = ZERO
    for holding in holdings:
        if holding.market_type is MarketType.FUTURES:
            standing = found[account_id, holding.market_type, holding.symbol]
            standing.net = (standing.net or ZERO) + holding.quantity
            standing.largest = max(standing.largest or ZERO, abs(holding.quantity))
            standing.average_price = holding.average_price


def _guarded(standing: Standing) -> Decimal:
    """In a snapshot: our open positions with a stop, as far as the exchange still holds them."""
    guarded = [position for position in standing.positions if position.stop_price is not None]
    wanted = sum((position.quantity for position in guarded), ZERO)
    if standing.net is None or standing.largest is None:
        return wanted
    if len({position.side for position in guarded}) > 1:  # both sides of a hedge account
        return wanted if standing.largest else ZERO
    same_way = standing.largest if sum((p.signed for p in guarded), ZERO) * standing.net >= 0 else ZERO
    return min(wanted, same_way)
