"""Troubles become notices: told once to the client and the managers concerned, until they are over (issue's item 8, D1, F34)."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Role, User
from exchanges.models import AccountStatus, ExchangeAccount
from exchanges.registry import all_venues
from notifications.models import Notice
from notifications.queries import notices_as_client, notices_of_bot, standing_notices
from notifications.stocktaking import take_stock
from notifications.telling import end_trouble, put_aside, tell_people
from notifications.texts import words_of
from signals import troubles
from signals.models import ForeignHolding, Position
from signals.troubles import Trouble, TroubleKind
from subscriptions.models import Subscription
from subscriptions.pseudonyms import pseudonym
from tests.trading_world import make_account, make_bot, make_position, make_subscription, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user(Role.MANAGER)


@pytest.fixture
def follower(manager: User) -> Subscription:
    return make_subscription(make_bot(manager))


def attention(account: ExchangeAccount) -> Trouble:
    ExchangeAccount.objects.filter(pk=account.pk).update(status=AccountStatus.NEEDS_ATTENTION)
    return Trouble(TroubleKind.ACCOUNT_ATTENTION, account.pk)


def holding(subscription: Subscription, quantity: str = "0.5") -> ForeignHolding:
    return ForeignHolding.objects.create(
        account=subscription.exchange_account, market_type="futures", symbol_key="ETHUSDT", quantity=quantity,
        seen_at=timezone.now(),
    )  # fmt: skip


def test_the_client_and_the_manager_are_told(follower: Subscription, manager: User):
    assert tell_people(attention(follower.exchange_account)) == 2

    assert [notice.user for notice in notices_as_client(follower.user)] == [follower.user]
    assert [notice.user for notice in notices_of_bot(manager, follower.bot)] == [manager]


def test_nobody_else_is_told(follower: Subscription):
    stranger, other_manager = make_user(), make_user(Role.MANAGER)
    make_subscription(
        make_bot(other_manager), follower.user, status="cancelled", exchange_account=follower.exchange_account
    )

    tell_people(attention(follower.exchange_account))

    told = (follower.user, follower.bot.manager, stranger, other_manager)
    assert [len(standing_notices(user)) for user in told] == [1, 1, 0, 0]


def test_it_is_told_once_until_it_is_over(follower: Subscription):
    trouble = attention(follower.exchange_account)
    tell_people(trouble)

    assert tell_people(trouble) == 0
    assert end_trouble(trouble) == 2
    assert tell_people(trouble) == 2


def test_what_was_put_aside_is_not_told_again(follower: Subscription):
    trouble = attention(follower.exchange_account)
    tell_people(trouble)
    put_aside(Notice.objects.filter(user=follower.user))

    assert tell_people(trouble) == 0
    assert list(standing_notices(follower.user)) == []


def test_a_manager_with_two_bots_is_told_for_each(follower: Subscription, manager: User):
    second = make_bot(manager)
    make_subscription(second, follower.user, exchange_account=follower.exchange_account)

    assert tell_people(attention(follower.exchange_account)) == 3
    assert [len(notices_of_bot(manager, bot)) for bot in (follower.bot, second)] == [1, 1]


def test_of_a_position_only_its_own_bot_is_told(follower: Subscription, manager: User):
    other = make_user(Role.MANAGER)
    make_subscription(make_bot(other), follower.user, exchange_account=follower.exchange_account)
    position = make_position(follower)

    tell_people(Trouble(TroubleKind.CLOSED_UNPROTECTED, follower.exchange_account_id, position.pk, "BTCUSDT"))

    assert (len(standing_notices(manager)), len(standing_notices(other))) == (1, 0)


def test_a_manager_reads_a_pseudonym_and_no_figures(follower: Subscription, manager: User):
    trouble = Trouble(TroubleKind.FOREIGN_POSITION, follower.exchange_account_id, None, "ETHUSDT", {"quantity": "0.5"})
    tell_people(trouble)

    with translation.override("en"):
        client = words_of(notices_as_client(follower.user).get()).title
        told = words_of(notices_of_bot(manager, follower.bot).get())

    assert client == "Paper holds 0.5 ETHUSDT that Batuta did not open"
    with translation.override("en"):
        assert told.title == f"The account of {pseudonym(follower.user_id)} holds ETHUSDT beside this bot's positions"
    assert "0.5" not in told.title + told.advice


@pytest.mark.parametrize("starts_again", [True, False])
def test_a_refused_paper_account_is_started_again_as_it_has_no_keys(
    follower: Subscription, client: Client, starts_again: bool
):
    account = follower.exchange_account
    account.exchange = next(venue.id for venue in all_venues() if venue.features.is_paper is starts_again)
    account.status = AccountStatus.NEEDS_ATTENTION
    account.save()
    tell_people(Trouble(TroubleKind.ACCOUNT_ATTENTION, account.pk))
    client.force_login(follower.user)

    page = client.get("/notices/").content.decode()

    assert (f'href="/accounts/{account.pk}/#reset"' in page) is starts_again
    assert ("Start it again" in page, "enter the keys again" in page) == (starts_again, not starts_again)


@pytest.mark.parametrize("kind", [kind for kind in TroubleKind if kind is not TroubleKind.WORKFLOW_FAILING])
def test_every_kind_has_words_for_both(follower: Subscription, kind: TroubleKind):
    tell_people(Trouble(kind, follower.exchange_account_id, None, "ETHUSDT", {"quantity": "1"}))

    assert [bool(words.title and words.advice) for words in map(words_of, Notice.objects.all())] == [True, True]


def test_an_account_that_works_again_says_nothing_more_at_once(follower: Subscription):
    account = follower.exchange_account
    tell_people(attention(account))
    assert len(standing_notices(follower.user)) == 1

    ExchangeAccount.objects.filter(pk=account.pk).update(status=AccountStatus.VERIFIED)

    assert len(standing_notices(follower.user)) == 0


# what the rows say
def test_stocktaking_tells_what_was_not_told(follower: Subscription):
    now = timezone.now()
    ExchangeAccount.objects.filter(pk=follower.exchange_account_id).update(status=AccountStatus.NEEDS_ATTENTION)
    holding(follower)
    make_position(follower, now, exit_price="94000", exit_reason="protection_failed")

    assert take_stock(now) == (6, 0)
    assert take_stock(now) == (0, 0)
    kinds = set(Notice.objects.filter(user=follower.user).values_list("kind", flat=True))
    assert kinds == {"account_attention", "foreign_position", "closed_unprotected"}


def test_stocktaking_ends_what_is_over(follower: Subscription):
    now = timezone.now()
    account = ExchangeAccount.objects.filter(pk=follower.exchange_account_id)
    account.update(status=AccountStatus.NEEDS_ATTENTION)
    row = holding(follower)
    make_position(follower, now, exit_price="94000", exit_reason="protection_failed")
    take_stock(now)

    account.update(status=AccountStatus.VERIFIED)
    ForeignHolding.objects.filter(pk=row.pk).update(quantity=0)

    assert take_stock(now + timedelta(minutes=1)) == (0, 4)
    assert [notice.kind for notice in standing_notices(follower.user)] == ["closed_unprotected"]


def test_one_of_two_troubles_of_an_account_can_end(follower: Subscription):
    now = timezone.now()
    ExchangeAccount.objects.filter(pk=follower.exchange_account_id).update(status=AccountStatus.NEEDS_ATTENTION)
    row = holding(follower)
    take_stock(now)
    ForeignHolding.objects.filter(pk=row.pk).update(quantity=0)

    take_stock(now)

    assert [notice.kind for notice in standing_notices(follower.user)] == ["account_attention"]


def test_holdings_on_accounts_that_no_bot_trades_on_are_nobodys_business():
    account = make_account(make_user())
    ForeignHolding.objects.create(
        account=account, market_type="futures", symbol_key="ETHUSDT", quantity="1", seen_at=timezone.now()
    )

    assert take_stock(timezone.now()) == (0, 0)


def test_unknown_orders_are_over_when_nobody_finds_them_any_more(follower: Subscription):
    now = timezone.now()
    trouble = Trouble(TroubleKind.FOREIGN_ORDERS, follower.exchange_account_id, None, "ETHUSDT")
    tell_people(trouble, now=now)
    tell_people(trouble, now=now + timedelta(minutes=3))

    assert take_stock(now + timedelta(minutes=7)) == (0, 0)
    assert take_stock(now + timedelta(minutes=9)) == (0, 2)


def test_a_net_is_over_when_nothing_is_held_on_its_symbol_any_more(follower: Subscription):
    now = timezone.now()
    closed, other = make_position(follower, symbol_key="BTCUSDT"), make_position(follower, symbol_key="ETHUSDT")
    tell_people(Trouble(TroubleKind.NET_STANDS, follower.exchange_account_id, symbol_key="BTCUSDT"), now=now)
    assert take_stock(now) == (0, 0)

    Position.objects.filter(pk=closed.pk).update(status=Position.PositionStatus.CLOSED)

    assert other.status == Position.PositionStatus.OPEN
    assert take_stock(now) == (0, 2)


def test_the_figures_are_the_newest(follower: Subscription):
    for quantity in ("1", "2"):
        figures = {"quantity": quantity}
        tell_people(Trouble(TroubleKind.FOREIGN_POSITION, follower.exchange_account_id, None, "ETHUSDT", figures))

    assert Notice.objects.get(bot=None).figures == {"symbol": "ETHUSDT", "quantity": "2"}


def test_of_a_position_its_id_is_enough(follower: Subscription):
    position = make_position(follower, symbol_key="SOLUSDT")

    assert tell_people(Trouble(TroubleKind.CLOSED_UNPROTECTED, position_id=position.pk)) == 2
    assert (
        tell_people(Trouble(TroubleKind.CLOSED_UNPROTECTED, follower.exchange_account_id, position.pk, "SOLUSDT")) == 0
    )
    assert [notice.figures["symbol"] for notice in Notice.objects.all()] == ["SOLUSDT", "SOLUSDT"]


def test_trouble_of_what_is_gone_is_told_to_nobody():
    assert tell_people(Trouble(TroubleKind.CLOSED_UNPROTECTED, position_id=uuid4())) == 0
    assert tell_people(Trouble(TroubleKind.ACCOUNT_ATTENTION, uuid4())) == 0


def test_what_a_write_says_by_itself():
    account, closed, left = uuid4(), uuid4(), uuid4()
    records = {
        "account_attention": [{"id": account, "code": "invalid_credentials", "detail": "no"}],
        "positions_closed": [{"id": closed, "code": "protection_failed"}, {"id": left, "code": "closed_by_signal"}],
        "events": [{"code": "protection_failed"}],
    }

    assert list(troubles.troubles_in(records)) == [
        Trouble(TroubleKind.ACCOUNT_ATTENTION, account, figures={"code": "invalid_credentials"}),
        Trouble(TroubleKind.CLOSED_UNPROTECTED, position_id=closed),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_trading_loop_tells_without_waiting():
    follower = make_subscription()
    position: Position = make_position(follower)
    trouble = Trouble(TroubleKind.CLOSED_UNPROTECTED, follower.exchange_account_id, position.pk, "BTCUSDT")

    async def loop() -> None:
        troubles.tell(trouble)
        troubles.tell_written({"positions_closed": [{"id": position.pk, "code": "protection_failed"}]})
        await troubles.all_told()

    asyncio.run(loop())

    assert [notice.kind for notice in notices_as_client(follower.user)] == ["closed_unprotected"]
