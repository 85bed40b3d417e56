"""The engine against official projections and reference runs, each in its agency's convention.

Run ``python -m benchmarks.agencies [FOLDER]`` with the folder of reference runs (default ``../shared/vectors``); it
prints the table of the page "Conventions". Sources are named beside each function.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, age_up
from kompaslite.engine import Convention, project

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "vectors"
SEXES = ["female", "male"]


class Comparison(NamedTuple):
    """What the engine gives, and what was published: names to arrays that subtract from each other."""

    accounts: Accounts
    found: dict[str, xr.DataArray]
    published: dict[str, xr.DataArray]


def array(values: pd.Series | xr.DataArray, units: str) -> xr.DataArray:
    """Give a table, or an array, its labels and unit."""
    labelled = values.to_xarray() if isinstance(values, pd.Series) else values
    return labelled.astype(float).assign_attrs(units=units)


def ratio(value: float | xr.DataArray) -> xr.DataArray:
    """Boys per girl."""
    return xr.DataArray(value).assign_attrs(units="1")


def un_canada(folder: Path) -> Comparison:
    """Canada 1950-2020 by the engine of the United Nations Population Division.

    Reference run of the public R package ccmppWPP, interpolated from World Population Prospects 2019.
    """
    tables = folder / "un_canada"

    def table(name: str, *keys: str) -> xr.DataArray:
        frame = pd.read_csv(tables / f"{name}.csv.gz")
        return frame.set_index(list(keys)).iloc[:, 0].to_xarray()

    jump_off = table("pop_base", "year", "sex", "age").isel(year=0)
    ages = jump_off["age"].values
    fertility = table("asfr", "year", "age").reindex(age=ages).fillna(0.0)  # absent rows are nil
    assumptions = xr.Dataset(
        {
            "fertility": array(fertility, "1/year"),
            "sex_ratio_at_birth": ratio(table("srb", "year")),
            "mortality": array(1.0 - table("survival_ratio", "year", "sex", "age"), "1/year"),
            "net_migration": array(table("net_migration", "year", "sex", "age"), "persons/year"),
        }
    )
    assumptions = assumptions.sel(year=slice(int(jump_off.year), 2019), sex=SEXES)
    accounts = project(array(jump_off, "persons"), assumptions, convention=Convention.un_end)
    births = accounts.flows["births"]
    return Comparison(
        accounts,
        {
            "population": accounts.population,
            "births by mother's age": births.sum("sex"),
            "births by sex": births.sum("age"),
            "deaths": accounts.flows["deaths"],
        },
        {
            "population": table("expected_pop_1jan", "year", "sex", "age"),
            "births by mother's age": table("expected_births_by_mother_age", "year", "age"),
            "births by sex": table("expected_births_by_sex", "year", "sex").sel(sex=SEXES),
            "deaths": table("expected_deaths_cohort", "year", "sex", "age").sel(sex=SEXES),
        },
    )


def sweden_1993(folder: Path) -> Comparison:
    """Sweden 1993-1998 in one step of five years; Preston, Heuveline & Guillot (2001), Demography, box 6.2."""
    frame = pd.read_csv(folder / "sweden_1993" / "preston_box_6_2.csv").set_index("age")

    def both(name: str) -> xr.DataArray:
        columns = {sex: frame[name.format(sex[0])] for sex in SEXES}
        return pd.DataFrame(columns).to_xarray().to_dataarray("sex")

    year = {"year": [1993]}
    assumptions = xr.Dataset(
        {
            "fertility": array(frame["fert_rate_age_f"], "1/year"),
            "sex_ratio_at_birth": ratio(float(frame["srb"].iloc[0])),
            "mortality": array(1.0 - both("survival_ratio_age_{}"), "1/5 years").expand_dims(year),
            "net_migration": array(both("mig_net_count_age_{}"), "persons/5 years").expand_dims(year),
        }
    )
    accounts = project(array(both("pop_count_age_{}_begin"), "persons"), assumptions, convention=Convention.un_even)
    found = {
        "population": accounts.population.sel(year=1998, drop=True),
        "births by mother's age": accounts.flows["births"].sum("sex").sel(year=1993, drop=True),
    }
    published = {
        "population": both("pop_count_age_{}_end"),
        "births by mother's age": frame["birth_count_age_b"].to_xarray(),
    }
    return Comparison(accounts, found, published)


def aargau(folder: Path) -> Comparison:
    """Canton Aargau 2025-2055 by the Swiss Federal Statistical Office, two scenarios, two nationalities.

    STAT-TAB px-x-0104020000_101/102/103/106/109, as bundled in the public R package propop. The nationalities are
    areas that naturalisation couples.
    """
    frame = pd.read_csv(folder / "aargau" / "parameters_and_expected.csv.gz")
    frame = frame.rename(columns={"scen": "scenario", "nat": "area"}).replace({"sex": {"f": "female", "m": "male"}})
    data = frame.set_index(["scenario", "area", "sex", "age", "year"]).to_xarray()
    newly_swiss = data["acq"].expand_dims(destination=["ch", "int"])
    newly_swiss = newly_swiss.where((newly_swiss.destination == "ch") & (newly_swiss.area == "int"), 0.0)
    kept = data["int_mothers"].isel(sex=0, age=0, drop=True)
    to_swiss = xr.where(kept["area"] == "ch", 1.0, kept)
    allotment = xr.concat([to_swiss, 1.0 - to_swiss], pd.Index(["ch", "int"], name="destination"))
    fertility = data["birthrate"].sel(sex="female", drop=True)
    assumptions = xr.Dataset(
        {
            "fertility": array(fertility.where(fertility.age > 0, 0.0), "1/year"),
            "sex_ratio_at_birth": ratio(1.05),
            "mortality": array(data["mor"], "1/year"),
            "emigration": array(data["emi_int"], "1/year"),
            "out_migration": array(data["emi_nat"], "1/year"),
            "immigration": array(data["imm_int_n"], "persons/year"),
            "in_migration": array(data["imm_nat_n"], "persons/year"),
            "moves": array(newly_swiss, "1/year"),
            "birth_allotment": ratio(allotment),
        }
    )
    accounts = project(array(_before_ageing(data["start_n"]), "persons"), assumptions, convention=Convention.fso)
    at_end = accounts.population.isel(year=slice(1, None)).assign_coords(year=data["year"].values)
    return Comparison(accounts, {"population": at_end}, {"population": data["fso_projection_n"]})


def _before_ageing(aged: xr.DataArray) -> xr.DataArray:
    """People of the first year as they were on 1 January, from the same people by the age that they reach."""
    first = aged.isel(year=0)
    people = first.shift(age=-1, fill_value=0.0)
    return people.transpose(..., "sex", "age")


def umea(folder: Path) -> Comparison:
    """Umea municipality 2019-2031 by befproj; figures printed in the documentation of the public R package."""
    values = (
        pd.read_csv(folder / "umea" / "assumptions.csv.gz").set_index(["category", "age", "step"])["value"].to_xarray()
    )
    values = values.rename(step="year").assign_coords(year=2019 + values["step"].values)
    # the reference never closes the open age: ages grow, with a death probability of 0.3 and no other event
    ages = np.arange(114)

    def both(name: str, *, beyond: float = 0.0) -> xr.DataArray:
        parts = [values.sel(category=name.format(sex), drop=True) for sex in ("women", "men")]
        found = xr.concat(parts, pd.Index(SEXES, name="sex"))
        return found.reindex(age=ages, fill_value=beyond)

    def by_age_reached(persons: xr.DataArray) -> xr.DataArray:
        return persons.shift(age=1, fill_value=0.0)

    fertility = values.sel(category="asfr", drop=True).reindex(age=ages, fill_value=0.0)
    arrivals = both("inmig.rates.{}") * both("natpop.{}")
    assumptions = xr.Dataset(
        {
            "fertility": array(fertility, "1/year"),
            "sex_ratio_at_birth": ratio(0.514 / 0.486),
            "mortality": array(both("asdr_{}", beyond=0.3), "1/year"),
            "out_migration": array(both("outmig.rates.{}"), "1/year"),
            "in_migration": array(by_age_reached(arrivals), "persons/year"),
            "net_migration": array(by_age_reached(both("intermig.net.{}")), "persons/year"),
        }
    )
    start = pd.read_csv(folder / "umea" / "start_pop_2019.csv").set_index("age")
    start = start.rename(columns={"women": "female", "men": "male"})
    jump_off = start.to_xarray().to_dataarray("sex").reindex(age=ages, fill_value=0.0)
    accounts = _with_negative_rates(array(jump_off, "persons"), assumptions)
    printed = pd.read_csv(folder / "umea" / "expected_readme.csv")
    found = _umea_quantities(accounts, printed)
    return Comparison(accounts, {"printed figures": found}, {"printed figures": printed["value"].to_xarray()})


def _with_negative_rates(people: xr.DataArray, assumptions: xr.Dataset) -> Accounts:
    """Carry a published rate below zero (men of 95 in 2020) as the arrivals of so many survivors that it stands for."""
    rates = assumptions["out_migration"]
    below = rates.where(rates < 0.0, 0.0)
    assumptions = assumptions.assign(out_migration=array(rates - below, "1/year"))
    accounts = project(people, assumptions, convention=Convention.befproj)
    survivors = accounts.population.isel(year=slice(None, -1)) * (1.0 - assumptions["mortality"])
    joining = (-below * survivors).shift(age=1, fill_value=0.0)
    coming = array(assumptions["in_migration"] + joining, "persons/year")
    return project(people, assumptions.assign(in_migration=coming), convention=Convention.befproj)


def _umea_quantities(accounts: Accounts, printed: pd.DataFrame) -> xr.DataArray:
    flows, total = accounts.flows, accounts.population.sum(["sex", "age"])
    net = (flows["in_migration"] - flows["out_migration"] + flows["net_migration"]).sum("age")
    births = flows["births"].sum("age")
    by_name = {
        "netmigration.men": net.sel(sex="male"),
        "netmigration.tot": net.sum("sex"),
        "births.boys": births.sel(sex="male"),
        "births.girls": births.sel(sex="female"),
        "growth": total.diff("year", label="lower"),
    }
    # the documentation labels growth with the first year of a step, and all other quantities with the year after it
    cells = zip(printed["quantity"], printed["readme_year_label"], strict=True)
    values = [float(by_name[name].sel(year=label - (name != "growth"))) for name, label in cells]
    return xr.DataArray(values, coords={"index": printed.index.to_numpy()}, dims=["index"])


def same_digits(found: xr.DataArray, printed: xr.DataArray) -> bool:
    """Whether figures, rounded to the seven digits that the reference prints, are those that it prints."""
    pairs = zip(found.values, printed.values, strict=True)
    return all(f"{value:.7g}" == f"{text:.7g}" for value, text in pairs)


def norway(folder: Path) -> Comparison:
    """Norway 1967-2022, births from published fertility rates; Human Mortality and Human Fertility Database.

    Each year starts from the registered population; deaths and the residual net migration are those of the year, so
    that only the births are the engine's own. The rates are by the age label of the mothers.
    """
    tables = folder / "norway_1960_2023"
    frame = pd.read_csv(tables / "pop_deaths_mx.csv.gz").set_index(["sex", "age", "year"])
    people = frame["pop_1jan"].to_xarray()
    rates = pd.read_csv(tables / "asfr.csv").set_index(["age", "year"])["asfr"].to_xarray()
    registered = pd.read_csv(tables / "births.csv").set_index(["sex", "year"])["births"].to_xarray()
    registered = registered.sel(sex=SEXES, year=slice(1967, 2022)).astype(float)
    fertility = rates.reindex(age=people["age"].values).fillna(0.0)
    convention = replace(Convention.mean_exposure, women_by="label")
    parts = [_one_year(people, fertility, registered.sel(year=year), convention) for year in registered["year"]]
    births = xr.concat([part.flows["births"].sum(["sex", "age"]) for part in parts], "year")
    return Comparison(parts[-1], {"births": births}, {"births": registered.sum("sex")})


def _one_year(people: xr.DataArray, fertility: xr.DataArray, born: xr.DataArray, convention: Convention) -> Accounts:
    year = int(born["year"])
    start, end = (array(people.sel(year=at, drop=True), "persons") for at in (year, year + 1))
    residual = (end - age_up(start)).where(end["age"] > 0, 0.0)
    assumptions = xr.Dataset(
        {
            "fertility": array(fertility.sel(year=[year]), "1/year"),
            "sex_ratio_at_birth": ratio(float(born.sel(sex="male") / born.sel(sex="female"))),
            "mortality": array(xr.zeros_like(start), "1/year"),
            "net_migration": array(residual, "persons/year"),
        }
    )
    return project(start, assumptions, convention=convention)


def rows(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Reference, figures compared, worst error in persons, worst relative error."""
    for agency in (un_canada, sweden_1993, aargau, umea, norway):
        comparison = agency(folder)
        for name, found in comparison.found.items():
            exact, published = xr.align(found, comparison.published[name], join="right")
            off = np.abs(exact - published)
            relative = (off / np.abs(published)).where(published != 0)
            yield agency.__name__, name, f"{float(off.max()):.2g}", f"{float(relative.max()):.1e}"


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    print("| reference run | figures | worst error, persons | worst relative error |")
    print("|---|---|---|---|")
    for row in rows(folder):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
