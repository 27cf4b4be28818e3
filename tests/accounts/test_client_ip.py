"""Forwarded addresses count only from trusted proxies (D31, LEG-06)."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from pytest_django import Settings

from accounts.client_ip import client_ip


def ask(peer: str, forwarded: str = "", cloudflare: str = "") -> str:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded, "HTTP_CF_CONNECTING_IP": cloudflare}
    return client_ip(RequestFactory().get("/", REMOTE_ADDR=peer, **{k: v for k, v in headers.items() if v}))


def test_without_trusted_proxies_headers_mean_nothing() -> None:
    assert ask("203.0.113.9", "1.2.3.4", "5.6.7.8") == "203.0.113.9"
    assert ask("127.0.0.1", "1.2.3.4") == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "cloudflare", "expected"),
    [
        ("10.0.0.1", "", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", "", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "", "1.2.3.4"),  # the left one is the client's own invention
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.2.0.7", "", "1.2.3.4"),
        ("10.0.0.1", "10.9.9.9", "", "10.9.9.9"),
        ("10.0.0.1", "1.2.3.4, nonsense", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", "5.6.7.8", "5.6.7.8"),
        ("10.0.0.1", "", "rubbish", "10.0.0.1"),
        ("198.51.100.4", "1.2.3.4", "5.6.7.8", "198.51.100.4"),
        ("::ffff:10.0.0.1", "2001:DB8::1", "", "2001:db8::1"),
        ("10.0.0.1", "::ffff:1.2.3.4", "", "1.2.3.4"),
        ("10.0.0.1", "fe80::1%eth0", "", "10.0.0.1"),
        ("", "1.2.3.4", "", ""),
    ],
)
def test_a_trusted_peer_is_believed(
    settings: Settings, peer: str, forwarded: str, cloudflare: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert ask(peer, forwarded, cloudflare) == expected


def test_a_unix_socket_is_trusted_when_it_is_said(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["unix"]

    assert ask("", "6.6.6.6, 1.2.3.4") == "1.2.3.4"


def test_a_malformed_proxy_is_named(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1/8"]

    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        ask("10.0.0.1")
