"""D12: each reader reads in the own language, whatever the program asks for; the canonical text stays English."""

import pytest
from rest_framework.test import APIClient

from accounts.tokens import open_family
from tests.trading_world import make_execution, make_signal, make_subscription, make_user


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "accepted"), [("pt-br", "en"), ("en", "pt-br")])
def test_the_reason_is_in_the_readers_language(language: str, accepted: str) -> None:
    alice = make_user(language=language)
    subscription = make_subscription(user=alice)
    execution = make_execution(
        make_signal(subscription.bot), subscription, "SKIPPED", reason_code="max_positions",
        reason_params={"value": 3, "limit": 3},
    )  # fmt: skip
    client = APIClient(HTTP_ACCEPT_LANGUAGE=accepted)

    answer = client.get(
        f"/api/v1/executions/{execution.id}", headers={"authorization": f"Bearer {open_family(alice).access}"}
    )

    assert answer.headers["content-language"] == language
    assert answer.json()["error_message"] == "Max positions: 3 >= 3"
