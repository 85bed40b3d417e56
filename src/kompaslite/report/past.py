"""What has been: the head of the note, the quarter, the country, the year, and other places."""

import pandas as pd

from kompaslite.plot import plot_components, plot_growth, plot_places
from kompaslite.report.builder import Block, Mark, NoteBuilder, Paragraph, Section
from kompaslite.report.frames import row_of
from kompaslite.text import (
    changes_sentence,
    components_sentence,
    growth_sentence,
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
    trend_sentence,
    whole,
)

KeyFigure = tuple[str, str, tuple[Mark, ...]]


def title(note: NoteBuilder) -> str:
    """Title of the note: place and period."""
    inputs = note.inputs
    period = note.say("note.period_year", year=inputs.year)
    if inputs.quarters is not None:
        quarter = quarter_name(str(inputs.quarters.index[-1]), note.language, year=False)
        period = note.say("note.period_quarter", quarter=quarter, year=inputs.year)
    return note.say("note.title", place=inputs.place, period=period)


def lead(note: NoteBuilder) -> Paragraph:
    """How many people there are, and how that changed."""
    inputs = note.inputs
    if inputs.start is None:
        return note.missing("start")
    figures = {"population": inputs.population, "before": inputs.start}
    return note.paragraph(
        growth_sentence(inputs.place, year=inputs.year, language=note.language, **figures), inputs.source
    )


def key_figures(note: NoteBuilder) -> list[KeyFigure]:
    """The figures that a hurried reader needs."""
    inputs, year = note.inputs, note.inputs.year

    def figure(label: str, value: float, source: str) -> KeyFigure:
        return label, whole(value, note.language), note.cite(note.source(source))

    found = [
        figure(note.say("key.nation", year=one.year), one.value, "nation")
        for one in inputs.nation
        if one.what == "population" and one.value is not None
    ]
    label = note.say("key.population", place=inputs.place, year=year + 1)
    found.append(figure(label, inputs.population, "population"))
    if inputs.start is not None:
        found.append(figure(note.say("key.growth", year=year), inputs.population - inputs.start, "population"))
    if inputs.deviation is not None:
        total = row_of(inputs.deviation, "total")
        label = note.say("key.growth_forecast", year=year)
        found.append(figure(label, total["forecast"] - total["start"], "deviation"))
    for name in ("expected", "completed"):
        value = inputs.dwelling(name)
        if value is not None:
            found.append(figure(note.say(f"key.{name}", year=year), value, "dwellings"))
    return found


