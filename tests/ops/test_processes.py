"""The fixture `processes` and Chromium: what the flow and page tests stand on."""

import urllib.request

import pytest
from playwright.sync_api import Page

from tests.processes import Processes


@pytest.mark.worker
def test_simulator_starts_on_a_free_port_and_answers(processes: Processes) -> None:
    simulator = processes.start("simulator")

    assert simulator.process.poll() is None
    assert simulator.stop() == 0


@pytest.mark.worker
def test_web_answers_its_health_check(processes: Processes) -> None:
    processes.start("web")

    with urllib.request.urlopen(f"{processes.web_url}/healthz", timeout=5) as answer:
        assert answer.status == 200


@pytest.mark.browser
def test_chromium_renders_a_page(page: Page) -> None:
    page.set_content("<h1>Batuta</h1>")

    assert page.inner_text("h1") == "Batuta"
