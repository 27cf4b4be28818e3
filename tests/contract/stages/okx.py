"""OKX: names of its own, contracts of a part of a coin or of millions of it; the global and the European exchange."""

from decimal import Decimal

from tests.contract.stages import Stage

STAGE = Stage(variants=("global", "eea"), many_coins=("PEPEUSDT", Decimal(5_000_000)))