def quarter_section(note: NoteBuilder) -> Section | None:
    """Growth of the last quarter beside the quarters that are given."""
    table, language = note.inputs.quarters, note.language
    if table is None:
        return None
    source = note.source("quarters")
    labels = [str(label) for label in table.index]
    growths = dict(zip(labels, table["growth"].astype(float), strict=True))
    last = labels[-1]
    told = [quarter_sentence(note.inputs.place, quarter=last, growth=growths[last], language=language)]
    if len(labels) > 1:
        told.append(quarter_trend_sentence(growths, language=language))
    parts = _parts(table, -1)
    told.append(components_sentence(parts, growth=growths[last], language=language))
    blocks: list[Block] = [note.paragraph(" ".join(told), source)]
    if len(labels) > 1:
        since = quarter_name(labels[-2], language)
        blocks.append(
            note.paragraph(changes_sentence(parts, _parts(table, -2), since=since, language=language), source)
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
    series = series_sentence(note.term("growth"), growth, language=note.language)
    figure = note.figure(
        lambda ax: plot_components(table, ax=ax, language=note.language),
        caption=note.say("figure.components", first=labels[0], last=labels[-1]),
        alt=note.say("alt.components", series=series),
        sources=[source],
    )
    head = [note.say("column.period"), *(note.term(str(column)) for column in table.columns)]
    rows, sources = note.rows(table, labels), [source]
    if name == "year":
        head.append(note.say("column.growth_rate"))
        rates = note.inputs.growth_rates
        known = [rates.get(int(label)) for label in labels]
        shown = ["–" if rate is None else number(rate, note.language, decimals=1) for rate in known]
        rows = [(label, [*row, rate]) for (label, row), rate in zip(rows, shown, strict=True)]
        sources.append(_derived_rates(note))
    caption = note.say(f"table.{name}", place=note.inputs.place)
    return [figure, note.table(caption, head, rows, sources=sources)]


def _derived_rates(note: NoteBuilder) -> str:
    known = note.inputs.history is not None
    return note.say("source.rates") if known else note.say("source.derived_rates", year=note.inputs.year + 1)


def nation_section(note: NoteBuilder) -> Section | None:
    """Figures of the country, those that are given."""
    figures = note.inputs.nation
    if not figures:
        return None
    told = [
        national_sentence(one.what, year=one.year, value=one.value, change=one.change, language=note.language)
        for one in figures
    ]
    return note.section("nation", [note.paragraph(" ".join(told), note.source("nation"))])


def year_section(note: NoteBuilder) -> Section | None:
    """Growth of the year: against earlier years, by component, and in per cent."""
    growths, table = note.inputs.growths, note.inputs.components
    if not growths:
        return None
    trend = [trend_sentence(growths, language=note.language)] if len(growths) > 1 else []
    blocks = _undivided(note, trend) if table is None else _divided(note, table, trend)
    if len(note.inputs.growth_rates) > 2:
        blocks += _rates_blocks(note)
    return note.section("year", blocks, heading=note.say("heading.year_of", year=note.inputs.year))


def _undivided(note: NoteBuilder, trend: list[str]) -> list[Block]:
    told: list[Block] = [note.paragraph(one, note.source("history")) for one in trend]
    return [*told, note.missing("year")]


def _divided(note: NoteBuilder, table: pd.DataFrame, trend: list[str]) -> list[Block]:
    source, language = note.source("components"), note.language
    labels = [str(label) for label in table.index]
    parts = _parts(table, -1)
    told = [*trend, components_sentence(parts, growth=float(table["growth"].iloc[-1]), language=language)]
    blocks: list[Block] = [note.paragraph(" ".join(told), source)]
    if len(labels) > 1:
        changed = changes_sentence(parts, _parts(table, -2), since=labels[-2], language=language)
        blocks.append(note.paragraph(changed, source))
    return [*blocks, *_components_blocks(note, table, "year", labels)]


def _rates_blocks(note: NoteBuilder) -> list[Block]:
    rates, language = note.inputs.growth_rates, note.language
    named = {str(year): rate for year, rate in rates.items()}
    series = series_sentence(note.say("column.growth_rate"), named, language=language, decimals=1)
    sources = [note.source(note.inputs.part_of_people), _derived_rates(note)]
    return [
        note.paragraph(rates_sentence(rates, language=language), *sources),
        note.figure(
            lambda ax: plot_growth(rates, ax=ax, language=language),
            caption=note.say("figure.rates"),
            alt=note.say("alt.rates", series=series),
            sources=sources,
        ),
    ]


def places_section(note: NoteBuilder) -> Section | None:
    """Growth against region and country, where the data have it."""
    inputs, language = note.inputs, note.language
    if not inputs.places or inputs.start is None:
        return None
    rates = {inputs.place: 100.0 * (inputs.population - inputs.start) / inputs.start, **inputs.places}
    sources = [inputs.source, note.source("places")]
    shown = {place: number(rate, language, decimals=1) for place, rate in rates.items()}
    told = note.paragraph(places_sentence(inputs.place, rates, year=inputs.year, language=language), *sources)
    caption = note.say("figure.places", year=inputs.year)
    figure = note.figure(
        lambda ax: plot_places(rates, place=inputs.place, ax=ax, language=language),
        caption=caption,
        alt=note.say("alt.places", parts=[f"{place} {rate}" for place, rate in shown.items()]),
        sources=sources,
        size=(5.0, 1.0 + 0.3 * len(rates)),
    )
    rows = [(place, [rate]) for place, rate in shown.items()]
    head = [note.say("column.place"), note.say("column.growth_rate")]
    return note.section("places", [told, figure, note.table(caption, head, rows, sources=sources)])
