from dataclasses import FrozenInstanceError, replace

import pytest

from kompaslite.engine import Convention
from kompaslite.schema import SchemaError
from tests.strategies import PRESETS


def test_the_default_is_mean_exposure():
    assert Convention() == Convention.mean_exposure
    assert Convention.mean_exposure.death_shares == (0.5, 0.5, 0.5)


def test_presets_are_five_different_records_of_numbers():
    assert len(set(PRESETS.values())) == 5


def test_a_convention_cannot_be_changed_but_a_new_one_written_down():
    with pytest.raises(FrozenInstanceError):
        Convention.fso.women_start = 1.0
    late = replace(Convention.fso, infant_death_shares=(0.0, 0.9, 0.9))
    assert late.death_shares == Convention.fso.death_shares


@pytest.mark.parametrize(
    ("name", "deaths", "exits"),
    [("mean_exposure", 2.0, 2.0), ("un_end", 1.0, 1.0), ("fso", 1.0, 1.0), ("befproj", 1.0, 1.0)],
)
def test_the_highest_rate_follows_from_the_shares(name, deaths, exits):
    assert PRESETS[name].highest_rate("deaths") == deaths
    assert PRESETS[name].highest_rate("exits") == exits


def test_events_that_leave_no_exposure_have_no_highest_rate():
    whole = Convention(death_shares=(1.0, 0.0, 0.0))
    assert whole.highest_rate("deaths") == float("inf")
    assert whole.highest_rate("deaths", infants=True) == 2.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"death_shares": (0.5, 0.5)}, "convention: death_shares has 2 numbers. Give shares of deaths, exits and arr"),
        ({"exit_shares": (0.5, 1.5, 0.5)}, "convention: exit_shares holds 1.5. Shares and weights lie between 0 and 1"),
        ({"women_start": -0.1}, "convention: women_start holds -0.1."),
        ({"net_at_start": float("nan")}, "convention: net_at_start holds nan."),
        (
            {"exit_shares": (0.5, 0.5, 0.1)},
            "convention: exit_shares counts 0.1 of the arrivals, but loses 0.25 of them, because death_shares",
        ),
        (
            {"infant_death_shares": (0.0, 1.0, 0.0)},
            "convention: infant_death_shares counts 0 of the arrivals, but loses 0.5 of them, because infant_",
        ),
        ({"rates_by": "birth"}, "convention: rates_by is 'birth'. Choose 'reached' or 'start'."),
        ({"women_by": 1}, "convention: women_by is 1. Choose 'cohort' or 'label'."),
    ],
)
def test_a_number_out_of_place_is_named(wrong, message):
    with pytest.raises(SchemaError) as error:
        Convention(**wrong)
    assert message in str(error.value)


def test_a_convention_is_shown_by_its_name_or_by_what_it_changes():
    assert repr(Convention()) == "Convention.mean_exposure"
    assert repr(Convention.fso) == "Convention.fso"
    assert repr(Convention(net_at_start=0.5)) == "Convention(net_at_start=0.5)"
