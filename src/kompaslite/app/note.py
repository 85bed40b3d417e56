"""The population note of a run: what has been, how sure the forecast is, and where it comes from."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, known_at
from kompaslite.app.runs import Run, futures_of
from kompaslite.engine import project
from kompaslite.evaluation import backtest, sum_over_sex_age
from kompaslite.evaluation.error_pool import ErrorPool
from kompaslite.report import (
    Intervals,
    NoteInputs,
    Record,
    intervals_from_errors,
    note_inputs,
    note_inputs_from_printed,
    record_from_hindcasts,
    write_note,
)
from kompaslite.report.draws import ends_of, intervals_of
from kompaslite.report.from_printed import words_of_draws
from kompaslite.report.intervals import wider_of
from kompaslite.scenario import Uncertainty
from kompaslite.schema import SchemaError, short_list
from kompaslite.text import Language, in_both, say, term
from kompaslite.uncertainty import Futures, Progress, Reduce, intervals

#: Futures of a note whose scenario asks for none; fewer where housing is worked out in each.
DRAWS, DRAWS_WITH_HOUSING = 500, 200
#: Share of the draws within an interval of the note, and the name of all areas together.
LEVEL, _TOGETHER = 0.8, "all areas"
#: Years of history before the first forecast of a backtest, and years that each of its forecasts goes.
_HISTORY, _HORIZON = 11, 10
_MOVES = {"in_migration", "out_migration", "immigration", "emigration", "net_migration"}


def write_run_note(
    run: Run, path: str | Path, *, language: Language | None = None, progress: bool | Progress = False
) -> Path:
    """The population note of a run: of that same forecast, with its reasons and its intervals."""
    outputs, forecast = run.scenario.outputs, of_the_note(run.forecast, run)
    made = None if run.data.printed is not None else hindcasts_of(run)
    return write_note(
        run_note_inputs(run, made),
        path,
        forecast=forecast,
        language=outputs.language if language is None else language,
        intervals=note_intervals(run, made, progress=progress),
        source=_made(run),
        pdf=outputs.pdf,
    )


def of_the_note(accounts: Accounts, run: Run) -> Accounts:
    """Accounts of the one municipality that the note is of: the area that is asked for, or all areas together."""
    known, area = accounts.population["area"].values.tolist(), run.scenario.outputs.area
    if area is not None and area not in known:
        with run.scenario.at("outputs", "area"):
            raise SchemaError(f"outputs.area: area {area!r} is unknown. The forecast has {short_list(known)}.")
    if len(known) == 1:
        return accounts
    choose = partial(_whole, code=_code(run)) if area is None else (lambda part: part.sel(area=[area]))
    return accounts.map(lambda part: choose(part) if "area" in part.dims else part)


def _whole(part: xr.DataArray, *, code: str) -> xr.DataArray:
    total = part.sum("area", keep_attrs=True).expand_dims(area=[code])
    return total.transpose(*part.dims)


def _code(run: Run) -> str:
    """Code of the municipality of a note."""
    areas = run.forecast.population["area"].values.tolist()
    return run.scenario.outputs.area or (areas[0] if len(areas) == 1 else run.data.name)


def run_note_inputs(run: Run, made: xr.Dataset | None) -> NoteInputs:
    """What the run's data tell of the past, and why its forecast is as it is."""
    known = _from_tables(run, made) if run.data.printed is None else note_inputs_from_printed(run.data)
    place = run.scenario.outputs.place
    remarks, sources = dict(known.remarks) | {"forecast": _reasons(run)}, dict(known.sources) | {"forecast": _made(run)}
    return replace(known, remarks=remarks, sources=sources, place=known.place if place is None else place)


def _from_tables(run: Run, made: xr.Dataset | None) -> NoteInputs:
    history = _history(run)
    observed, before = of_the_note(history, run), history.years[-1] - 1
    long = before in history.years and before - history.years[0] >= _HISTORY
    earlier = _a_year_ago(run, before) if long else None
    record = () if made is None else (_record(made, run),)
    known = note_inputs(observed, place=run.data.name, source="; ".join(run.data.sources.values()), earlier=earlier)
    built = _completed(run, known.year)
    return replace(known, dwellings=built, area=_code(run), records=record, forecaster=in_both("run.forecaster"))


def _completed(run: Run, last: int) -> pd.DataFrame | None:
    """Dwellings completed by year, up to the year of the note, where the data folder has them."""
    built, area = run.data.dwellings.get("completed"), run.scenario.outputs.area
    if built is None:
        return None
    part = built.sum("area") if area is None else built.sel(area=area)
    series = part.sel(year=part["year"] <= last).to_series()
    return pd.DataFrame({"completed": series}) if len(series) else None


def _history(run: Run) -> Accounts:
    return known_at(run.data.observed, run.scenario.first_year)


def _a_year_ago(run: Run, year: int) -> Accounts:
    known = known_at(run.data.observed, year)
    return of_the_note(project(known.population.sel(year=year), run.data.method(known, [year])), run)


def _record(made: xr.Dataset, run: Run) -> Record:
    first = sum_over_sex_age(made).sel(lead=[1])
    return record_from_hindcasts(first, forecaster=in_both("run.method"), source=in_both("run.errors"), area=_code(run))


