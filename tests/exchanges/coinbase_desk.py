"""Coinbase with scripted answers over a real socket, and its tokens verified with the public key."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from exchanges import addresses, client, doors, market_loading, shared_books, shared_prices
from exchanges.client import ExchangeClient
from exchanges.types import Credentials
from tests.exchanges.coinbase_samples import NO_FUTURES, PRODUCTS, TIME
from tests.exchanges.loopback import Asked, Loopback

PRIVATE_KEY = ec.generate_private_key(ec.SECP256R1())
PEM = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
KEYS = Credentials(
    api_key="organizations/3b910e93-0000-4444-8888-10fe7a038418/apiKeys/c2b1a9f0-0000-4444-8888-f1e2d3c4b5a6",
    secret_key=PEM,
)
API = "/api/v3/brokerage"
ORDERS, CANCEL = f"{API}/orders", f"{API}/orders/batch_cancel"
LIST, FILLS = f"{API}/orders/historical/batch", f"{API}/orders/historical/fills"
ACCOUNTS, KEY = f"{API}/accounts", f"{API}/key_permissions"
PUBLIC = f"{API}/market/products"


@asynccontextmanager
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", PUBLIC, lambda asked: NO_FUTURES if asked.params.get("product_type") == "FUTURE" else PRODUCTS)
    server.answer("GET", f"{API}/time", TIME)
    monkeypatch.setattr(addresses, "_addresses", {"coinbase": server.url})
    monkeypatch.setattr(shared_books, "_url", "")
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(doors, "_doors", {})
    yield server
    await client.close_all()
    await server.stop()


def connected(keys: Credentials = KEYS) -> ExchangeClient:
    return client.connect("coinbase", keys, testnet=False, position_mode=None)


def token_of(asked: Asked) -> dict[str, Any]:
    """The claims of the request's token, verified: ES256 with the key's public half, header and claims as documented."""
    kind, token = asked.headers["authorization"].split(" ")
    head = jwt.get_unverified_header(token)
    assert (kind, head["alg"], head["typ"], head["kid"]) == ("Bearer", "ES256", "JWT", KEYS.api_key)
    assert head["nonce"]
    told: dict[str, Any] = jwt.decode(
        token, PRIVATE_KEY.public_key(), algorithms=["ES256"], audience="retail_rest_api_proxy",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )  # fmt: skip
    assert told["sub"] == KEYS.api_key
    assert told["uri"] == f"{asked.method} api.coinbase.com{asked.path}"
    assert told["exp"] == told["nbf"] + 120 == told["iat"] + 120
    return told


def said(asked: Asked) -> dict[str, Any]:
    """What a signed request says: its body, or its parameters."""
    token_of(asked)
    if asked.method == "GET":
        return asked.params
    assert asked.headers["content-type"] == "application/json"
    told: dict[str, Any] = json.loads(asked.body)
    return told
