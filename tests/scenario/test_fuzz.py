"""Scenario files at random: sound ones give the same numbers however they are written, others an error with a line."""

import re

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kompaslite.scenario import ScenarioError, apply_edits, scenario_from
from kompaslite.schema import KompasliteError

AREAS, YEARS = ["0301", "3201"], list(range(2026, 2030))
COUNTS, RATES = ("in_migration", "immigration"), ("out_migration", "emigration")
FUZZ = settings(max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def baseline():
    labels = {"area": AREAS, "sex": ["female", "male"], "age": list(range(101)), "year": YEARS[:-1]}
    age = np.arange(101.0)[:, None] + np.zeros(len(YEARS) - 1)
    full = np.ones([len(values) for values in labels.values()])

    def part(values, unit):
        return xr.DataArray(full * values, coords=labels, attrs={"units": unit})

    moves = {name: part(1.0 + 0.01 * age, "persons/year") for name in COUNTS}
    moves |= {name: part(0.02 * np.exp(-age / 40.0), "1/year") for name in RATES}
    fertile = part(np.where((age >= 18) & (age < 45), 0.06, 0.0), "1/year").isel(sex=0, drop=True)
    return xr.Dataset(
        moves | {"fertility": fertile, "mortality": part(np.minimum(0.9, 1e-4 * np.exp(0.09 * age)), "1/year")}
    )


BASE = baseline()
years = st.lists(st.sampled_from(YEARS), min_size=1, max_size=3, unique=True)
areas = st.none() | st.lists(st.sampled_from(AREAS), min_size=1, max_size=3, unique=True)
reason = st.sampled_from(["a decision", "as in the national alternative", 'what if "half" come?', "Ås og Bærum"])


def dated(values):
    return years.flatmap(lambda chosen: st.fixed_dictionaries(dict.fromkeys(chosen, values)))


def number(low, high):
    return st.floats(low, high, allow_nan=False).map(lambda value: round(float(value), 3))


def text_of(value):
    """A value as TOML."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {text_of(part)}" for key, part in value.items()) + " }"
    return "[" + ", ".join(map(text_of, value)) + "]" if isinstance(value, list) else str(value)


@st.composite
def edits(draw):
    """Edits of which no two are of one cell: each of a variable of its own."""
    found = []
    if draw(st.booleans()):
        found.append(("fertility", {"tfr": draw(dated(number(0.8, 3.0)))}))
    if draw(st.integers(0, 24)) == 24:
        found.append(("mortality", {"life_expectancy": draw(dated(number(76.0, 92.0)))}))
    for component in draw(st.lists(st.sampled_from(COUNTS + RATES), unique=True, max_size=4)):
        way = draw(st.sampled_from(("total", "factor") if component in COUNTS else ("factor",)))
        edit = {"component": component, way: draw(dated(number(1.0, 3000.0) if way == "total" else number(0.0, 3.0)))}
        if way == "factor" and draw(st.booleans()):
            edit["ages"] = sorted(draw(st.lists(st.integers(0, 100), min_size=2, max_size=2)))
        found.append(("migration", edit))
    for _, edit in found:
        chosen = [draw(st.sampled_from(AREAS))] if "total" in edit else draw(areas)
        edit.update({"because": draw(reason)} | ({} if chosen is None else {"areas": chosen}))
    return found


def written(found, order, *, inline=False):
    """A file with these edits: keys in any order, in tables or on one line."""
    head = order([("name", "own"), ("because", "a test"), ("first_year", YEARS[0]), ("last_year", YEARS[-1])])
    lines = [f"{key} = {text_of(value)}" for key, value in head]
    if inline:
        for kind in dict.fromkeys(kind for kind, _ in found):
            tables = [dict(order(list(edit.items()))) for one, edit in found if one == kind]
            lines.append(f"{kind} = {text_of(tables)}")
        return "\n".join(lines) + "\n"
    for kind, edit in found:
        lines.append(f"[[{kind}]]")
        for key, value in order(list(edit.items())):
            shown = dict(order(list(value.items()))) if isinstance(value, dict) else value
            lines.append(f"{key} = {text_of(order(shown) if key == 'areas' else shown)}")
    return "\n".join(lines) + "\n"


@FUZZ
@given(edits(), st.randoms(use_true_random=False), st.booleans())
def test_sound_files_give_the_same_numbers_however_they_are_written(found, chance, inline):
    def shuffled(values):
        return chance.sample(values, len(values))

    kinds = shuffled(sorted({kind for kind, _ in found}))
    moved = [pair for kind in kinds for pair in shuffled([one for one in found if one[0] == kind])]
    plain = apply_edits(BASE, scenario_from(written(found, list)))
    other = apply_edits(BASE, scenario_from(written(moved, shuffled, inline=inline)))
    for name in BASE.data_vars:
        xr.testing.assert_allclose(plain[name], other[name], rtol=1e-12)
    untouched = set(map(str, BASE.data_vars)) - {edit.get("component", kind) for kind, edit in found}
    for name in untouched:
        xr.testing.assert_identical(plain[name], BASE[name])


@FUZZ
@given(edits())
def test_levels_are_those_that_are_asked_for(found):
    result = apply_edits(BASE, scenario_from(written(found, list)))
    for kind, edit in found:
        where = edit.get("areas", AREAS)
        if "total" in edit:
            for year, total in edit["total"].items():
                if year < YEARS[-1]:
                    moved = result[edit["component"]].sel(area=where, year=year).sum(["sex", "age"])
                    np.testing.assert_allclose(moved, total, rtol=1e-9)
        if kind == "fertility":
            for year in set(edit["tfr"]) - {YEARS[-1]}:
                rates = result["fertility"].sel(area=where, year=year).sum("age")
                np.testing.assert_allclose(rates, edit["tfr"][year], rtol=1e-9)


SPOILS = st.sampled_from(
    [
        "true",
        '"x"',
        "[]",
        "{}",
        "nan",
        "inf",
        "-1",
        "1e9",
        "2026-01-01",
        "0301",
        '""',
        '"  "',
        "[[]]",
        "1.5.2",
        "=",
        "]",
        "#",
        '"',
    ]
)


@settings(FUZZ, max_examples=200)
@given(edits(), st.data())
def test_spoiled_files_are_read_or_told_with_file_and_line(found, data):
    lines = written(found, list).splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    key, mark, _ = lines[place].partition(" = ")
    how = data.draw(st.sampled_from(["value", "key", "gone", "twice", "moved"]))
    if how == "value" and mark:
        lines[place] = f"{key} = {data.draw(SPOILS)}"
    elif how == "key":
        lines[place] = lines[place].replace(key, data.draw(st.sampled_from([key[:-1], f"{key}x", key.upper(), ""])))
    elif how == "gone":
        del lines[place]
    elif how == "twice":
        lines.insert(place, lines[place])
    else:
        lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(place))
    text = "\n".join(lines) + "\n"
    words = told(lambda: apply_edits(BASE, scenario_from(text, name="own.toml")))
    assert words is None or re.search(r"own\.toml(, line \d+|: this is not TOML: .*line \d+)", words), words


def told(make):
    """What an error of ours says, nothing if all is well; any other error goes on."""
    try:
        make()
    except KompasliteError as error:
        return str(error)
    return None


@FUZZ
@given(st.text(max_size=200))
def test_any_text_is_told(text):
    with pytest.raises(ScenarioError, match="scenario"):
        scenario_from(text)
