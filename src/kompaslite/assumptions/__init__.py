"""Components put together into checked assumptions for given years."""

from kompaslite.assumptions.build import assume
from kompaslite.assumptions.fallback import fill_from, sources

__all__ = ["assume", "fill_from", "sources"]
