"""Sentences about what is to come, tested where they turn."""

import pytest

from kompaslite.text import (
    forecast_sentence,
    groups_sentence,
    kind_sentence,
    plan_sentence,
    scenario_sentence,
    vacated_sentence,
)


def plain(text):
    return text.replace("\u00a0", " ").replace("\u2212", "-")


@pytest.mark.parametrize(
    ("end", "nb", "en"),
    [
        (
            149845,
            "149 845 innbyggere i Bærum 1. januar 2050, 16 617 flere enn i 2026 (12,5 prosent).",
            "16,617 more than in",
        ),
        (133227, "1 færre enn i 2026 (0,0 prosent).", "1 fewer than in 2026 (0.0 per cent)."),
        (133228.3, "1. januar 2050, som i 2026.", "on 1 January 2050, as in 2026."),
    ],
)
def test_the_forecast(end, nb, en):
    figures = {"years": (2026, 2050), "population": (133228, end)}
    assert nb in plain(forecast_sentence("Bærum", **figures, language="nb"))
    assert en in plain(forecast_sentence("Bærum", **figures, language="en"))


@pytest.mark.parametrize(
    ("changes", "nb", "en"),
    [
        (
            {"6-12": -30, "80-84": 900},
            "vokser 80–84 år mest (+900), mens 6–12 år minker mest (-30).",
            "80–84 years grows most (+900), and 6–12 years shrinks most (-30).",
        ),
        ({"6-12": 0, "80-84": 900}, "mest (+900); ingen aldersgruppe minker.", "grows most (+900); none shrinks."),
        ({"6-12": -30, "80-84": 0.3}, "mest (-30); ingen aldersgruppe vokser.", "shrinks most (-30); none grows."),
        ({"6-12": -0.2, "80-84": 0.3}, "er ingen aldersgruppe ventet å endre seg.", "no age group changes."),
    ],
)
def test_age_groups_that_grow_and_shrink(changes, nb, en):
    assert plain(groups_sentence(changes, until=2050, language="nb")).endswith(nb)
    assert plain(groups_sentence(changes, until=2050, language="en")).endswith(en)


def test_an_interval_says_what_it_is_made_of_and_its_absence_too():
    assert "empirisk: det kommer fra feilene" in kind_sentence("errors", level=0.8, language="nb")
    assert "modelled: it comes from draws" in kind_sentence("draws", level=0.95, language="en")
    assert "95 per cent" in kind_sentence("draws", level=0.95, language="en")
    assert "uten intervall" in kind_sentence(None, language="nb")
    assert "has no interval" in kind_sentence(None, language="en")


@pytest.mark.parametrize(
    ("dwellings", "nb", "en"),
    [
        (-174, "det ble ferdig 174 færre boliger enn ventet", "174 fewer dwellings were completed than expected"),
        (20, "20 flere boliger", "20 more dwellings"),
        (0, "det ble ferdig like mange boliger som ventet", "as many dwellings were completed as expected"),
    ],
)
def test_what_the_plan_did(dwellings, nb, en):
    figures = {"effect": -76.4, "low": -139, "high": -27, "level": 0.9, "deviation": -217}
    norwegian = plain(plan_sentence(**figures, dwellings=dwellings, language="nb"))
    assert nb in norwegian
    assert "modellert til -76 (intervall på 90 prosent: -139 til -27) av avviket på -217; -141 er ikke" in norwegian
    assert en in plain(plan_sentence(**figures, dwellings=dwellings, language="en"))


@pytest.mark.parametrize(
    ("difference", "nb", "en"),
    [
        (2100, "har fornebu 2 100 personer flere enn base.", "fornebu has 2,100 persons more than base."),
        (-1, "1 person færre enn base.", "1 person fewer than base."),
        (0.2, "like mange personer som base.", "as many persons as base."),
    ],
)
def test_a_scenario_against_another(difference, nb, en):
    figures = {"against": "base", "difference": difference, "year": 2050}
    assert plain(scenario_sentence("fornebu", **figures, language="nb")).endswith(nb)
    assert plain(scenario_sentence("fornebu", **figures, language="en")).endswith(en)


def test_dwellings_vacated_in_a_forecast_were_not_counted():
    told = plain(vacated_sentence(vacated=5700, new=582, language="nb", forecast=True))
    assert told.endswith(" ville etter prognosen bli ledige ved utflytting, 9,8 for hver ny bolig som var ventet.")
    assert "were forecast to be vacated" in vacated_sentence(vacated=5700, new=0, language="en", forecast=True)
    assert "were vacated" in vacated_sentence(vacated=5700, new=0, language="en")
