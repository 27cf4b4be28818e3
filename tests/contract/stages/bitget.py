"""Bitget: classic and unified accounts; on unified ones no spot."""

from exchanges.types import MarketType
from tests.contract.stages import Stage

STAGE = Stage(
    variants=("", "unified"),
    untraded={("unified", MarketType.SPOT): "a stop on spot takes no id of ours there, so that nothing is bought"},
)