def hindcasts_of(run: Run) -> xr.Dataset | None:
    """Forecasts of earlier years by the method of the run, of the municipality by sex and age."""
    observed = _history(run)
    origins = [year for year in observed.years[:-1] if year - observed.years[0] >= _HISTORY]
    if not origins:
        return None
    made = backtest(observed, run.data.method, origins=origins, horizon=_HORIZON)
    area = run.scenario.outputs.area
    if area is not None or made.sizes["area"] == 1:
        return made if area is None else made.sel(area=[area])
    total = made.sum("area", skipna=False, keep_attrs=True).expand_dims(area=[_code(run)])
    start = made["jump_off"].sum("area", keep_attrs=True).expand_dims(area=[_code(run)])
    return total.transpose(*made["forecast"].dims).assign_coords(jump_off=start)


def note_intervals(run: Run, made: xr.Dataset | None, *, progress: bool | Progress = False) -> Intervals | None:
    """How sure the forecast of a run is."""
    chance = run.scenario.uncertainty
    if not chance.draws and _can_draw(run):
        chance = chance.model_copy(update={"draws": DRAWS if run.record is None else DRAWS_WITH_HOUSING})
    total = None if made is None else sum_over_sex_age(made)
    known = total is not None and int(total["observed"].count()) >= ErrorPool().fewest
    drawn = _drawn_intervals(run, chance, progress=progress) if chance.draws else None
    if drawn is not None and made is not None and known and chance.draws >= drawn.fewest:
        return _with_errors(drawn, run, made)
    if total is None or not known:
        return drawn
    return intervals_from_errors(of_the_note(run.forecast, run), total, source=in_both("run.errors"), area=_code(run))


def _with_errors(drawn: Intervals, run: Run, made: xr.Dataset) -> Intervals:
    """Intervals of draws, as wide as past errors: what the draws do not vary has been wrong too."""
    past = intervals(of_the_note(run.forecast, run), hindcasts=made, quantiles=ends_of(LEVEL))
    errors = intervals_of(past, _code(run), draws=drawn.draws or 0, source=drawn.source, level=LEVEL)
    return _said_too(wider_of(drawn, errors), "run.widened")


def _said_too(ends: Intervals, text: str, names: Callable[[Language], list[str]] = lambda _: []) -> Intervals:
    """Intervals with a further sentence on what they rest on."""
    assert not isinstance(ends.source, str)
    return replace(ends, source={one: said + say(text, one, names=names(one)) for one, said in ends.source.items()})


def _drawn_intervals(run: Run, chance: Uncertainty, *, progress: bool | Progress) -> Intervals:
    """Intervals of the area of the note, or of all areas together."""
    alone = run.scenario.outputs.area is not None or run.forecast.population.sizes["area"] == 1
    regions = {} if alone else {_TOGETHER: None}
    kept = Reduce(quantiles=ends_of(LEVEL), mean=False, regions=regions)
    scenario = run.scenario.model_copy(update={"uncertainty": chance})
    futures = run.futures or futures_of(run, scenario)
    drawn = replace(run, scenario=scenario, futures=futures).draw(reduce=kept, progress=progress)
    source = (
        in_both("run.levels", draws=chance.draws)
        if run.data.printed is None
        else words_of_draws(run.data.printed, chance.draws)
    )
    area = _code(run) if alone else _TOGETHER
    ends = intervals_of(drawn, area, draws=chance.draws, source=source, level=LEVEL)
    return ends if run.data.printed is not None else _with_limits(ends, futures)


def _with_limits(ends: Intervals, futures: Futures) -> Intervals:
    """Intervals of draws with what these do not vary, and with what they vary as elsewhere."""
    still = [name for name in futures.constant if name != "sex_ratio_at_birth"]
    if still:
        ends = _said_too(ends, "run.not_varied", lambda language: [term(name, language).lower() for name in still])
    held_out = list(futures.levels.held_out) if futures.levels is not None else []
    return _said_too(ends, "run.held_out", lambda _: held_out) if held_out else ends


def _can_draw(run: Run) -> bool:
    history = _history(run)
    return run.data.printed is not None or (bool(_MOVES & set(history.flows)) and len(history.years) > _HISTORY)


def _reasons(run: Run) -> dict[Language, str]:
    """Which scenario it is, and what it changes, in the planner's own words."""
    texts = in_both("run.scenario", title=_title(run), because=run.scenario.because.rstrip("."))
    for language in texts:
        edits = _edits(run, language)
        texts[language] += say("run.edits", language, edits="; ".join(edits)) if edits else ""
    return texts


def _edits(run: Run, language: Language) -> list[str]:
    scenario = run.scenario
    named = [("fertility", edit.because) for edit in scenario.fertility]
    named += [("mortality", edit.because) for edit in scenario.mortality]
    named += [(edit.component, edit.because) for edit in scenario.migration]
    named += [("in_migration", rule.because) for rule in scenario.in_migration]
    named += [] if scenario.housing is None else [("dwellings", scenario.housing.because)]
    return [f"{term(name, language).lower()} ({because.rstrip('.')})" for name, because in named]


def _made(run: Run) -> dict[Language, str]:
    return in_both("run.made", title=_title(run), year=run.scenario.first_year, version=version("kompaslite"))


def _title(run: Run) -> str:
    return run.scenario.title or run.scenario.name
