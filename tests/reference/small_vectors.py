"""Small vectors of our own: each convention by the naive oracle, so that every clone can check them all.

``python -m tests.reference.small_vectors`` writes ``tests/data/conventions.json`` anew. The figures are those of
`tests.oracle`, which goes round until deaths and exits agree and shares no formula with the engine.
"""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from tests import oracle
from tests.strategies import PRESETS, Case, make_case

FILE = Path(__file__).parents[1] / "data" / "conventions.json"
SIZES = {"age": 6, "year": 3, "area": 2}


def case_of(given: dict) -> Case:
    """The jump-off and the assumptions that a file holds."""
    people = xr.DataArray.from_dict(given["population"])
    return Case(people, xr.Dataset({name: xr.DataArray.from_dict(one) for name, one in given["assumptions"].items()}))


def by_oracle(case: Case, name: str) -> dict[str, list]:
    """Population at the end of each year, and all flows, ``[year][area][sex][age]``."""
    people, found = oracle.lists(case.jump_off, "area", "sex", "age"), {"population": []}
    for year in case.assumptions["year"]:
        now = oracle.year_of(case.assumptions.sel(year=year, drop=True), case.jump_off)
        people, flows = oracle.step(people, now, PRESETS[name])
        found["population"].append(people)
        for flow, persons in flows.items():
            found.setdefault(flow, []).append(persons)
    return found


def _as_dict(array: xr.DataArray) -> dict:
    made = array.reset_coords(drop=True).round(5).to_dict()
    return {key: made[key] for key in ("dims", "coords", "attrs", "data")}


def made() -> dict:
    """Inputs, the same for all conventions, and what the oracle makes of them; areas are coupled in one of the two."""
    vectors = {}
    for label, coupled in (("apart", False), ("coupled", True)):
        case = make_case(np.random.default_rng(1972), SIZES, coupled=coupled)
        if coupled:
            shares = xr.DataArray([[0.75, 0.25], [0.125, 0.875]], dims=["area", "destination"], attrs={"units": "1"})
            case = Case(case.jump_off, case.assumptions.assign(birth_allotment=shares))
        given = {
            "population": _as_dict(case.jump_off),
            "assumptions": {str(name): _as_dict(array) for name, array in case.assumptions.items()},
        }
        kept = case_of(given)
        vectors[label] = given | {"expected": {name: by_oracle(kept, name) for name in PRESETS}}
    return vectors


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(exist_ok=True)
    rounded = json.loads(json.dumps(made()), parse_float=lambda text: float(f"{float(text):.13g}"))
    FILE.write_text(json.dumps(rounded, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
