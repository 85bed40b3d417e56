"""Sentences about the past, tested where they turn: rose, fell, turned, stayed; one, many, none."""

import pytest

from kompaslite.schema import SchemaError
from kompaslite.text import (
    changes_sentence,
    national_sentence,
    places_sentence,
    quarter_sentence,
    quarter_trend_sentence,
    rates_sentence,
    record_sentence,
)


def plain(text):
    return text.replace("\u00a0", " ").replace("\u2212", "-")


@pytest.mark.parametrize(
    ("growth", "nb", "en"),
    [
        (27, "økte folketallet i Bærum med 27 personer.", "the population of Bærum rose by 27 persons."),
        (1, "økte folketallet i Bærum med 1 person.", "rose by 1 person."),
        (0.4, "var folketallet i Bærum uendret.", "was unchanged."),
        (-1.2, "gikk folketallet i Bærum ned med 1 person.", "fell by 1 person."),
        (-1500, "gikk folketallet i Bærum ned med 1 500 personer.", "fell by 1,500 persons."),
    ],
)
def test_a_quarter(growth, nb, en):
    figures = {"quarter": "2025Q4", "growth": growth}
    norwegian = plain(quarter_sentence("Bærum", **figures, language="nb"))
    english = plain(quarter_sentence("Bærum", **figures, language="en"))
    assert norwegian.startswith("I 4. kvartal 2025 ")
    assert english.startswith("In the fourth quarter of 2025 the population of Bærum ")
    assert norwegian.endswith(nb)
    assert english.endswith(en)


@pytest.mark.parametrize(
    ("growths", "nb", "en"),
    [
        (
            (142, 149, 325, 27),
            "298 personer lavere enn i 4. kvartal 2025, og den laveste av de 4 kvartalene som er vist.",
            "298 persons lower than in the fourth quarter of 2025, and the lowest of the 4 quarters shown.",
        ),
        ((142, 149, 325, 400), "og den høyeste av de 4", "75 persons higher than in"),
        ((142, 10, 325, 27), "lavere enn i 4. kvartal 2025.", "lower than in the fourth quarter of 2025."),
        (
            (142, 149, 27, 27.3),
            "like stor som i 4. kvartal 2025",
            "Growth was the same as in the fourth quarter of 2025.",
        ),
        ((325, 27), "298 personer lavere enn i 4. kvartal 2025.", "lower than in the fourth quarter of 2025."),
    ],
)
def test_a_quarter_against_those_before(growths, nb, en):
    labels = [f"{2027 - len(growths) + i}Q4" for i in range(len(growths))]
    told = dict(zip(labels, growths, strict=True))
    assert nb in plain(quarter_trend_sentence(told, language="nb"))
    assert en in plain(quarter_trend_sentence(told, language="en"))


def test_quarters_are_put_in_order_first():
    told = {"2025Q1": 10, "2024Q4": 30, "2024Q2": 20}
    assert "20 persons lower than in the fourth quarter of 2024" in quarter_trend_sentence(told, language="en")


@pytest.mark.parametrize(
    ("now", "before", "nb", "en"),
    [
        (304, 452, "Netto innvandring gikk ned fra +452 i 2024 til +304.", "fell from +452 in 2024 to +304."),
        (-52, 274, "snudde fra +274 i 2024 til -52.", "turned from +274 in 2024 to -52."),
        (5, -5, "snudde fra -5 i 2024 til +5.", "turned from -5 in 2024 to +5."),
        (605, 0, "økte fra 0 i 2024 til +605.", "rose from 0 in 2024 to +605."),
        (-60, -52, "gikk ned fra -52 i 2024 til -60.", "fell from -52 in 2024 to -60."),
        (12.4, 12, "var uendret på +12 som i 2024.", "stayed at +12 as in 2024."),
    ],
)
def test_how_a_component_changed(now, before, nb, en):
    name = "net_immigration"
    told = [plain(changes_sentence({name: now}, {name: before}, since="2024", language=one)) for one in ("nb", "en")]
    assert told[0].endswith(nb)
    assert told[1].endswith(en)


def test_only_the_first_component_says_since_when():
    now, before = {"births": 3, "deaths": 2, "adjustment": 1}, {"births": 2, "deaths": 2, "adjustment": -1}
    assert plain(changes_sentence(now, before, since="2024", language="en")) == (
        "Births rose from +2 in 2024 to +3, deaths stayed at +2 and adjustment turned from -1 to +1."
    )


