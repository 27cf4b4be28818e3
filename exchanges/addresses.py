"""Where each venue's traffic is sent: to the venue, or to the address that stands in for it. Pure: no Django, no ccxt.

`BATUTA_EXCHANGE_URL_<VENUE>` (settings.EXCHANGE_URLS) redirects all traffic of a venue; path and query are kept, the original
host travels in the header `X-Exchange-Host`, so that a stand-in can tell live from demo hosts.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

HOST_HEADER = "X-Exchange-Host"

_addresses: dict[str, str] = {}


def configure(urls: Mapping[str, str]) -> None:
    """Replaces all redirects: venue id → base URL. Called once, when the process starts."""
    for venue_id, url in urls.items():
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"the exchange address of {venue_id} is not a plain http(s) URL")
    _addresses.clear()
    _addresses.update({venue_id: url.rstrip("/") for venue_id, url in urls.items()})


def address_of(venue_id: str) -> str | None:
    """The base URL that stands in for a venue, None when its own hosts are to be used."""
    return _addresses.get(venue_id)


def redirect(venue_id: str, url: str, headers: dict[str, str]) -> str:
    """The URL to be really asked. Writes the original host into `headers` when that is another one."""
    base = _addresses.get(venue_id)
    if base is None:
        return url
    # by hand, since this runs once per request: scheme://host/path?query
    start = url.index("://") + 3
    end = url.find("/", start)
    if end < 0:
        end = len(url)
    headers[HOST_HEADER] = url[start:end]
    return base + url[end:]
