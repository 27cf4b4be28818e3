"""B13, P15: an account's page says whether the next signal will be traded, what mends it, and to which addresses to restrict a key."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import timezone

from exchanges.models import BalanceSnapshot, ExchangeAccount
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.front.test_pages import count_queries
from tests.trading_world import api_of, make_account, make_bot, make_subscription, make_user

pytestmark = pytest.mark.django_db


def with_balance(account: ExchangeAccount, free: str = "1000") -> None:
    coin = {"currency": "USDT", "free": free, "used": "0", "total": free, "usd_value": free}
    coin["markets"] = {"futures": {"free": free, "used": "0", "total": free}}  # type: ignore[assignment]
    BalanceSnapshot.objects.create(
        account=account, taken_at=timezone.now(), equity=Decimal(free), free=Decimal(free), balances=[coin]
    )


def page_of(account: ExchangeAccount) -> str:
    return browser_of(account.user).get(f"/accounts/{account.pk}/").content.decode()


def test_an_account_without_a_bot_says_what_it_is_good_for() -> None:
    page = page_of(make_account(make_user()))

    assert "The account can trade. No bot trades on it yet." in page
    assert "As soon as a bot trades here" in page


def test_each_bot_that_trades_here_has_its_own_verdict(follower: Subscription) -> None:
    account = follower.exchange_account
    with_balance(account, "60")
    other = make_subscription(make_bot(name="Second"), account.user, exchange_account=account, status="paused")

    page = page_of(account)

    assert "1 of 2 bots will trade their next signal. Second: You paused this subscription." in page
    assert f"/subscriptions/{other.pk}/" in page
    assert "Resume it on its page." in page


def test_what_this_kind_of_account_never_trades_is_not_blamed_on_the_key() -> None:
    user = make_user()
    account = make_account(user, exchange="bitget", variant="unified", can_trade_spot=False, can_trade_futures=True)
    make_subscription(make_bot(market_type="spot"), user, exchange_account=account)

    page = page_of(account)

    assert "Bitget · Unified" in page
    assert "Accounts of this kind do not trade spot here, whatever the key may do." in page
    assert "Follow this bot with an account of another kind, or at another exchange." in page
    assert "Enable spot trading" not in page


def test_the_subscriptions_page_and_card_say_it_in_short(follower: Subscription) -> None:
    Subscription.objects.update(status="paused")
    visitor = browser_of(follower.user)

    for address in ("/subscriptions/", f"/subscriptions/{follower.pk}/"):
        page = visitor.get(address).content.decode()
        assert "Not ready" in page
        assert "The next signal will be skipped: You paused this subscription." in page
        assert f"/accounts/{follower.exchange_account_id}/#health" in page


def test_a_cancelled_subscription_says_nothing_of_the_next_signal(follower: Subscription) -> None:
    Subscription.objects.update(status="cancelled")

    page = browser_of(follower.user).get("/subscriptions/").content.decode()

    assert "The next signal" not in page


def test_the_list_asks_as_few_questions_for_many_as_for_one() -> None:
    user = make_user()
    account = make_account(user)
    make_subscription(make_bot(), user, exchange_account=account)
    visitor = browser_of(user)
    visitor.get("/subscriptions/")

    one = count_queries(lambda: visitor.get("/subscriptions/"))
    for _ in range(3):
        make_subscription(make_bot(), user, exchange_account=make_account(user))

    assert count_queries(lambda: visitor.get("/subscriptions/")) == one


@override_settings(EGRESS_ADDRESSES=["203.0.113.7", "2001:db8::7"])
def test_the_operators_addresses_are_shown_where_keys_are_entered() -> None:
    account = make_account(make_user(), exchange="binance")

    pages = [page_of(account), browser_of(account.user).get("/accounts/add/").content.decode()]
    told = api_of(account.user).get(f"/api/v1/exchange-accounts/{account.pk}/health").json()

    for page in pages:
        assert "203.0.113.7" in page
        assert "2001:db8::7" in page
    assert told["egress_addresses"] == ["203.0.113.7", "2001:db8::7"]


def test_without_addresses_the_pages_say_that_nobody_named_them() -> None:
    account = make_account(make_user(), exchange="binance")

    for page in (page_of(account), browser_of(account.user).get("/accounts/add/").content.decode()):
        assert "The operator has not named the addresses" in page


def test_only_the_owner_reads_an_accounts_health(follower: Subscription) -> None:
    address = f"/api/v1/exchange-accounts/{follower.exchange_account_id}/health"

    answers = [
        api_of(user).get(address).status_code for user in (follower.user, follower.bot.manager, make_user(), None)
    ]

    assert answers == [200, 404, 404, 401]


def test_the_api_tells_account_and_subscriptions_apart(follower: Subscription) -> None:
    account = follower.exchange_account
    with_balance(account)
    ExchangeAccount.objects.update(
        checked_at=timezone.now() - timedelta(hours=1), exchange="binance", ip_restricted=False
    )

    told = api_of(follower.user).get(f"/api/v1/exchange-accounts/{account.pk}/health").json()

    (own,) = told["subscriptions"]
    shared = [check["code"] for check in told["checks"]]
    assert shared == ["account", "keys", "exchange", "clock", "withdrawals", "addresses", "position_mode"]
    assert {*shared} < {check["code"] for check in own["checks"]}
    assert (own["subscription_id"], own["bot_name"]) == (str(follower.pk), follower.bot.name)
    (addresses,) = [check for check in told["checks"] if check["code"] == "addresses"]
    assert (addresses["state"], addresses["finding"]) == ("warning", "addresses_open")
    (balance,) = [check for check in own["checks"] if check["code"] == "balance"]
    assert (balance["state"], balance["params"]["value"], balance["params"]["limit"]) == ("ok", "1000", "50.00")
