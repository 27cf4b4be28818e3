"""What stands without a stop because its client wanted none is called so, everywhere (D11, B8)."""

import pytest
from django.test import Client

from accounts.models import User
from tests.trading_world import make_bot, make_execution, make_position, make_signal, make_subscription, make_user

pytestmark = pytest.mark.django_db
BARE, PROTECTED = "Entered without a stop loss", "Protected"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("protection", "is_bare"), [("none", True), ("target", True), ("stop", False), ("both", False)]
)
def test_an_entry_says_whether_it_has_a_stop(protection: str, is_bare: bool) -> None:
    manager = make_user("manager")
    subscription = make_subscription(make_bot(manager))
    signal = make_signal(subscription.bot, action="buy", status="accepted")
    row = make_execution(signal, subscription, protection=protection, unprotected_ms=0)
    client = browser(subscription.user)

    pages = [client.get(address).content.decode() for address in ("/executions/", f"/executions/{row.pk}/")]
    pages.append(browser(manager).get(f"/manage/signals/{signal.pk}/").content.decode())

    for page in pages:
        assert (BARE in page, f">{PROTECTED}<" in page) == (is_bare, not is_bare)
    assert ("0 ms without a stop" in pages[1]) is not is_bare


@pytest.mark.parametrize(
    ("stop", "target", "is_placed", "says"),
    [
        (None, None, False, "No stop loss"),
        (None, "105000", True, "No stop loss"),
        (None, "105000", False, "Being protected"),
        ("90000", "105000", False, "Being protected"),
        ("90000", None, True, PROTECTED),
    ],
)
def test_a_position_says_whether_it_has_a_stop(
    stop: str | None, target: str | None, is_placed: bool, says: str
) -> None:
    position = make_position(make_subscription())
    position.stop_price, position.target_price = stop, target
    position.protected_at = position.opened_at if is_placed else None
    position.save()

    page = browser(position.user).get("/dashboard/").content.decode()

    assert {words for words in ("No stop loss", "Being protected", PROTECTED) if f">{words}<" in page} == {says}
