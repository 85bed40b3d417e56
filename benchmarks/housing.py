"""Time of a forecast driven by housing: 15 zones x 4 dwelling types x 25 years x 1,000 draws.

``python -m benchmarks.housing`` prints the seconds, ``--json`` prints them for machines. Draws lie on the programme,
on additionality and on the level of in-migration; every draw closes households, openings and people to 1e-9. The
draws run in blocks that stay in the processor's cache, in two processes.
"""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the two processes are the draws', not the matrices'

import numpy as np
import xarray as xr

import kompaslite.housing as kh
from benchmarks._machine import print_json

ZONES, YEARS, DRAWS, BLOCK = 15, 25, 1000, 50
LIMIT = 15.0
AGES = np.arange(106)
SEXES = ["female", "male"]
TYPES = ["detached", "row", "low_block", "block"]
AREAS = [f"zone {number:02d}" for number in range(ZONES)]
SPAN = range(2026, 2026 + YEARS)
#: People, assumptions, dwellings and housing model.
Case = tuple[xr.DataArray, xr.Dataset, kh.Dwellings, kh.HousingModel]


def assumptions(draws: int) -> xr.Dataset:
    """Made-up schedules, with draws of the level of in-migration."""
    move = 0.06 * (0.25 + np.exp(-(((AGES - 26) / 9.0) ** 2)) + 0.3 * np.exp(-AGES / 4.0))
    death = np.clip(2e-5 * np.exp(0.1 * AGES), 2e-4, 0.7)
    women = 0.11 * np.exp(-(((AGES - 31) / 5.5) ** 2)) * ((AGES >= 15) & (AGES < 50))
    cell = {"sex": SEXES, "age": AGES}
    both = xr.DataArray(np.stack([move, move]), coords=cell)
    level = np.random.default_rng(7).normal(1.0, 0.05, (draws, ZONES))
    arrivals = xr.DataArray(level, coords={"draw": np.arange(draws), "area": AREAS}) * 80.0 * both
    time_axis = xr.DataArray(np.ones(YEARS), coords={"year": list(SPAN)})
    return xr.Dataset(
        {
            "fertility": (xr.DataArray(women, coords={"age": AGES}) * time_axis).assign_attrs(units="1/year"),
            "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
            "mortality": xr.DataArray(
                np.stack([death, np.minimum(1.3 * death, 0.9)]), coords=cell, attrs={"units": "1/year"}
            ),
            "out_migration": both.assign_attrs(units="1/year"),
            "emigration": (0.1 * both).assign_attrs(units="1/year"),
            "in_migration": arrivals.assign_attrs(units="persons/year"),
            "immigration": (8.0 * both).assign_attrs(units="persons/year"),
        }
    )


def case(draws: int = DRAWS) -> Case:
    """People, assumptions, dwellings and housing model."""
    shape = 45.0 * np.clip(1.0 - (AGES / 100.0) ** 4, 0.0, None)
    half = xr.DataArray([1.0, 1.0], coords={"sex": SEXES})
    areas = xr.DataArray(np.ones(ZONES), coords={"area": AREAS})
    people = (areas * half * xr.DataArray(shape, coords={"age": AGES})).assign_attrs(units="persons")
    share = xr.DataArray([0.4, 0.25, 0.15, 0.2], coords={"dwelling_type": TYPES})
    stock = kh.households_of(people, kh.default_headship()) * share / 0.97
    projects = [
        {
            "name": f"project {number}",
            "zone": AREAS[number % ZONES],
            "dwelling_type": TYPES[1 + number % 3],
            "planned": 40 + 5 * (number % 7),
            "year": 2026 + number % 20,
            "realisation": 0.85,
            "realisation_spread": 0.15,
            "delay": [0.5, 0.3, 0.2],
        }
        for number in range(60)
    ]
    programme = kh.programme_from({"projects": projects})
    built = kh.programme_draws(programme, years=SPAN, draws=draws, seed=1)
    homes = kh.build(stock.assign_attrs(units="dwellings"), built, vacancy=0.03)
    kappa = xr.DataArray(np.random.default_rng(2).uniform(0.1, 0.8, draws), coords={"draw": np.arange(draws)})
    market = kh.even_market(stock, external=0.45, new=0.2)
    return people, assumptions(draws), homes, kh.HousingModel.with_defaults(market, additionality=kappa)


def cut(everything: Case, draws: slice) -> Case:
    """The same for some of the draws."""
    people, rates, homes, model = everything
    own = kh.Dwellings(homes.stock.isel(draw=draws), homes.flows.isel(draw=draws), homes.vacancy, homes.awaiting)
    kappa = model.additionality
    share = kappa.isel(draw=draws) if isinstance(kappa, xr.DataArray) else kappa
    return people, rates.isel(draw=draws), own, kh.HousingModel.with_defaults(model.market, additionality=share)


def run_block(everything: Case) -> tuple[np.ndarray, float]:
    """Totals by draw, zone and year of one block, and the largest gap of its identities."""
    people, own_rates, own_homes, own_model = everything
    housing = kh.Housing(own_model, own_homes)
    forecast, record = kh.project_with_housing(people, own_rates, housing, flows=["moves_in", "moves_out"])
    gaps = [float(abs(part).max()) for part in identities(record, forecast.flows)]
    return forecast.population.sum(["sex", "age"], skipna=False).values, max(gaps)


def identities(record: kh.HousingRecord, flows: xr.Dataset) -> list[xr.DataArray]:
    """What must be nothing: openings less fillings, dwellings freed less moved into, moves out less in."""
    opened = record.flows
    cells = ["area", "dwelling_type"]
    return [
        opened.openings + opened.freed - opened.fillings,
        opened.moved.sum(cells) - opened.freed.sum(cells),
        flows.moves_in.sum("area", skipna=False) - flows.moves_out.sum("area", skipna=False),
    ]


def measure(draws: int = DRAWS, *, processes: int = 2) -> dict[str, float]:
    """Seconds of the whole forecast, and the largest gap of its identities."""
    everything = case(draws)
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(run_block, [cut(everything, slice(0, 1))] * processes))  # the processes are there and warm
        start = time.perf_counter()
        blocks = [slice(first, min(first + BLOCK, draws)) for first in range(0, draws, BLOCK)]
        parts = list(pool.map(run_block, map(partial(cut, everything), blocks)))
        seconds = time.perf_counter() - start
    worked = os.times()
    totals = np.concatenate([part for part, _ in parts])
    return {
        "seconds": seconds,
        "processor_seconds": worked.children_user + worked.children_system,  # of both processes, on a busy machine too
        "limit": LIMIT,
        "draws": draws,
        "largest_gap": max(gap for _, gap in parts),
        "mean_population": float(totals[..., -1].sum(axis=-1).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print for machines")
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    result = measure(options.draws)
    if options.json:
        print_json([{"job": f"housing {ZONES} zones x {len(TYPES)} types x {YEARS} years", **result}])
    else:
        print(
            f"{ZONES} zones x {len(TYPES)} types x {YEARS} years x {options.draws} draws: {result['seconds']:.1f} s "
            f"(at most {LIMIT:.0f} s); largest gap of an identity {result['largest_gap']:.1e}"
        )


if __name__ == "__main__":
    main()
