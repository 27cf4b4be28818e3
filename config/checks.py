"""What must be true before anybody trades with it: production conditions as system checks (`check --deploy` tells them)."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from accounts.client_ip import trusted_networks
from config.settings import _INSECURE_KEY

MIN_SECRET = 50


@register("security")
def check_key_ring(**_: Any) -> list[CheckMessage]:
    """The vault's ring can be read, and production has its own (D17)."""
    from exchanges import vault  # noqa: PLC0415 -- checks are loaded with the lowest room

    try:
        vault.key_ids()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="batuta.E001")]
    return []


@register("security")
def check_proxies(**_: Any) -> list[CheckMessage]:
    """TRUSTED_PROXIES holds addresses and networks (D31)."""
    try:
        trusted_networks()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="batuta.E002")]
    return []


@register("security")
def check_production(**_: Any) -> list[CheckMessage]:
    """No default of development survives in production."""
    return list(_production_problems()) if settings.PRODUCTION else []


def _production_problems() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error("DEBUG is on in production", id="batuta.E003")
    if settings.SECRET_KEY == _INSECURE_KEY or len(settings.SECRET_KEY) < MIN_SECRET:
        yield Error("SECRET_KEY is the default or shorter than 50 characters", id="batuta.E004")
    if settings.BATUTA_KEYS.startswith("dev:"):
        yield Error("BATUTA_KEYS is the development ring", id="batuta.E005")
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS lets every host in", id="batuta.E006")
    if settings.HTTPS and not settings.BASE_URL.startswith("https://"):
        yield Error("BASE_URL must start with https:// where HTTPS is on: links in e-mails use it", id="batuta.E007")
    if settings.SIMULATOR_TOKEN == "development-simulator-token":  # noqa: S105 -- the default, to be refused
        yield Error("BATUTA_SIMULATOR_TOKEN is the development token", id="batuta.E008")
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield checks.Warning("e-mails are printed instead of sent (EMAIL_URL)", id="batuta.W001")
    yield from _redirected_venues()


def _redirected_venues() -> Iterator[CheckMessage]:
    """Traffic of a real exchange goes to the exchange, else somebody could stand in for it and take the keys."""
    for venue, url in settings.EXCHANGE_URLS.items():
        host = urlsplit(url).hostname or ""
        if not _is_paper(venue) and not _is_loopback(host) and venue not in settings.ALLOWED_EXCHANGE_URLS:
            yield Error(
                f"BATUTA_EXCHANGE_URL_{venue.upper()} sends all traffic of {venue} to {host}",
                hint="Remove it, or name the exchange in BATUTA_ALLOWED_EXCHANGE_URLS.",
                id="batuta.E009",
            )


def _is_paper(venue_id: str) -> bool:
    from exchanges.registry import UnknownVenue, get_venue  # noqa: PLC0415 -- checks are loaded with the lowest room

    try:
        return get_venue(venue_id).features.is_paper
    except UnknownVenue:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
