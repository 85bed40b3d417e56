"""The example, its forecast and its notes: made once."""

import pytest

from kompaslite.datasets import load_example
from kompaslite.engine import project
from kompaslite.report import intervals_from_printed, note_inputs_from_printed, note_page
from kompaslite.text import in_both

LAST = 2050


@pytest.fixture(scope="session")
def baerum():
    return load_example("baerum")


@pytest.fixture(scope="session")
def forecast(baerum):
    assumptions = baerum.method(baerum.observed, list(range(2026, LAST)))
    return project(baerum.observed.population.sel(year=2026), assumptions)


@pytest.fixture(scope="session")
def material(baerum):
    return note_inputs_from_printed(baerum)


@pytest.fixture(scope="session")
def html(baerum, material, forecast):
    ends = intervals_from_printed(baerum, until=LAST)
    given = {"forecast": forecast, "intervals": ends, "source": in_both("example.forecast")}
    return {language: note_page(material, language=language, **given) for language in ("nb", "en")}
