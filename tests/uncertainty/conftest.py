"""What the tests of uncertainty share."""

from types import SimpleNamespace

import pytest

from kompaslite.uncertainty.ensemble.futures import Futures
from tests.worlds.country import some_baseline, some_levels, some_people


@pytest.fixture
def small():
    """People, baseline, levels and futures of the small country."""
    baseline, levels = some_baseline(), some_levels()
    futures = Futures(baseline=baseline, levels=levels, draws=130, seed=2026)
    return SimpleNamespace(people=some_people(), baseline=baseline, levels=levels, futures=futures)
