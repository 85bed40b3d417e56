"""Components put together into checked assumptions for given years."""

from kompaslite.assumptions.build import assume, component_sources
from kompaslite.rates.complete import fill_missing_areas

__all__ = ["assume", "component_sources", "fill_missing_areas"]
