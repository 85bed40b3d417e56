"""What has been: the head of the note, the quarter, the country, the year, and other places."""

import pandas as pd

from kompaslite.plot import plot_components, plot_growth, plot_places
from kompaslite.report.note.blocks import Mark, Paragraph, Section
from kompaslite.report.note.frames import row_of
from kompaslite.report.note.scribe import Block, Scribe
from kompaslite.text import (
    changes_sentence,
    components_sentence,
    growth_sentence,
    joined,
    national_sentence,
    number,
    places_sentence,
    quarter_label,
    quarter_name,
    quarter_sentence,
    quarter_trend_sentence,
    rates_sentence,
    sentence_case,
    series_sentence,
    term,
    trend_sentence,
)

KeyFigure = tuple[str, str, tuple[Mark, ...]]


def title(scribe: Scribe) -> str:
    """Title of the note: place and period."""
    material = scribe.material
    period = scribe.say("period_year", year=material.year)
    if material.quarters is not None:
        quarter = quarter_name(str(material.quarters.index[-1]), scribe.language)
        if scribe.language == "nb":
            quarter = quarter.removesuffix(f" {material.year}")
        period = scribe.say("period_quarter", quarter=quarter.removesuffix(f" of {material.year}"), year=material.year)
    return scribe.say("title", place=material.place, period=period)


def lead(scribe: Scribe) -> Paragraph:
    """How many people there are, and how that changed."""
    material = scribe.material
    if material.start is None:
        return scribe.missing("no_start")
    text = growth_sentence(
        material.place,
        year=material.year,
        population=material.population,
        before=material.start,
        language=scribe.language,
    )
    return Paragraph(text, scribe.cite(material.source))


def key_figures(scribe: Scribe) -> list[KeyFigure]:
    """The figures that a hurried reader needs."""
    material, year = scribe.material, scribe.material.year
    own = scribe.cite(material.source)
    found: list[KeyFigure] = [
        (scribe.say("key_nation", year=one.year), scribe.whole(one.value), scribe.cite(scribe.source("nation")))
        for one in material.nation
        if one.what == "population" and one.value is not None
    ]
    label = scribe.say("key_population", place=material.place, year=year + 1)
    found.append((label, scribe.whole(material.population), own))
    if material.start is not None:
        found.append((scribe.say("key_growth", year=year), scribe.whole(material.population - material.start), own))
    if material.deviation is not None:
        total = row_of(material.deviation, "total")
        growth = scribe.whole(total["forecast"] - total["start"])
        found.append((scribe.say("key_growth_forecast", year=year), growth, scribe.cite(scribe.source("deviation"))))
    for name in ("expected", "completed"):
        value = dwelling(scribe, name)
        if value is not None:
            marks = scribe.cite(scribe.source("dwellings"))
            found.append((scribe.say(f"key_{name}", year=year), scribe.whole(value), marks))
    return found


def dwelling(scribe: Scribe, name: str) -> float | None:
    """A figure of dwellings in the year of the note, where it is known."""
    table, year = scribe.material.dwellings, scribe.material.year
    if table is None or name not in table.columns or year not in table.index:
        return None
    value = row_of(table, year)[name]
    return None if pd.isna(value) else value


def quarter_section(scribe: Scribe) -> Section:
    """Growth of the last quarter beside the quarters that are given."""
    table, language = scribe.material.quarters, scribe.language
    if table is None:
        return scribe.section("quarter", [scribe.missing("no_quarter")])
    source = scribe.source("quarters")
    labels = [str(label) for label in table.index]
    growths = dict(zip(labels, table["growth"].astype(float), strict=True))
    place, last = scribe.material.place, labels[-1]
    told = [quarter_sentence(place, quarter=last, growth=growths[last], language=language)]
    if len(labels) > 1:
        told.append(quarter_trend_sentence(growths, language=language))
    parts = _parts(table, -1)
    told.append(components_sentence(parts, growth=growths[last], language=language))
    blocks: list[Block] = [Paragraph(" ".join(told), scribe.cite(source))]
    if len(labels) > 1:
        before = quarter_name(labels[-2], language)
        blocks.append(
            Paragraph(changes_sentence(parts, _parts(table, -2), since=before, language=language), scribe.cite(source))
        )
    blocks += _components_blocks(scribe, table, "quarter", [quarter_label(label, language) for label in labels])
    return scribe.section("quarter", blocks, heading=sentence_case(quarter_name(last, language)))


def _parts(table: pd.DataFrame, row: int) -> dict[str, float]:
    """Components of one period, without growth and adjustment."""
    values = table.iloc[row].drop(["growth", "adjustment"])
    return {str(name): float(value) for name, value in values.items()}


