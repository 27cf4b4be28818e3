"""Asks a starting web process how far it is."""

import http.client
import json
import urllib.error
import urllib.request

READY, NOT_READY, SILENT = "ready", "not ready", "silent"


def ask_ready(address: str) -> tuple[str, str]:
    """One of the three states, and what is still missing in words. Without a /readyz, an answering port counts as ready."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy
    try:
        with opener.open(f"{address}/readyz", timeout=3):
            return READY, ""
    except urllib.error.HTTPError as error:
        if error.code == http.client.NOT_FOUND:
            return READY, ""
        return NOT_READY, _missing(error.read(4000))
    except OSError:
        return SILENT, "the web process"


def _missing(body: bytes) -> str:
    """`worker, simulator` out of {"checks": {"database": "ok", "worker": "no heartbeat", …}}, or out of a flat object."""
    try:
        told = json.loads(body)
        checks = told.get("checks", told)
        wrong = [name for name, state in checks.items() if state not in ("ok", True) and name != "status"]
    except (ValueError, AttributeError):
        return body.decode(errors="replace")[:200]
    return ", ".join(wrong) or "everything"
