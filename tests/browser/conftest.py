"""A web process over the test's database, and pages that are watched for everything that goes wrong in them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from accounts.models import User
from tests.processes import Processes

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Watched:
    """A page and what its console complained about: errors, refused scripts and styles, failed requests."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture
def web(processes: Processes) -> str:
    """The address of a web process."""
    processes.start("web")
    return processes.web_url


class Browsers:
    """Opens watched pages, each with its own cookies."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.contexts: list[BrowserContext] = []

    def open(
        self, user: User | None = None, *, size: Any = WIDE, theme: Any = "light", language: str = "pt-BR"
    ) -> Watched:
        context = self.browser.new_context(viewport=size, color_scheme=theme, locale=language)
        self.contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": self.base}])
        context.set_default_timeout(15_000)
        watched = Watched(context.new_page(), self.base)
        watch(watched)
        return watched

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def tell(user: User, message: dict[str, Any]) -> None:
    """What the pipeline tells a person's pages."""
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.publish(f"user.{user.pk}", json.dumps(message))


def watch(watched: Watched) -> None:
    def note(message: Any) -> None:
        if message.type in ("error", "warning"):
            watched.complaints.append(message.text)

    watched.page.on("console", note)
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))


@pytest.fixture
def browsers(browser: Browser, web: str) -> Iterator[Browsers]:
    opened = Browsers(browser, web)
    yield opened
    opened.close()