def _components_blocks(scribe: Scribe, table: pd.DataFrame, name: str, labels: list[str]) -> list[Block]:
    """A chart and a table of components, with growth in per cent where it is by year."""
    source = scribe.source("quarters" if name == "quarter" else "components")
    growth = dict(zip(labels, table["growth"].astype(float), strict=True))
    alt = scribe.say(
        "alt_components", series=series_sentence(term("growth", scribe.language), growth, language=scribe.language)
    )
    caption = scribe.say("figure_components", first=labels[0], last=labels[-1])
    figure = scribe.figure(
        lambda ax: plot_components(table, ax=ax, language=scribe.language), caption=caption, alt=alt, sources=[source]
    )
    head = [scribe.say("period"), *(term(str(column), scribe.language) for column in table.columns)]
    rows, sources = scribe.rows(table, labels), [source]
    if name == "year":
        head.append(scribe.say("growth_rate"))
        rates = scribe.material.growth_rates.values()
        rows = [(label, [*row, scribe.decimal(rate)]) for (label, row), rate in zip(rows, rates, strict=True)]
        sources.append(scribe.say("derived_rates", year=scribe.material.year + 1))
    caption = scribe.say(f"table_{name}", place=scribe.material.place)
    return [figure, scribe.table(caption, head, rows, sources=sources)]


def nation_section(scribe: Scribe) -> Section:
    """Figures of the country, those that are given."""
    figures = scribe.material.nation
    if not figures:
        return scribe.section("nation", [scribe.missing("no_nation")])
    told = [
        national_sentence(one.what, year=one.year, value=one.value, change=one.change, language=scribe.language)
        for one in figures
    ]
    return scribe.section("nation", [Paragraph(" ".join(told), scribe.cite(scribe.source("nation")))])


def year_section(scribe: Scribe) -> Section:
    """Growth of the year: against earlier years, by component, and in per cent."""
    table, language = scribe.material.components, scribe.language
    if table is None:
        return scribe.section("year", [scribe.missing("no_components")])
    source = scribe.source("components")
    labels = [str(label) for label in table.index]
    growths = {int(label): float(value) for label, value in zip(labels, table["growth"], strict=True)}
    parts = _parts(table, -1)
    told = [trend_sentence(growths, language=language)] if len(growths) > 1 else []
    told.append(components_sentence(parts, growth=growths[scribe.material.year], language=language))
    blocks: list[Block] = [Paragraph(" ".join(told), scribe.cite(source))]
    if len(growths) > 1:
        changed = changes_sentence(parts, _parts(table, -2), since=labels[-2], language=language)
        blocks.append(Paragraph(changed, scribe.cite(source)))
    blocks += _components_blocks(scribe, table, "year", labels)
    if len(growths) > 2:
        blocks += _rates_blocks(scribe)
    return scribe.section("year", blocks, heading=scribe.say("year_of", year=scribe.material.year))


def _rates_blocks(scribe: Scribe) -> list[Block]:
    rates, language = scribe.material.growth_rates, scribe.language
    derived = scribe.say("derived_rates", year=scribe.material.year + 1)
    series = series_sentence(
        scribe.say("growth_rate"), {str(year): rate for year, rate in rates.items()}, language=language, decimals=1
    )
    sources = [scribe.source("components"), derived]
    return [
        Paragraph(rates_sentence(rates, language=language), scribe.cite(*sources)),
        scribe.figure(
            lambda ax: plot_growth(rates, ax=ax, language=language),
            caption=scribe.say("figure_rates"),
            alt=scribe.say("alt_rates", series=series),
            sources=sources,
        ),
    ]


def places_section(scribe: Scribe) -> Section:
    """Growth against region and country, where the data have it."""
    material, language = scribe.material, scribe.language
    if not material.places or material.start is None:
        return scribe.section("places", [scribe.missing("no_places")])
    own = 100.0 * (material.population - material.start) / material.start
    rates = {material.place: own, **material.places}
    source = scribe.source("places")
    text = places_sentence(material.place, rates, year=material.year, language=language)
    told = Paragraph(text, scribe.cite(material.source, source))
    caption = scribe.say("figure_places", year=material.year)
    listed = joined([f"{place} {number(rate, language, decimals=1)}" for place, rate in rates.items()], language)
    figure = scribe.figure(
        lambda ax: plot_places(rates, place=material.place, ax=ax, language=language),
        caption=caption,
        alt=scribe.say("alt_places", list=listed),
        sources=[material.source, source],
        size=(5.0, 1.0 + 0.3 * len(rates)),
    )
    rows = [(place, [number(rate, language, decimals=1)]) for place, rate in rates.items()]
    head = [scribe.say("place"), scribe.say("growth_rate")]
    table = scribe.table(caption, head, rows, sources=[material.source, source])
    return scribe.section("places", [told, figure, table])
