"""What has been: the head of the note, the quarter, the country, the year, and other places."""

import pandas as pd

from kompaslite.plot import plot_components, plot_growth, plot_places
from kompaslite.report.note.blocks import Mark, Paragraph, Section
from kompaslite.report.note.builder import Block, NoteBuilder
from kompaslite.report.note.frames import row_of
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


def title(note: NoteBuilder) -> str:
    """Title of the note: place and period."""
    inputs = note.inputs
    period = note.say("period_year", year=inputs.year)
    if inputs.quarters is not None:
        quarter = quarter_name(str(inputs.quarters.index[-1]), note.language)
        if note.language == "nb":
            quarter = quarter.removesuffix(f" {inputs.year}")
        period = note.say("period_quarter", quarter=quarter.removesuffix(f" of {inputs.year}"), year=inputs.year)
    return note.say("title", place=inputs.place, period=period)


def lead(note: NoteBuilder) -> Paragraph:
    """How many people there are, and how that changed."""
    inputs = note.inputs
    if inputs.start is None:
        return note.missing("no_start")
    text = growth_sentence(
        inputs.place,
        year=inputs.year,
        population=inputs.population,
        before=inputs.start,
        language=note.language,
    )
    return Paragraph(text, note.cite(inputs.source))


def key_figures(note: NoteBuilder) -> list[KeyFigure]:
    """The figures that a hurried reader needs."""
    inputs, year = note.inputs, note.inputs.year
    own = note.cite(inputs.source)
    found: list[KeyFigure] = [
        (note.say("key_nation", year=one.year), note.whole(one.value), note.cite(note.source("nation")))
        for one in inputs.nation
        if one.what == "population" and one.value is not None
    ]
    label = note.say("key_population", place=inputs.place, year=year + 1)
    found.append((label, note.whole(inputs.population), own))
    if inputs.start is not None:
        found.append((note.say("key_growth", year=year), note.whole(inputs.population - inputs.start), own))
    if inputs.deviation is not None:
        total = row_of(inputs.deviation, "total")
        growth = note.whole(total["forecast"] - total["start"])
        found.append((note.say("key_growth_forecast", year=year), growth, note.cite(note.source("deviation"))))
    for name in ("expected", "completed"):
        value = dwelling(note, name)
        if value is not None:
            marks = note.cite(note.source("dwellings"))
            found.append((note.say(f"key_{name}", year=year), note.whole(value), marks))
    return found


def dwelling(note: NoteBuilder, name: str) -> float | None:
    """A figure of dwellings in the year of the note, where it is known."""
    table, year = note.inputs.dwellings, note.inputs.year
    if table is None or name not in table.columns or year not in table.index:
        return None
    value = row_of(table, year)[name]
    return None if pd.isna(value) else value


def quarter_section(note: NoteBuilder) -> Section:
    """Growth of the last quarter beside the quarters that are given."""
    table, language = note.inputs.quarters, note.language
    if table is None:
        return note.section("quarter", [note.missing("no_quarter")])
    source = note.source("quarters")
    labels = [str(label) for label in table.index]
    growths = dict(zip(labels, table["growth"].astype(float), strict=True))
    place, last = note.inputs.place, labels[-1]
    told = [quarter_sentence(place, quarter=last, growth=growths[last], language=language)]
    if len(labels) > 1:
        told.append(quarter_trend_sentence(growths, language=language))
    parts = _parts(table, -1)
    told.append(components_sentence(parts, growth=growths[last], language=language))
    blocks: list[Block] = [Paragraph(" ".join(told), note.cite(source))]
    if len(labels) > 1:
        before = quarter_name(labels[-2], language)
        blocks.append(
            Paragraph(changes_sentence(parts, _parts(table, -2), since=before, language=language), note.cite(source))
        )
    blocks += _components_blocks(note, table, "quarter", [quarter_label(label, language) for label in labels])
    return note.section("quarter", blocks, heading=sentence_case(quarter_name(last, language)))


def _parts(table: pd.DataFrame, row: int) -> dict[str, float]:
    """Components of one period, without growth and adjustment."""
    values = table.iloc[row].drop(["growth", "adjustment"])
    return {str(name): float(value) for name, value in values.items()}


