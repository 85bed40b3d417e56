"""`backtest_table`: how good a method has been on a table of population, beside the reference methods."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import backtest, score
from kompaslite.methods import Method, default, half_trend, hamilton_perry, linear_trend, no_change
from kompaslite.readers import read_population, words_of_a_file
from kompaslite.schema import KompasliteError, SchemaError

#: Methods that are always shown, the library's own first.
METHODS: Mapping[str, Method] = {
    "default": default,
    "no_change": no_change,
    "linear_trend_5": linear_trend(5),
    "linear_trend_10": linear_trend(10),
    "half_trend_10": half_trend(10),
    "hamilton_perry": hamilton_perry(),
}
MEASURES = ("mape", "wape", "bias", "group_error")


def backtest_table(
    population: str | Path | xr.DataArray,
    *,
    origins: Sequence[int] | None = None,
    horizon: int = 10,
    progress: bool = False,
) -> pd.DataFrame:
    """Errors of the default method and the references by lead; ``attrs["refused"]`` has why one cannot be judged."""
    with words_of_a_file():
        people = population if isinstance(population, xr.DataArray) else read_population(population)
    observed = Accounts(people)
    chosen = list(origins) if origins is not None else _origins(observed.years)
    longest = observed.years[-1] - min(chosen, default=observed.years[-1])
    parts, refused = [], {}
    for name, method in METHODS.items():
        try:
            made = backtest(observed, method, origins=chosen, horizon=min(horizon, max(longest, 1)), progress=progress)
        except KompasliteError as error:
            refused[name] = error
            continue
        found = score(made, by="lead", measures=list(MEASURES))
        frame = found[list(MEASURES)].to_dataframe()[list(MEASURES)].melt(var_name="measure", ignore_index=False)
        parts.append(frame.reset_index().assign(method=name))
    if not parts:
        raise next(iter(refused.values()))
    table = pd.concat(parts).set_index(["method", "measure", "lead"]).sort_index(level="lead", sort_remaining=False)
    told = {name: _what(error) for name, error in refused.items()}
    table.attrs = {"refused": told, "reading": people.attrs.get("reading", "")}
    return table


def _what(error: KompasliteError) -> str:
    """What is wrong, without the mend, which is for a script."""
    return str(error).split(". ")[0]


def _origins(years: Sequence[int]) -> list[int]:
    possible = [year for year in years if year - years[0] >= 11 and year < years[-1]]
    if not possible:
        raise SchemaError(
            f"backtest: the table has {years[0]} to {years[-1]}; an origin needs eleven years before it and one after. "
            "Give a longer table, or name origins."
        )
    return possible
