"""How good forecasts were: outcome, dwellings, why they missed, and the record."""

import pandas as pd

from kompaslite.plot import plot_deviation, plot_housing
from kompaslite.report.note.blocks import Paragraph, Section
from kompaslite.report.note.frames import row_of
from kompaslite.report.note.material import Record, Split
from kompaslite.report.note.past import dwelling
from kompaslite.report.note.scribe import Block, Scribe
from kompaslite.text import (
    age_label,
    deviation_sentence,
    housing_sentence,
    joined,
    largest_deviations_sentence,
    plan_sentence,
    record_sentence,
    rounded,
    sentence_case,
    split_sentence,
    term,
    vacated_sentence,
)

_DWELLINGS = ("planned", "expected", "completed", "vacated_expected", "vacated")


def deviation_section(scribe: Scribe) -> Section:
    """The forecast of the year against the outcome."""
    table, language = scribe.material.deviation, scribe.language
    if table is None:
        return scribe.section("deviation", [scribe.missing("no_deviation")])
    source, year = scribe.source("deviation"), scribe.material.year
    total = row_of(table, "total")
    by_age = {str(group): float(value) for group, value in table["deviation"].drop("total").items()}
    largest = largest_deviations_sentence(by_age, language=language)
    told = deviation_sentence(
        year=year, growth=total["growth"], forecast=total["forecast"] - total["start"], language=language
    )
    head = [
        term("age_group", language),
        scribe.date(year),
        scribe.date(year + 1),
        term("growth", language),
        scribe.say("forecast_for", date=scribe.date(year + 1)),
        term("deviation", language),
    ]
    columns = ["start", "actual", "growth", "forecast", "deviation"]
    rows = scribe.rows(table[columns], [_age(scribe, str(group)) for group in table.index])
    caption = scribe.say("table_deviation", forecaster=scribe.text(scribe.material.forecaster))
    blocks: list[Block] = [
        Paragraph(f"{told} {largest}", scribe.cite(source)),
        scribe.table(caption, head, rows, sources=[source], total=True),
        *_rounding(scribe, table[columns], head[1:]),
        scribe.figure(
            lambda ax: plot_deviation(table, ax=ax, language=language),
            caption=scribe.say("figure_deviation"),
            alt=scribe.say("alt_deviation", total=scribe.signed(total["deviation"]), largest=largest),
            sources=[source],
        ),
    ]
    return scribe.section("deviation", blocks)


def _age(scribe: Scribe, group: str) -> str:
    return term("total", scribe.language) if group == "total" else age_label(group, scribe.language)


def _rounding(scribe: Scribe, table: pd.DataFrame, names: list[str]) -> list[Block]:
    """Columns whose printed rows do not sum to their printed total, which would look like an error."""
    told = []
    for column, name in zip(table.columns, names, strict=True):
        rows = sum(rounded(float(value)) for value in table[column].drop("total"))
        total = rounded(row_of(table, "total")[str(column)])
        if rows != total:
            told.append(scribe.say("rounding", column=name, rows=scribe.whole(rows), total=scribe.whole(total)))
    if not told:
        return []
    return [Paragraph(" ".join([*told, scribe.say("rounding_why")]), scribe.cite(scribe.source("deviation")))]


def housing_section(scribe: Scribe) -> Section:
    """Dwellings planned, expected and completed, and those vacated."""
    table, language = scribe.material.dwellings, scribe.language
    if table is None:
        return scribe.section("housing", [scribe.missing("no_dwellings")])
    source, year = scribe.source("dwellings"), scribe.material.year
    blocks: list[Block] = []
    expected, completed = dwelling(scribe, "expected"), dwelling(scribe, "completed")
    if expected is None or completed is None:
        blocks.append(scribe.missing("no_expected"))
    else:
        text = housing_sentence(year=year, expected=expected, completed=completed, language=language)
        blocks.append(Paragraph(text, scribe.cite(source)))
    blocks.append(_vacated(scribe, completed))
    names = [name for name in _DWELLINGS if name in table.columns and table[name].notna().any()]
    head = [term("year", language), *(term(name, language) for name in names)]
    rows = scribe.rows(table[names], [str(label) for label in table.index])
    blocks.append(
        scribe.table(scribe.say("table_dwellings", place=scribe.material.place), head, rows, sources=[source])
    )
    if table.iloc[-1].reindex(["planned", "expected", "completed"]).notna().any():
        blocks.append(_housing_figure(scribe, table))
    return scribe.section("housing", blocks)


def _vacated(scribe: Scribe, completed: float | None) -> Paragraph:
    counted, forecast = dwelling(scribe, "vacated"), dwelling(scribe, "vacated_expected")
    value = forecast if counted is None else counted
    if value is None:
        return scribe.missing("no_vacated")
    text = vacated_sentence(
        vacated=value, completed=completed or 0.0, language=scribe.language, forecast=counted is None
    )
    return Paragraph(text, scribe.cite(scribe.source("dwellings")))