@pytest.mark.parametrize(
    ("rates", "nb", "en"),
    [
        (
            {2014: 1.77, 2020: 0.39, 2024: 1.10, 2025: 0.66},
            "høyest i 2014 (1,8) og lavest i 2020 (0,4); den gikk ned fra 1,1 i 2024 til 0,7 i 2025.",
            "it fell from 1.1 in 2024 to 0.7 in 2025.",
        ),
        ({2023: 0.2, 2024: 0.5, 2025: 0.9}, "den økte fra 0,5 i 2024 til 0,9", "it rose from 0.5 in 2024 to 0.9"),
        (
            {2023: 0.2, 2024: 0.51, 2025: 0.49},
            "den var 0,5 både i 2024 og i 2025.",
            "it was 0.5 both in 2024 and in 2025.",
        ),
    ],
)
def test_growth_in_per_cent(rates, nb, en):
    assert nb in rates_sentence(rates, language="nb")
    assert en in rates_sentence(rates, language="en")


@pytest.mark.parametrize(
    ("what", "figures", "nb", "en"),
    [
        (
            "population",
            (5627400, None),
            "Landet hadde 5 627 400 innbyggere 1. januar 2025.",
            "The country had 5,627,400 inhabitants on 1 January 2025.",
        ),
        ("population", (5627400, -3), "innbyggere 1. januar 2025, 3 færre enn i 2024.", "2025, 3 fewer than in 2024."),
        (
            "births",
            (55400, 1400),
            "var 55 400 i 2025, 1 400 flere enn i 2024.",
            "55,400 in 2025, 1,400 more than in 2024.",
        ),
        ("births", (55400, 0), "like mange som i 2024.", "as many as in 2024."),
        ("births", (55400, None), "var 55 400 i 2025.", "was 55,400 in 2025."),
        ("deaths", (None, 800), "økte med 800 fra 2024.", "rose by 800 from 2024."),
        ("deaths", (None, 0.2), "var som i 2024.", "was as in 2024."),
        (
            "immigration_ukrainian",
            (None, -7500),
            "Innvandringen av ukrainske statsborgere gikk ned med 7 500 fra 2024.",
            "The immigration of Ukrainian citizens fell by 7,500 from 2024.",
        ),
    ],
)
def test_the_nation(what, figures, nb, en):
    figures = {"year": 2025, "value": figures[0], "change": figures[1]}
    assert plain(national_sentence(what, **figures, language="nb")).endswith(nb)
    assert plain(national_sentence(what, **figures, language="en")).endswith(en)


@pytest.mark.parametrize(("what", "value"), [("gdp", 1.0), ("births", None)])
def test_a_national_figure_that_cannot_be_told(what, value):
    with pytest.raises(SchemaError, match=f"national figure '{what}': there are population, births"):
        national_sentence(what, year=2025, value=value, language="en")


def test_other_places_are_told_by_side():
    rates = {"Bærum": 0.66, "Norge": 0.58, "Drammen": 0.7, "Oslo": 0.74, "Ullensaker": 2.1}
    assert plain(places_sentence("Bærum", rates, year=2025, language="nb")) == (
        "Veksten i Bærum i 2025, 0,7 prosent, var høyere enn i Norge (0,6), den samme som i Drammen og Oslo og lavere "
        "enn i Ullensaker (2,1)."
    )
    assert plain(places_sentence("Bærum", {"Bærum": -0.2, "Norge": -0.4}, year=2025, language="en")) == (
        "Growth in Bærum in 2025, -0.2 per cent, was higher than in Norge (-0.4)."
    )


@pytest.mark.parametrize(
    ("errors", "nb", "en"),
    [
        ([], "Ingen tidligere prognoser er oppgitt.", "No earlier forecasts are given."),
        ([0.16], "bommet med 0,16 prosent, for høyt.", "was off by 0.16 per cent, too high."),
        ([-0.16], "for lavt.", "too low."),
        ([0.0], "bommet med 0,00 prosent.", "was off by 0.00 per cent."),
        ([0.5, -0.3], "i snitt med 0,40 prosent: 1 for høye og 1 for lave.", "1 was too high and 1 too low."),
        ([-0.5, -0.3], ": 2 for lave.", "2 were too low."),
        ([0.5, 0.3, 0.0], "2 for høye og 1 traff.", "2 were too high and 1 was met."),
    ],
)
def test_the_record(errors, nb, en):
    assert plain(record_sentence(errors, language="nb")).endswith(nb)
    assert plain(record_sentence(errors, language="en")).endswith(en)
