"""What a request is for, so that a fault can meet just the stops, or just the entries."""

from collections.abc import Mapping

CLIENT_IDS = (
    *("newClientOrderId", "clientAlgoId", "listClientOrderId", "origClientOrderId"),
    *("aboveClientOrderId", "belowClientOrderId"),
)


def leg_of(method: str, path: str, parameters: Mapping[str, str]) -> str:
    """entry, close, stop, target, oco, cancel, leverage, settings, query (one order) or read (anything else)."""
    name = path.rsplit("/", 1)[-1]
    if method == "DELETE":
        return "cancel"
    if method == "POST":
        return _of_post(name, path.startswith("/api/"), parameters)
    return "query" if name in ("order", "algoOrder", "openOrder", "orderList") else "read"


def client_ids_of(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The client's own ids that a request names."""
    return tuple(parameters[name] for name in CLIENT_IDS if name in parameters)


def _of_post(name: str, is_spot: bool, parameters: Mapping[str, str]) -> str:
    if name == "leverage":
        return "leverage"
    if name == "oco":
        return "oco"
    if name not in ("order", "algoOrder"):
        return "settings"
    kind = parameters.get("type", "")
    if kind.startswith("STOP"):
        return "stop"
    if kind.startswith("TAKE_PROFIT"):
        return "target"
    return "close" if _closes(is_spot, parameters) else "entry"


def _closes(is_spot: bool, parameters: Mapping[str, str]) -> bool:
    side = parameters.get("side")
    if is_spot:
        return side == "SELL"
    one_side = (parameters.get("positionSide"), side) in (("LONG", "SELL"), ("SHORT", "BUY"))
    return one_side or parameters.get("reduceOnly") == "true"
