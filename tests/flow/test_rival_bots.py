"""A manager is not told which other bot a client follows, nor how much it holds; the client and support are (D12, D32)."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from bots.models import Bot
from signals.models import Execution
from tests.flow.world import World
from tests.trading_world import api_of, make_user

RIVAL = "Secret Rival Strategy"
CAREFUL = {"default_leverage": 4, "default_stop_loss_pct": "12", "default_margin_usd": "80"}
BOLD = {"default_leverage": 25, "default_stop_loss_pct": "1", "default_margin_usd": "20"}
# how the manager's bot meets the position of the rival's: its settings and alert, and what of the reason is the client's own
MEETINGS = {
    "symbol_in_use": (CAREFUL, "sell", {"holder", "quantity"}),
    "leverage_in_use": (BOLD, "buy", {"holder", "limit"}),
}


@pytest.fixture(params=MEETINGS)
def refused(request: pytest.FixtureRequest, world: World) -> Execution:
    """An execution of the manager's bot that a position of a rival's stood against."""
    settings, action, _private = MEETINGS[request.param]
    mine, rivals = world.bot("mine", **settings), world.bot("rivals", name=RIVAL, **CAREFUL)
    Bot.objects.filter(pk=rivals.pk).update(manager=make_user(Role.MANAGER))
    User.objects.filter(pk=world.manager.pk).update(is_staff=True, language="en")
    client = world.client(rivals)
    world.client(mine, account=client.exchange_account)
    world.trade(rivals, "buy")
    execution = Execution.objects.get(signal=world.trade(mine, action))
    assert (execution.reason_code, execution.reason_params["holder"]) == (request.param, RIVAL)
    return execution


def told_by_api(viewer: User, execution: Execution) -> list[dict[str, Any]]:
    """The execution in the list, and by itself."""
    api = api_of(viewer)
    (row,) = api.get(f"/api/v1/executions/?signal={execution.signal_id}").json()["results"]
    return [row, api.get(f"/api/v1/executions/{execution.pk}").json()]


def pages(viewer: User, *addresses: str) -> str:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(viewer)
    answers = [browser.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.content.decode() for answer in answers)


def test_the_manager_reads_the_reason_without_the_rival(refused: Execution) -> None:
    _settings, _action, private = MEETINGS[refused.reason_code]
    manager = refused.bot.manager

    told = told_by_api(manager, refused)
    shown = pages(
        manager, f"/manage/signals/{refused.signal_id}/", f"/executions/{refused.pk}/",
        "/admin/signals/execution/", f"/admin/signals/execution/{refused.pk}/change/",
    )  # fmt: skip

    assert RIVAL not in json.dumps(told) + shown
    assert [row["reason_code"] for row in told] == [refused.reason_code] * 2
    skipped = told[1]["timeline"][-1]
    for params in (*(row["reason_params"] for row in told), skipped["params"]):
        assert set(params) == set(refused.reason_params) - private
    assert told[0]["reason"] == told[0]["error_message"]
    assert skipped["text"] == f"Skipped: {told[0]['reason']}"
    assert shown.count(told[0]["reason"]) >= 5  # list of the signal, page, its timeline, admin twice


@pytest.mark.parametrize("role", [Role.CLIENT, Role.SUPPORT])
def test_the_client_and_support_read_all_of_it(refused: Execution, role: Role) -> None:
    viewer = refused.user if role == Role.CLIENT else make_user(role)

    told = told_by_api(viewer, refused)

    assert [row["reason_params"] for row in told] == [refused.reason_params] * 2
    assert told[1]["timeline"][-1]["params"] == refused.reason_params
    assert all(RIVAL in row["reason"] and RIVAL in row["error_message"] for row in told)
    assert pages(viewer, f"/executions/{refused.pk}/").count(RIVAL) == 2


def test_a_strange_manager_reads_nothing(refused: Execution) -> None:
    stranger = make_user(Role.MANAGER)

    assert api_of(stranger).get(f"/api/v1/executions/{refused.pk}").status_code == 404
