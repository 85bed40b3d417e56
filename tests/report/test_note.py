"""The population note: printed figures to the last digit, what they say, and what is said where they are missing."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite._files import StorageError
from kompaslite.accounts import Accounts
from kompaslite.evaluation.tables import components_table, deviation_table
from kompaslite.report import (
    Intervals,
    NationalFigure,
    NoteInputs,
    Record,
    Split,
    intervals_from_draws,
    intervals_from_printed,
    note_page,
    write_note,
)
from kompaslite.schema import SchemaError
from tests.report.pages import Page, number, plain


@pytest.fixture(scope="module", params=["nb", "en"])
def page(request, html):
    return Page(html[request.param])


@pytest.fixture(scope="module")
def nb(html):
    return Page(html["nb"])


@pytest.fixture(scope="module")
def en(html):
    return Page(html["en"])


def printed(table, columns):
    return [[number(cell) for cell in row[:columns]] for row in table.rows.values()]


AGES = {"nb": "Folketall etter alder, faktisk", "en": "Population by age, actual"}
YEARS = {"nb": "etter komponent og år", "en": "by component and year"}
QUARTERS = {"nb": "etter komponent og kvartal", "en": "by component and quarter"}


def test_the_tables_are_those_of_the_example_to_the_last_digit(page, baerum):
    note, language = baerum.note, page.language
    np.testing.assert_array_equal(printed(page.table(AGES[language]), 5), note.deviation.to_numpy())
    np.testing.assert_array_equal(printed(page.table(YEARS[language]), 5), note.components.to_numpy())
    np.testing.assert_array_equal(printed(page.table(QUARTERS[language]), 5), note.quarters.to_numpy())


def test_the_age_table_is_the_published_one(page, shared):
    table = page.table(AGES[page.language])
    published = pd.read_csv(shared / "note" / "age_groups_2025_2026.csv")
    columns = ["actual_2025_01_01", "actual_2026_01_01", "growth", "forecast_2026_01_01", "deviation"]
    np.testing.assert_array_equal(printed(table, 5), published[columns].to_numpy())
    ages = [label.replace("–", "-").split(" ")[0] for label in table.rows]
    assert ages[:-1] == published["age_group"].tolist()[:-1]
    assert ages[-1] == {"nb": "Sum", "en": "Total"}[page.language]


def test_both_component_tables_are_the_published_ones(page, shared):
    years = pd.read_csv(shared / "note" / "components_annual_2010_2025.csv").set_index("year")
    table = page.table(YEARS[page.language])
    assert list(table.rows) == [str(year) for year in years.index]
    made = np.array(printed(table, 5))
    np.testing.assert_array_equal(made[:, [0, 1, 2, 4]], years.to_numpy())
    np.testing.assert_array_equal(made[:, 3], years.iloc[:, 3] - years.iloc[:, :3].sum(axis=1))
    quarters = pd.read_csv(shared / "note" / "components_fourth_quarter_2022_2025.csv").set_index("quarter")
    table = page.table(QUARTERS[page.language])
    sign = {"nb": "K", "en": "Q"}[page.language]
    assert list(table.rows) == [label.replace("Q", sign) for label in quarters.index]
    np.testing.assert_array_equal(np.array(printed(table, 5))[:, [0, 1, 2, 4]], quarters.to_numpy())


FIGURES = (
    "population_baerum_2026_01_01",
    "population_norway_2026_01_01",
    "growth_2025",
    "forecast_growth_2025",
    "dwellings_forecast_2025",
    "dwellings_completed_2025",
    "dwellings_vacated_forecast_2025",
    "births_norway_2025",
    "deaths_norway_change_2025",
    "ukrainian_citizens_immigration_change_2025",
)


def test_growth_in_per_cent_and_the_figures_of_the_country_are_the_published_ones(page, shared):
    published = pd.read_csv(shared / "note" / "key_figures.csv").set_index("key")["value"]
    rates = {year: row[5] for year, row in page.table(YEARS[page.language]).rows.items()}
    point, mark = {"nb": (",", " "), "en": (".", ",")}[page.language]
    for year in ("2014", "2020", "2024"):
        assert rates[year] == f"{published[f'growth_percent_{year}']:.1f}".replace(".", point)
    assert rates["2025"] == f"{published['growth_2025_percent']:.1f}".replace(".", point)
    whole = " ".join(page.paragraphs + page.figures)
    for key in FIGURES:
        assert f"{abs(published[key]):,.0f}".replace(",", mark) in whole, key
    assert f"1{mark}400" in whole  # births more than the year before, from the note's remark


def test_the_sentences_say_what_the_figures_do(nb, en):
    told = " ".join(nb.paragraphs)
    for words in (
        "Den 1. januar 2026 bodde det 133 228 innbyggere i Bærum. Folketallet økte med 870 personer, det vil si 0,7 ",
        "I 4. kvartal 2025 økte folketallet i Bærum med 27 personer. Veksten var 298 personer lavere enn i 4. kvartal ",
        "Fødselsoverskudd gikk ned fra +452 i 2024 til +304, netto innvandring snudde fra +274 til -52",
        "I prosent var veksten høyest i 2012 (1,9) og lavest i 2020 (0,4); den gikk ned fra 1,1 i 2024 til 0,7 i 2025.",
        "Prognosen for 2025 var en vekst på 1 087 personer; det ble 870, et avvik på -217.",
        "Det var ventet 582 nye boliger i 2025, og 408 ble ferdige, 174 færre.",
        "Om lag 5 700 boliger ville etter prognosen bli ledige ved utflytting",
        "Antallet fødte i landet var 55 400 i 2025, 1 400 flere enn i 2024.",
        "Vekst i fylket, landet og andre kommuner er ikke oppgitt i dataene",
    ):
        assert words in told
    assert "The deviation of -185 is made of" in " ".join(en.paragraphs)


def test_rows_that_do_not_sum_to_their_total_are_explained(nb):
    told = " ".join(nb.paragraphs)
    assert "Kolonnen Prognose 1.1.2026: radene summerer seg til 133 446, summen er 133 445." in told
    assert "Kolonnen Avvik: radene summerer seg til -218, summen er -217." in told
    assert "Kolonnen Vekst" not in told


def test_the_plan_is_modelled_and_the_parts_sum_to_the_deviation(nb, material):
    plan, own = nb.table("KOMPAS", "modellert"), nb.table("Kompaslites", "modellert")
    assert plan.head[1] == own.head[1] == "Boligplan (modellert)"
    assert own.head[1:] == ["Boligplan (modellert)", "Fødte", "Døde", "Flytting", "Registerkorreksjon", "Avvik"]
    for split, deviation in zip(material.splits, (-217.0, -184.87), strict=True):
        total = split.table.loc["total"]
        assert total["deviation"] == pytest.approx(deviation, abs=0.005)
        assert total.drop("deviation").sum() == pytest.approx(total["deviation"])
        assert split.plan_interval[0] < total["plan"] < split.plan_interval[1] < 0
    low, high = (f"{end:.0f}" for end in material.splits[0].plan_interval)
    effect = f"{material.splits[0].table.loc['total', 'plan']:.0f}"
    assert f"modellert til {effect} (intervall på 90 prosent: {low} til {high}) av avviket på -217" in " ".join(
        nb.paragraphs
    )


def test_the_forecast_has_intervals_of_a_named_kind(nb, forecast, baerum):
    table = nb.table("Folketall i Bærum 1. januar")
    people = forecast.population.sum(["area", "sex", "age"])
    ends = intervals_from_printed(baerum, until=2050)
    for year, row in table.rows.items():
        expected = [float(people.sel(year=int(year))), ends.low["total"][int(year)], ends.high["total"][int(year)]]
        assert [number(cell) for cell in row] == [round(value) for value in expected]
    assert list(table.rows) == ["2026", "2027", "2030", "2035", "2040", "2045", "2050"]
    assert "Intervallet på 80 prosent kommer fra en modell: trekninger av mulige framtider." in " ".join(nb.paragraphs)
    groups = nb.table("Intervaller på 80 prosent etter alder")
    assert groups.head == ["Aldersgruppe", "2035, nedre", "2035, øvre", "2050, nedre", "2050, øvre"]
    assert [number(cell) for cell in groups.rows["Sum"][2:]] == [number(cell) for cell in table.rows["2050"][1:]]


def test_intervals_of_the_example_grow_and_hold_half_of_its_past_errors(baerum, material):
    ends = intervals_from_printed(baerum, until=2036, draws=400)
    width = (ends.high["total"] - ends.low["total"]) / ends.low["total"]
    assert (width.diff().iloc[1:] > 0).all()
    assert width[2027] == pytest.approx(0.009, abs=0.002)
    assert "Model: 400 draws" in ends.source["en"]
    again = intervals_from_printed(baerum, until=2036, draws=400)
    pd.testing.assert_frame_equal(ends.low, again.low)
    errors = np.abs(material.records[1].errors)
    assert (errors < 100 * width[2027] / 2).sum() == 4


def test_the_record_is_that_of_the_rule_before_each_year(material, baerum):
    kompas, own = (record.table.set_index("origin") for record in material.records)
    assert kompas.loc[2025].tolist() == [2026, 133445, 133228]
    assert own.index.tolist() == list(range(2020, 2026))
    past = baerum.note.components.loc[:2019]
    known = (
        past["natural_increase"].iloc[-3:].mean()
        + past[["net_immigration", "net_in_migration"]].iloc[-10:].mean().sum()
    )
    assert own.loc[2020, "forecast"] == pytest.approx(127_732 + known)
    assert own.loc[2020, "actual"] == 128_233
    assert own.loc[2025, "forecast"] == pytest.approx(133_413, abs=0.5)


def test_the_record_says_on_which_side_each_forecast_was_off(nb):
    kompas, own = (nb.table("Tidligere prognoser", words) for words in ("KOMPAS", "egen metode"))
    assert kompas.rows == {"2025": ["2026", "133 445", "133 228", "+217", "0,16"]}
    assert own.rows["2020"] == ["2021", "129 361", "128 233", "+1 128", "0,88"]
    assert own.rows["2024"] == ["2025", "132 035", "132 358", "-323", "-0,24"]
    assert "De 6 tidligere prognosene bommet i snitt med 0,40 prosent: 5 for høye og 1 for lave." in (
        " ".join(nb.paragraphs)
    )


def test_the_key_figures(nb, en):
    assert nb.figures == ["5 627 400", "133 228", "870", "1 087", "582", "408"]
    assert en.figures == ["5,627,400", "133,228", "870", "1,087", "582", "408"]


def test_what_the_charts_show_is_told_in_words(en, forecast):
    told = [plain(image["alt"]) for image in en.images]
    ages = forecast.population.sum(["area", "sex"])
    for year in (2026, 2050):
        most = ages.sel(year=year)
        words = str(int(most.idxmax("age")))
        assert f"In {year} most persons are {words} years old ({float(most.max()):,.0f})" in told[6] or (
            f"in {year} most are {words} ({float(most.max()):,.0f})" in told[6]
        )
    assert told[0].endswith("Growth: 142 in 2022Q4 and 27 in 2025Q4; highest 325 in 2024Q4, lowest 27 in 2025Q4.")
    assert told[1].endswith("Growth: 1,576 in 2010 and 870 in 2025; highest 2,188 in 2012, lowest 501 in 2020.")
    assert told[3].startswith(
        "Bars of the deviation of each age group, -217 together. The largest deviations were at 30"
    )
    assert told[4] == "Bars of new dwellings. Expected 2025: 582 and Completed 2025: 408."
    assert told[5] == (
        "Line of the forecast with a band for the interval. Population: 111,213 in 2010 and 149,845 in 2050; highest "
        "149,845 in 2050, lowest 111,213 in 2010."
    )


def test_every_number_leads_to_a_source(page):
    numbered = [link for link in page.links if link["href"].startswith("#s")]
    targets = {link["href"][1:] for link in page.links}
    assert targets <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {f"s{i}" for i in range(1, 9)} <= targets
    assert all(link["aria-label"].startswith(("Kilde ", "Source ")) for link in numbered)


def test_paragraphs_tables_and_figures_with_numbers_are_cited(html):
    for text in html.values():
        body = text[text.index("<main>") : text.index("</main>")]
        for tag in ("p", "caption", "figcaption", "dd"):
            for piece in body.split(f"<{tag}")[1:]:
                inner = piece[piece.index(">") + 1 : piece.index(f"</{tag}>")]
                plain_text = inner.split("&#8288;")[0].split("\u2060")[0]
                if any(letter.isdigit() for letter in plain_text):
                    assert 'href="#s' in inner, inner


def test_the_page_can_be_read_without_seeing_it(page):
    assert page.open == []
    assert page.language in ("nb", "en")
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.images) == 7
    assert all(len(image["alt"]) > 40 and any(letter.isdigit() for letter in image["alt"]) for image in page.images)
    for table in page.tables:
        assert table.caption
        assert table.scopes.count("col") == len(table.head)
        assert table.scopes.count("row") == len(table.rows)


def test_the_page_asks_for_nothing_else(page, html):
    assert all(address.startswith(("#", "data:")) for address in page.asked)
    assert "http" not in html[page.language].replace('"http-equiv"', "")
    assert "<script" not in html[page.language]


def test_the_same_figures_give_the_same_page():
    given = {"forecast": one_area(), "language": "nb"}
    assert note_page(made_up(), **given) == note_page(made_up(), **given)


def made_up(**changes):
    known = {"place": "Lillevik", "year": 2025, "population": 5_000.0, "source": "a register"}
    return NoteInputs(**(known | changes))


def test_a_municipality_of_which_little_is_known_gets_a_short_note():
    page = Page(note_page(made_up(), language="en"))
    told = " ".join(page.paragraphs)
    assert page.headings[0] == (1, "Population note for Lillevik: the year 2025")
    for words in (
        "The population at the start of the year is not given",
        "No quarterly figures are given",
        "No figures of the country are given.",
        "The components of growth are not given",
        "is not in the data, so they are not compared",
        "No earlier forecast of the year is given",
        "No figures of dwellings are given.",
        "The deviation cannot be divided",
        "The note was made without a forecast.",
        "No earlier forecasts are given.",
    ):
        assert words in told
    assert page.images == []
    assert page.tables == []
    assert "5,000" in note_page(made_up(), language="en")


def test_growth_against_region_and_country_where_given():
    places = {"Norway": 0.6, "Oslo": 1.2}
    material = made_up(before=4_950.0, places=places, sources={"places": "table 01222"})
    page = Page(note_page(material, language="en"))
    assert (
        "Growth in Lillevik in 2025, 1.0 per cent, was higher than in Norway (0.6) and lower than in Oslo (1.2)."
        in (" ".join(page.paragraphs))
    )
    assert page.table("Growth in 2025").rows == {"Lillevik": ["1.0"], "Norway": ["0.6"], "Oslo": ["1.2"]}
    assert "table 01222" in note_page(material, language="en")


def test_planned_dwellings_are_a_number_of_their_own():
    dwellings = pd.DataFrame({"planned": [70, 60], "expected": [50, 40], "completed": [np.nan, 44]}, index=[2024, 2025])
    page = Page(note_page(made_up(dwellings=dwellings), language="en"))
    assert page.table("Dwellings in Lillevik").rows == {"2024": ["70", "50", "–"], "2025": ["60", "40", "44"]}
    assert "44 were completed, 4 more." in " ".join(page.paragraphs)
    assert "The number of dwellings vacated is not given." in page.paragraphs
    assert page.images[0]["alt"] == "Bars of new dwellings. Planned 2025: 60, Expected 2025: 40 and Completed 2025: 44."


def one_area(years=(2026, 2027, 2028), **extra):
    shape = {"sex": ["female", "male"], "age": list(range(96)), "year": list(years)}
    people = xr.DataArray(np.full((2, 96, len(years)), 25.0), coords=shape, attrs={"units": "persons"})
    for dim, labels in extra.items():
        scale = xr.DataArray(1.0 + 0.1 * np.arange(len(labels)), coords={dim: labels})
        people = (people * scale).transpose(dim, "sex", "age", "year").assign_attrs(people.attrs)
    return Accounts(people)


def test_a_forecast_without_draws_or_errors_has_no_interval_and_says_so():
    page = Page(note_page(made_up(), forecast=one_area(), language="nb"))
    told = " ".join(page.paragraphs)
    assert "Prognosen er oppgitt uten intervall" in told
    assert "sannsynlighet" not in told
    assert page.table("Folketall i Lillevik 1. januar").head == ["År", "Prognose"]
    assert "Prognosen gir 4 800 innbyggere i Lillevik 1. januar 2028, som i 2026." in told


def test_draws_of_a_forecast_are_its_intervals():
    drawn = one_area(draw=list(range(11)))
    page = Page(note_page(made_up(), forecast=drawn, language="en"))
    assert page.table("Population of Lillevik on 1 January").rows["2028"] == ["7,200", "5,280", "9,120"]
    assert "is modelled: it comes from draws" in " ".join(page.paragraphs)
    other = intervals_from_draws(drawn, source="s", level=0.5)
    assert other.low["total"][2028] == pytest.approx(4_800 * 1.25)


def test_scenarios_stand_beside_the_first_one():
    page = Page(note_page(made_up(), forecast=one_area(scenario=["trend", "fornebu"]), language="en"))
    assert page.table("Population by scenario").rows == {"trend": ["4,800"] * 3, "fornebu": ["5,280"] * 3}
    assert "On 1 January 2028 fornebu has 480 persons more than trend." in " ".join(page.paragraphs)
    assert page.table("Population of Lillevik").rows["2028"] == ["4,800"]


def test_the_area_is_chosen_by_its_code():
    both = one_area(area=["3201", "3203"])
    page = Page(note_page(made_up(area="3203"), forecast=both, language="en"))
    assert page.table("Population of Lillevik").rows["2028"] == ["5,280"]


def test_empirical_intervals_say_so():
    years = [2026, 2027, 2028]
    low, high = (
        pd.DataFrame({"total": [4_800 * (1 + sign * 0.01 * i) for i in range(3)]}, index=years) for sign in (-1, 1)
    )
    ends = Intervals(kind="errors", level=0.8, low=low, high=high, source="errors of 2010-2025")
    page = Page(note_page(made_up(), forecast=one_area(), language="en", intervals=ends))
    told = " ".join(page.paragraphs)
    assert "The 80 per cent interval is empirical: it comes from the errors of earlier forecasts." in told
    assert "between 4,704 and 4,896." in told
    assert not [table for table in page.tables if "intervals by age" in table.caption]


@pytest.mark.parametrize(
    ("forecast", "changes", "words"),
    [
        (one_area(area=["0301", "3201"]), {}, r'there are 2 areas: 0301, 3201\. Choose one with area="\.\.\."'),
        (one_area(area=["0301", "3201"]), {"area": "3024"}, "there is no area '3024'; there are 0301, 3201"),
        (one_area(origin=[2020, 2021]), {}, "a note has one forecast, not one per origin"),
        (one_area(years=(2026,)), {}, "it has the year 2026 only"),
    ],
)
def test_a_forecast_that_a_note_cannot_have(forecast, changes, words):
    with pytest.raises(SchemaError, match=words):
        note_page(made_up(**changes), forecast=forecast, language="nb")


def test_intervals_of_another_forecast_are_refused():
    years = [2026, 2027, 2028]
    low, high = (pd.DataFrame({"total": [4_800, level, level]}, index=years) for level in (5_000, 5_200))
    ends = Intervals(kind="errors", level=0.8, low=low, high=high, source="s")
    with pytest.raises(SchemaError, match="the forecast of 4,800 for 2027 is outside its interval, 5,000 to 5,200"):
        note_page(made_up(), forecast=one_area(), intervals=ends)
    short = Intervals(kind="errors", level=0.8, low=low.loc[[2026]], high=high.loc[[2026]], source="s")
    with pytest.raises(SchemaError, match="2 years of the forecast are missing, the first is 2027"):
        note_page(made_up(), forecast=one_area(), intervals=short)


def components(growth=(20, 30)):
    table = pd.DataFrame({"natural_increase": [5, 10], "net_migration": [10, 15], "growth": growth}, index=[2024, 2025])
    return components_table(table)


def deviations(**changes):
    figures = {"start": 4_970.0, "actual": 5_000.0, "forecast": 4_990.0} | changes
    groups = ["0-66", "67+"]
    by_group = {name: {"0-66": 0.8 * value, "67+": 0.2 * value} for name, value in figures.items()}
    return deviation_table(groups=groups, **by_group)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": ""}, "a place and its population are needed"),
        ({"population": 0.0}, "a place and its population are needed"),
        ({"components": components().drop(columns="adjustment")}, "components: column adjustment is missing"),
        ({"components": components().loc[[2024]]}, "the years are 2024; they must follow one another up to 2025"),
        (
            {"components": components().astype(float).replace(15.0, np.nan)},
            "1 values are not numbers, the first is net_mig",
        ),
        ({"quarters": components()}, "quarter: '2025' is not a quarter"),
        (
            {"quarters": components().set_axis(["2024Q4", "2024Q3"])},
            "they stand in order, each once, and the last is of 2025",
        ),
        ({"deviation": deviations().drop(index="total")}, "deviation: the row total is missing"),
        ({"deviation": deviations().drop(columns="forecast")}, "deviation: column forecast is missing"),
        ({"deviation": deviations(actual=5_010.0)}, "the population is 5,000, but the deviation table has 5,010"),
        ({"deviation": deviations(), "before": 4_000.0}, "the population at the start is 4,000, but .* has 4,970"),
        (
            {"deviation": deviations(), "components": components((20, 31))},
            "growth of the components is 31, but the deviation table has 30. A note cannot say both",
        ),
        ({"dwellings": pd.DataFrame({"built": [3]}, index=[2025])}, "dwellings: none of the columns planned"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(changes, words):
    with pytest.raises(SchemaError, match=words):
        made_up(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": 3}, "a place and its population are needed"),
        ({"year": 2025.5}, "note: year"),
        ({"source": 3}, "note: 3 is no text. Give words, or words by language"),
        ({"components": 3}, r"components: a table \(pandas.DataFrame\) is needed, not int"),
        ({"dwellings": [3]}, r"dwellings: a table \(pandas.DataFrame\) is needed, not list"),
        ({"places": {"Oslo": "5"}}, "places: .* is not growth in per cent by place"),
    ],
)
def test_what_is_of_another_kind_is_named(changes, words):
    with pytest.raises(SchemaError, match=words):
        note_page(made_up(**changes))


def test_a_figure_of_the_country_needs_a_year_and_a_number():
    with pytest.raises(SchemaError, match="national figure 'births': value is 'many'"):
        NationalFigure(what="births", year=2025, value="many")


def test_growth_rates_are_reckoned_back():
    material = made_up(components=components())
    assert material.start == 4_970
    assert material.growth_rates == pytest.approx({2024: 100 * 20 / 4_950, 2025: 100 * 30 / 4_970})


def test_a_record_needs_its_columns():
    with pytest.raises(SchemaError, match="record: column actual is missing"):
        Record(table=pd.DataFrame({"origin": [2020], "year": [2021], "forecast": [1.0]}), forecaster="a", source="b")


def test_a_text_that_is_not_given_in_the_language():
    with pytest.raises(SchemaError, match="a text is not given in 'en', only in nb"):
        note_page(made_up(source={"nb": "et register"}), language="en")


def test_text_from_the_material_cannot_break_the_page():
    page = note_page(made_up(place="<b>Vik</b> & co", source='"><script>'), language="en")
    assert "<b>Vik" not in page
    assert "<script" not in page
    assert "&lt;b&gt;Vik&lt;/b&gt; &amp; co" in page


def test_files_are_whole_and_never_replaced_without_force(tmp_path):
    path = tmp_path / "note.html"
    assert write_note(made_up(), path, language="en") == path
    first = path.read_text(encoding="utf-8")
    with pytest.raises(StorageError, match=r"note\.html: the file exists\. Choose another name, or say --force"):
        write_note(made_up(place="Storvik"), path)
    assert path.read_text(encoding="utf-8") == first
    write_note(made_up(place="Storvik"), path, force=True)
    assert "Storvik" in path.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["note.html"]
    with pytest.raises(SchemaError, match=r"ends in \.html or \.pdf"):
        write_note(made_up(), tmp_path / "note.docx")
    with pytest.raises(SchemaError, match="language: 'sv' is unknown"):
        write_note(made_up(), tmp_path / "other.html", language="sv")
    assert not (tmp_path / "other.html").exists()


def drawn_ends(count, low, high):
    years = [2026, 2027, 2028]
    ends = (pd.DataFrame({"total": [4_800.0, level, level]}, index=years) for level in (low, high))
    return Intervals(**dict(zip(("low", "high"), ends, strict=True)), kind="draws", level=0.8, source="s", draws=count)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_few_draws_give_a_note_without_an_interval_that_says_why(count):
    """Also where the line of the scenario lies beside all of them, as it often does."""
    page = Page(note_page(made_up(), forecast=one_area(), intervals=drawn_ends(count, 4_900.0, 5_000.0), language="nb"))
    told = " ".join(page.paragraphs)
    assert f"uten intervall: {count} trekninger er for få til å si hvor 80 prosent av mulige framtider ligger" in told
    assert page.table("Folketall i Lillevik 1. januar").head == ["År", "Prognose"]
    drawn = Page(note_page(made_up(), forecast=one_area(draw=list(range(count))), language="en"))
    assert f"no interval: {count} draws are too few" in " ".join(drawn.paragraphs)


def test_ten_draws_speak_and_a_hundred_must_hold_their_own_line():
    page = Page(note_page(made_up(), forecast=one_area(), intervals=drawn_ends(10, 4_700.0, 5_000.0), language="en"))
    assert "between 4,700 and 5,000." in " ".join(page.paragraphs)
    apart = Page(note_page(made_up(), forecast=one_area(), intervals=drawn_ends(30, 4_900.0, 5_000.0), language="en"))
    assert "30 draws are too few" in " ".join(apart.paragraphs)
    with pytest.raises(SchemaError, match="4,800 for 2027 is outside its interval, 4,900 to 5,000"):
        note_page(made_up(), forecast=one_area(), intervals=drawn_ends(100, 4_900.0, 5_000.0))


def test_dwellings_that_the_forecast_expected_are_held_against_new_ones_that_it_expected():
    """5,700 expected to be vacated are 9.8 for each of the 582 expected, not 14.0 for each of the 408 completed."""
    table = pd.DataFrame({"expected": [582], "completed": [408], "vacated_expected": [5_700]}, index=[2025])
    told = " ".join(Page(note_page(made_up(dwellings=table), language="nb")).paragraphs)
    assert (
        "5 700 boliger ville etter prognosen bli ledige ved utflytting, 9,8 for hver ny bolig som var ventet." in told
    )
    assert "14,0" not in told
    counted = table.assign(vacated=4_080)
    told = " ".join(Page(note_page(made_up(dwellings=counted), language="en")).paragraphs)
    assert "About 4,080 dwellings were vacated by people moving out, 10.0 for each one completed." in told
    alone = " ".join(Page(note_page(made_up(dwellings=table.drop(columns="expected")), language="en")).paragraphs)
    assert "About 5,700 dwellings were forecast to be vacated by people moving out." in alone


@pytest.mark.parametrize(("given", "table"), [(2.5, 2.4), (1e6 + 0.5, 1e6 + 0.4), (999.5, 999.4)])
def test_figures_of_a_message_differ_as_they_are_printed(given, table):
    deviation = deviations(actual=table, start=table - 1.0, forecast=table)
    with pytest.raises(SchemaError) as caught:
        made_up(population=given, deviation=deviation)
    first, second = str(caught.value).removeprefix("note: the population is ").split(". A note")[0].split(", but the ")
    assert first != second.removeprefix("deviation table has ")


@pytest.mark.parametrize("off", [0.3, 0.01])
def test_a_forecast_just_outside_its_interval_is_told_with_the_digits_that_show_it(off):
    ends = drawn_ends(500, 4_800.0 + off, 4_900.0)
    with pytest.raises(SchemaError) as caught:
        note_page(made_up(), forecast=one_area(), intervals=ends)
    forecast, least = str(caught.value).split("forecast of ")[1].split(" for 2027 is outside its interval, ")
    assert forecast != least.split(" to ")[0]


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "int16", "float16", "float32", "object"])
def test_tables_of_any_type_are_told_alike(dtype):
    moves = pd.DataFrame({"natural_increase": [5, 10], "net_migration": [15, 20]}, index=[2024, 2025])
    table = moves.assign(adjustment=0, growth=[20, 30])
    dwellings = pd.DataFrame({"expected": [60], "completed": [50]}, index=[2025])
    plain_page = note_page(made_up(components=table, dwellings=dwellings))
    assert note_page(made_up(components=table.astype(dtype), dwellings=dwellings.astype(dtype))) == plain_page


def test_parts_of_any_type_sum_to_the_deviation():
    table = pd.DataFrame({"births": [3, 3], "deaths": [2, 2], "deviation": [5, 5]}, index=["0+", "total"])
    for dtype in ("uint8", "uint64", "float16"):
        assert Split(table=table.astype(dtype), forecaster="a", source="b").table.loc["total"].tolist() == [3, 2, 5]
    with pytest.raises(SchemaError, match=r"in 1 rows, the first is total, where they are off by -251"):
        Split(table=table.astype("uint8").assign(deviation=[5, 256]), forecaster="a", source="b")


@pytest.mark.parametrize("label", ["scalar", "dimension"])
def test_a_forecast_of_another_area_is_refused(label):
    other = one_area(area=["0301"])
    if label == "scalar":
        other = Accounts(other.population.isel(area=0))
    with pytest.raises(SchemaError, match="forecast: there is no area '3201'; there are 0301"):
        note_page(made_up(area="3201"), forecast=other)
    same = note_page(made_up(area="0301"), forecast=other)
    assert same == note_page(made_up(area="0301"), forecast=Accounts(one_area().population))


def test_populations_of_the_past_are_drawn_and_their_growth_is_told():
    history = {2022: 4_900.0, 2023: 4_920.0, 2024: 4_930.0, 2025: 4_970.0, 2026: 5_000.0}
    page = Page(note_page(made_up(history=history), forecast=one_area(), language="en"))
    told = " ".join(page.paragraphs)
    assert "The population rose by 30 persons, or 0.6 per cent, in 2025." in told
    assert "Growth was 10 persons lower than in 2024." in told
    assert "In per cent, growth was highest in 2024 (0.8) and lowest in 2023 (0.2)" in told
    assert "Population: 4,900 in 2022 and 4,800 in 2028; highest 4,970 in 2025" in page.images[1]["alt"]
    assert [heading for _, heading in page.headings if heading.startswith(("The quarter", "The country"))] == []


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ({2025: 4_970.0}, "the last year is to be 2026, with the population 5,000"),
        ({2026: 5_001.0}, "the last year is to be 2026, with the population 5,000"),
        ({2025: float("nan"), 2026: 5_000.0}, "history: persons of 2025 are no numbers of at least 0"),
    ],
)
def test_a_history_of_others_is_refused(history, words):
    with pytest.raises(SchemaError, match=words):
        made_up(history=history)


def test_a_note_has_no_empty_section():
    page = Page(note_page(made_up(), language="nb"))
    assert [heading for level, heading in page.headings if level == 2] == ["Nøkkeltall", "Ikke med i notatet", "Kilder"]