def _components_blocks(note: NoteBuilder, table: pd.DataFrame, name: str, labels: list[str]) -> list[Block]:
    """A chart and a table of components, with growth in per cent where it is by year."""
    source = note.source("quarters" if name == "quarter" else "components")
    growth = dict(zip(labels, table["growth"].astype(float), strict=True))
    alt = note.say(
        "alt_components", series=series_sentence(term("growth", note.language), growth, language=note.language)
    )
    caption = note.say("figure_components", first=labels[0], last=labels[-1])
    figure = note.figure(
        lambda ax: plot_components(table, ax=ax, language=note.language), caption=caption, alt=alt, sources=[source]
    )
    head = [note.say("period"), *(term(str(column), note.language) for column in table.columns)]
    rows, sources = note.rows(table, labels), [source]
    if name == "year":
        head.append(note.say("growth_rate"))
        rates = note.inputs.growth_rates.values()
        rows = [(label, [*row, note.decimal(rate)]) for (label, row), rate in zip(rows, rates, strict=True)]
        sources.append(note.say("derived_rates", year=note.inputs.year + 1))
    caption = note.say(f"table_{name}", place=note.inputs.place)
    return [figure, note.table(caption, head, rows, sources=sources)]


def nation_section(note: NoteBuilder) -> Section:
    """Figures of the country, those that are given."""
    figures = note.inputs.nation
    if not figures:
        return note.section("nation", [note.missing("no_nation")])
    told = [
        national_sentence(one.what, year=one.year, value=one.value, change=one.change, language=note.language)
        for one in figures
    ]
    return note.section("nation", [Paragraph(" ".join(told), note.cite(note.source("nation")))])


def year_section(note: NoteBuilder) -> Section:
    """Growth of the year: against earlier years, by component, and in per cent."""
    table, language = note.inputs.components, note.language
    if table is None:
        return note.section("year", [note.missing("no_components")])
    source = note.source("components")
    labels = [str(label) for label in table.index]
    growths = {int(label): float(value) for label, value in zip(labels, table["growth"], strict=True)}
    parts = _parts(table, -1)
    told = [trend_sentence(growths, language=language)] if len(growths) > 1 else []
    told.append(components_sentence(parts, growth=growths[note.inputs.year], language=language))
    blocks: list[Block] = [Paragraph(" ".join(told), note.cite(source))]
    if len(growths) > 1:
        changed = changes_sentence(parts, _parts(table, -2), since=labels[-2], language=language)
        blocks.append(Paragraph(changed, note.cite(source)))
    blocks += _components_blocks(note, table, "year", labels)
    if len(growths) > 2:
        blocks += _rates_blocks(note)
    return note.section("year", blocks, heading=note.say("year_of", year=note.inputs.year))


def _rates_blocks(note: NoteBuilder) -> list[Block]:
    rates, language = note.inputs.growth_rates, note.language
    derived = note.say("derived_rates", year=note.inputs.year + 1)
    series = series_sentence(
        note.say("growth_rate"), {str(year): rate for year, rate in rates.items()}, language=language, decimals=1
    )
    sources = [note.source("components"), derived]
    return [
        Paragraph(rates_sentence(rates, language=language), note.cite(*sources)),
        note.figure(
            lambda ax: plot_growth(rates, ax=ax, language=language),
            caption=note.say("figure_rates"),
            alt=note.say("alt_rates", series=series),
            sources=sources,
        ),
    ]


def places_section(note: NoteBuilder) -> Section:
    """Growth against region and country, where the data have it."""
    inputs, language = note.inputs, note.language
    if not inputs.places or inputs.start is None:
        return note.section("places", [note.missing("no_places")])
    own = 100.0 * (inputs.population - inputs.start) / inputs.start
    rates = {inputs.place: own, **inputs.places}
    source = note.source("places")
    text = places_sentence(inputs.place, rates, year=inputs.year, language=language)
    told = Paragraph(text, note.cite(inputs.source, source))
    caption = note.say("figure_places", year=inputs.year)
    listed = joined([f"{place} {number(rate, language, decimals=1)}" for place, rate in rates.items()], language)
    figure = note.figure(
        lambda ax: plot_places(rates, place=inputs.place, ax=ax, language=language),
        caption=caption,
        alt=note.say("alt_places", list=listed),
        sources=[inputs.source, source],
        size=(5.0, 1.0 + 0.3 * len(rates)),
    )
    rows = [(place, [number(rate, language, decimals=1)]) for place, rate in rates.items()]
    head = [note.say("place"), note.say("growth_rate")]
    table = note.table(caption, head, rows, sources=[inputs.source, source])
    return note.section("places", [told, figure, table])
