"""Whose address a request came from. Forwarded addresses count only from trusted proxies (D31, LEG-06)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
UNIX = "unix"


def client_ip(request: HttpRequest) -> str:
    """The client's address, `""` where there is none (a unix socket whose proxy is not trusted).

    A trusted peer's CF-Connecting-IP is believed first, then X-Forwarded-For, walked from the right until the first
    address that is not a trusted proxy. Whatever is no address ends the walk: what stands left of it could be anyone's.
    """
    peer = _parse(request.META.get("REMOTE_ADDR", ""))
    if not _is_trusted(peer):
        return str(peer or "")
    if cloudflare := _parse(request.META.get("HTTP_CF_CONNECTING_IP", "")):
        return str(cloudflare)
    nearest = peer
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = _parse(hop)
        if address is None:
            break
        nearest = address
        if not _is_trusted(address):
            break
    return str(nearest or "")


def trusted_networks() -> tuple[IPv4Network | IPv6Network, ...]:
    """TRUSTED_PROXIES as networks (without `unix`). Raises ImproperlyConfigured when one is neither."""
    return _networks(tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=4)
def _networks(entries: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(entry.strip()) for entry in entries if entry.strip() != UNIX)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return None
        return address.ipv4_mapped or address
    return address


def _is_trusted(address: Address | None) -> bool:
    if address is None:
        return UNIX in settings.TRUSTED_PROXIES
    return any(address in network for network in trusted_networks())
