"""Production conditions are system checks: a default of development does not survive."""

import base64
from typing import Any

import pytest
from pytest_django import Settings

from config.checks import check_key_ring, check_production, check_proxies

GOOD: dict[str, Any] = {
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "x" * 60,
    "BATUTA_KEYS": "k1:" + base64.b64encode(b"k" * 32).decode(),
    "ALLOWED_HOSTS": ["batuta.example"],
    "HTTPS": True,
    "BASE_URL": "https://batuta.example",
    "SIMULATOR_TOKEN": "another",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EXCHANGE_URLS": {"paper": "http://10.0.0.9:9000", "binance": "http://127.0.0.1:9000"},
    "ALLOWED_EXCHANGE_URLS": [],
}


@pytest.fixture
def production(settings: Settings) -> Settings:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


def ids() -> list[str | None]:
    return [message.id for message in (*check_production(), *check_key_ring(), *check_proxies())]


def test_a_good_production_is_clean(production: Settings) -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"BATUTA_KEYS": "broken"}, "batuta.E001"),
        ({"TRUSTED_PROXIES": ["proxy.local"]}, "batuta.E002"),
        ({"DEBUG": True}, "batuta.E003"),
        ({"SECRET_KEY": "short"}, "batuta.E004"),
        ({"BATUTA_KEYS": "dev:" + base64.b64encode(b"k" * 32).decode()}, "batuta.E005"),
        ({"ALLOWED_HOSTS": ["*"]}, "batuta.E006"),
        ({"BASE_URL": "http://batuta.example"}, "batuta.E007"),
        ({"SIMULATOR_TOKEN": "development-simulator-token"}, "batuta.E008"),
        ({"EXCHANGE_URLS": {"binance": "http://evil.example"}}, "batuta.E009"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "batuta.W001"),
    ],
)
def test_each_condition_is_named(production: Settings, change: dict[str, Any], found: str) -> None:
    for name, value in change.items():
        setattr(production, name, value)

    assert ids() == [found]


def test_a_redirect_that_is_wanted_is_allowed(production: Settings) -> None:
    production.EXCHANGE_URLS = {"binance": "http://twin.example"}
    production.ALLOWED_EXCHANGE_URLS = ["binance"]

    assert ids() == []


def test_development_is_not_bothered(production: Settings) -> None:
    production.PRODUCTION = False
    production.DEBUG = True

    assert ids() == []