def _housing_figure(scribe: Scribe, table: pd.DataFrame) -> Block:
    last, year = table.iloc[-1].dropna(), table.index[-1]
    known = [name for name in ("planned", "expected", "completed") if name in last.index]
    names = joined([term(name, scribe.language).lower() for name in known], scribe.language)
    listed = [f"{term(name, scribe.language)} {year}: {scribe.whole(float(last.to_dict()[name]))}" for name in known]
    return scribe.figure(
        lambda ax: plot_housing(table, ax=ax, language=scribe.language),
        caption=scribe.say("figure_housing", names=names),
        alt=scribe.say("alt_housing", list=joined(listed, scribe.language)),
        sources=[scribe.source("dwellings")],
        size=(5.0, 2.6),
    )


def split_section(scribe: Scribe) -> Section:
    """The deviation by part, for each forecast whose parts are known."""
    splits = scribe.material.splits
    if not splits:
        return scribe.section("split", [scribe.missing("no_split")])
    blocks: list[Block] = []
    for one in splits:
        blocks += _split_blocks(scribe, one)
    if not any("plan" in one.table.columns for one in splits):
        blocks.append(scribe.missing("no_plan"))
    return scribe.section("split", blocks)


def _split_blocks(scribe: Scribe, split: Split) -> list[Block]:
    total = row_of(split.table, "total")
    parts = {name: value for name, value in total.items() if name != "deviation"}
    told = [f"{sentence_case(scribe.text(split.forecaster))}:"]
    told += [split_sentence(parts, language=scribe.language)] if "unexplained" not in parts else []
    told += _plan(scribe, split, total)
    names = [scribe.say("plan_modelled") if name == "plan" else term(name, scribe.language) for name in total]
    head = [term("age_group", scribe.language), *names]
    ages = [_age(scribe, str(group)) for group in split.table.index]
    rows = [
        (age, [scribe.signed(float(value)) for value in row])
        for age, row in zip(ages, split.table.to_numpy(dtype=float), strict=True)
    ]
    modelled = scribe.say("plan_is_modelled") if "plan" in total else ""
    caption = f"{sentence_case(scribe.text(split.forecaster))}. {scribe.say('table_split')}{modelled}"
    marks = scribe.cite(split.source)
    return [Paragraph(" ".join(told), marks), scribe.table(caption, head, rows, sources=[split.source], total=True)]


def _plan(scribe: Scribe, split: Split, total: dict[str, float]) -> list[str]:
    """What the plan did, with the dwellings behind it where they are known, and always its interval."""
    if "plan" not in total or split.plan_interval is None:
        return []
    low, high = split.plan_interval
    expected, completed = dwelling(scribe, "expected"), dwelling(scribe, "completed")
    if expected is not None and completed is not None:
        figures = {"effect": total["plan"], "low": low, "high": high, "level": split.level}
        return [
            plan_sentence(
                **figures, dwellings=completed - expected, deviation=total["deviation"], language=scribe.language
            )
        ]
    ends = {"low": scribe.signed(low), "high": scribe.signed(high)}
    return [scribe.say("plan_interval", effect=scribe.signed(total["plan"]), level=scribe.share(split.level), **ends)]


def record_section(scribe: Scribe) -> Section:
    """Earlier forecasts beside what came."""
    records = scribe.material.records
    if not records:
        return scribe.section("record", [scribe.missing("no_record")])
    blocks: list[Block] = []
    for one in records:
        blocks += _record_blocks(scribe, one)
    return scribe.section("record", [*blocks, Paragraph(scribe.say("error_sign"))])


def _record_blocks(scribe: Scribe, record: Record) -> list[Block]:
    name = sentence_case(scribe.text(record.forecaster))
    told = f"{name}: {record_sentence(record.errors, language=scribe.language)}"
    head = [
        term("origin", scribe.language),
        scribe.say("for_1_january"),
        term("forecast", scribe.language),
        term("actual", scribe.language),
        scribe.say("error_persons"),
        scribe.say("error_percent"),
    ]
    rows = []
    for (origin, year, forecast, actual), error in zip(
        record.table[["origin", "year", "forecast", "actual"]].to_numpy(dtype=float), record.errors, strict=True
    ):
        figures = [scribe.whole(forecast), scribe.whole(actual), scribe.signed(forecast - actual)]
        rows.append((f"{origin:.0f}", [f"{year:.0f}", *figures, scribe.decimal(error, decimals=2)]))
    caption = scribe.say("table_record", forecaster=scribe.text(record.forecaster))
    marks = scribe.cite(record.source)
    return [Paragraph(told, marks), scribe.table(caption, head, rows, sources=[record.source])]
