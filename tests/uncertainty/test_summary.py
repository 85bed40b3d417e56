"""Summaries of many futures: right, the same to the last bit however they are made, and safe to interrupt."""

import json
import sys

import numpy as np
import pytest
import xarray as xr

from kompaslite._files import StorageError
from kompaslite.engine import Engine, project
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import age_groups
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.sample import assumptions_of
from kompaslite.uncertainty.summary import blocks, summary
from kompaslite.uncertainty.summary.reduce import Reduce
from kompaslite.uncertainty.summary.summary import project_summary
from tests.worlds.country import AGES, AREAS, YEARS, some_baseline, some_people

GROUPS = {"0-5": (0, 5), "6-12": (6, 12), "13+": (13, None)}
KEEP = Reduce(
    groups=GROUPS,
    quantiles=(0.025, 0.5, 0.975),
    indicators={"young per adult": lambda of: (of["0-5"] + of["6-12"]) / of["13+"]},
    exceeds={"school full": ("6-12", 1800.0), "more young": ("young per adult", 0.6)},
    regions={"all": None, "south": ["1103", "4001"]},
)


def one_thread(kernel="numpy"):
    return Engine(kernel, threads=1)


def summarise(small, **options):
    return project_summary(small.people, small.futures, **({"reduce": KEEP, "engine": one_thread()} | options))


def test_summary_is_that_of_every_draw_projected(small):
    found = summarise(small)
    people = project(small.people, assumptions_of(small.futures)).population.sum("sex")
    sums = age_groups(people, GROUPS)
    whole = xr.concat([sums, people.sum("age").expand_dims(age_group=["total"])], "age_group")
    regions = [whole.sum("area").expand_dims(area=["all"]), whole.sel(area=["1103", "4001"]).sum("area")]
    whole = xr.concat([whole, regions[0], regions[1].expand_dims(area=["south"])], "area")
    assert found["quantiles"].dims == ("quantile", "area", "age_group", "year")
    for name, expected in (
        ("mean", whole.mean("draw")),
        ("quantiles", whole.quantile(KEEP.quantiles, "draw")),
    ):
        xr.testing.assert_allclose(found[name], expected.transpose(*found[name].dims), rtol=1e-12)
        assert found[name].attrs["units"] == "persons"
    share = (whole.sel(age_group="0-5") + whole.sel(age_group="6-12")) / whole.sel(age_group="13+")
    median = found["indicator_quantiles"].sel(indicator="young per adult", quantile=0.5)
    np.testing.assert_allclose(median, share.median("draw").transpose(*median.dims))
    full = found["probability"].sel(event="school full")
    np.testing.assert_array_equal(full, (whole.sel(age_group="6-12") > 1800.0).mean("draw").transpose(*full.dims))
    assert 0.0 < float(full.mean()) < 1.0
    label = "interval from draws of the assumptions, 130 draws, seed 2026"
    assert found.attrs == {"kind": "draws", "draws": 130, "seed": 2026, "label": label}
    assert found["quantiles"].attrs["label"] == label
    assert found["year"].values.tolist() == [*YEARS.tolist(), 2032]


CHUNKS = [{"area": 4, "draw": 130}, {"area": 4, "draw": 19}, {"area": 1, "draw": 9}, {"area": 3, "draw": 64}]


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_result_is_the_same_to_the_last_bit_for_any_chunks_and_workers(small, kernel):
    if kernel == "numba":
        pytest.importorskip("numba")
    whole = summarise(small, engine=one_thread(kernel), chunks=CHUNKS[0])
    for chunks in CHUNKS[1:]:
        for threads in (1, 2):
            other = summarise(small, engine=Engine(kernel, threads=threads), chunks=chunks)
            xr.testing.assert_identical(whole, other)


#: Chunks of 4 areas and 128 draws, by how many they make.
MANY = {1: {"area": 4, "draw": 128}, 7: {"area": 4, "draw": 19}, 64: {"area": 1, "draw": 8}}


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_one_seven_and_sixty_four_chunks_give_the_same_bits(small, kernel):
    if kernel == "numba":
        pytest.importorskip("numba")
    futures = Futures(baseline=small.baseline, levels=small.levels, draws=128, seed=2026)
    kept = Reduce(groups=GROUPS, regions={"all": None}, keep_draws=True)
    found = {}
    for many, chunks in MANY.items():
        for workers in (1, 2):
            jobs = []
            found[many, workers] = project_summary(
                small.people,
                futures,
                reduce=kept,
                engine=Engine(kernel, threads=workers),
                chunks=chunks,
                progress=lambda _done, of, jobs=jobs: jobs.append(of),
            )
            assert set(jobs) == {many}
    for one in found.values():
        xr.testing.assert_identical(one, found[1, 1])


def test_the_two_loops_agree(small):
    pytest.importorskip("numba")
    xr.testing.assert_allclose(summarise(small), summarise(small, engine=one_thread("numba")), rtol=1e-12)


def test_an_area_does_not_hang_on_which_others_run(small):
    whole = summarise(small, reduce=Reduce(groups=GROUPS))
    alone = project_summary(
        small.people.sel(area=["3201"]), small.futures.select(["3201"]), reduce=Reduce(groups=GROUPS), engine="numpy"
    )
    xr.testing.assert_identical(alone, whole.sel(area=["3201"]))


def test_scenarios_are_ranked_draw_by_draw(small):
    two = Futures(baseline=some_baseline(scenarios=["low", "high"]), levels=small.levels, draws=50, seed=2026)
    kept = Reduce(groups=GROUPS, ranks=True, keep_draws=True)
    found = project_summary(small.people, two, reduce=kept, engine="numpy")
    assert found["draws"].dims == ("draw", "scenario", "area", "age_group", "year")
    last = found["rank_probability"].sel(age_group="total", year=2032)
    assert (last.sel(scenario="high", rank=1) == 1.0).all()
    assert (last.sel(scenario="low", rank=2) == 1.0).all()
    first = found["rank_probability"].sel(age_group="total", year=2026)
    assert (first == 0.5).all()
    only = summarise(small, reduce=Reduce(groups=GROUPS, keep_draws=True))
    np.testing.assert_array_equal(found["draws"].sel(scenario="low"), only["draws"].isel(draw=slice(0, 50)))


def test_an_ordinary_dataset_with_draws_is_summarised():
    draw = xr.DataArray([0.8, 1.0, 1.2], coords={"draw": [0, 1, 2]})
    baseline = some_baseline()
    baseline["fertility"] = (baseline["fertility"] * draw).assign_attrs(units="1/year")
    people = some_people().sel(area="3201", drop=True)
    found = project_summary(people, baseline.sel(area="3201", drop=True), reduce=Reduce(groups=GROUPS), engine="numpy")
    assert found["mean"].dims == ("age_group", "year")
    spread = (found["quantiles"].max("quantile") - found["quantiles"].min("quantile")).sel(year=2030)
    assert spread.sel(age_group="13+") == 0.0
    assert spread.sel(age_group="0-5") > 0.0


def coupled_inputs(draws=20):
    baseline = some_baseline(AREAS[:3])
    rates = np.random.default_rng(2).random((3, 3, 2, AGES.size)) * 0.02 * (1.0 - np.eye(3))[:, :, None, None]
    coords = {"area": AREAS[:3], "destination": AREAS[:3], "sex": ["female", "male"], "age": AGES}
    level = xr.DataArray(np.linspace(0.5, 1.5, draws), coords={"draw": range(draws)})
    baseline["moves"] = xr.DataArray(rates, coords=coords, attrs={"units": "1/year"})
    return Futures(baseline=baseline, factors={"moves": [level]}, seed=0)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_coupled_areas_are_chunked_over_draws(kernel):
    if kernel == "numba":
        pytest.importorskip("numba")
    futures, people = coupled_inputs(), some_people(AREAS[:3])
    kept = Reduce(groups=GROUPS, keep_draws=True)
    whole = project_summary(people, futures, reduce=kept, engine=one_thread(kernel))
    for draws in (1, 7):
        part = project_summary(people, futures, reduce=kept, engine=Engine(kernel, threads=2), chunks={"draw": draws})
        xr.testing.assert_identical(whole, part)
    expected = project(people, assumptions_of(futures), engine="numpy").population.sum(["sex", "age"])
    found = whole["draws"].sel(age_group="total", drop=True)
    xr.testing.assert_allclose(found, expected.transpose(*found.dims), rtol=1e-12)
    with pytest.raises(SchemaError, match=r"people move between these areas.* Chunk over draw only"):
        project_summary(people, futures, chunks={"area": 1})


def interrupted(small, folder, *, after, error=KeyboardInterrupt, **options):
    def stop(done, _of):
        if done == after:
            raise error

    return summarise(small, checkpoint=folder, progress=stop, **options)


@pytest.mark.parametrize(
    ("chunks", "after"), [({"area": 1, "draw": 50}, 5), ({"area": 1, "draw": 130}, 3), ({"area": 4, "draw": 20}, 3)]
)
def test_an_interrupted_run_goes_on_with_the_same_result(small, tmp_path, monkeypatch, chunks, after):  # noqa: PLR0917
    whole = summarise(small)
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt, match=rf"after {after} of \d+ jobs\. Start it again with checkpoint='.*run'"):
        interrupted(small, folder, after=after, chunks=chunks)
    filled = []
    real = blocks.group_sums
    monkeypatch.setattr("kompaslite.uncertainty.summary.projector.group_sums", lambda *job: filled.append(real(*job)))
    shown = []
    resumed = summarise(small, checkpoint=folder, chunks=chunks, progress=lambda done, of: shown.append((done, of)))
    xr.testing.assert_identical(resumed, whole)
    jobs = shown[-1][1]
    assert shown[-1] == (jobs, jobs)
    assert 0 < len(filled) < jobs
    assert not folder.exists()


def test_without_a_checkpoint_an_interruption_says_so(small):
    with pytest.raises(KeyboardInterrupt, match="Nothing was kept; name a checkpoint"):
        interrupted(small, None, after=1)


def test_a_checkpoint_of_another_run_is_an_error_and_stays(small, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        interrupted(small, folder, after=1, chunks={"area": 2})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = Futures(baseline=small.baseline, levels=small.levels, draws=130, seed=7)
    with pytest.raises(SchemaError, match=r"is of another run, it differs in seed\. Nothing was changed"):
        project_summary(small.people, other, reduce=KEEP, engine=one_thread(), chunks={"area": 2}, checkpoint=folder)
    with pytest.raises(SchemaError, match="it differs in population, reduce, chunks"):
        project_summary(small.people + 1.0, small.futures, reduce=Reduce(groups=GROUPS), checkpoint=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_with_other_files_is_not_written_to(small, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SchemaError, match="neither an empty folder nor a checkpoint"):
        summarise(small, checkpoint=tmp_path)
    with pytest.raises(StorageError, match="cannot be made"):
        summarise(small, checkpoint=tmp_path / "absent" / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_damaged_checkpoint_is_named(small, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        interrupted(small, folder, after=4, chunks={"area": 1})
    block = folder / "block-000000.npz"
    block.write_bytes(block.read_bytes()[:100])
    with pytest.raises(StorageError, match=r"block-000000\.npz: this part of the checkpoint is damaged"):
        summarise(small, checkpoint=folder, chunks={"area": 1})
    (folder / "run.json").write_text("{")
    with pytest.raises(StorageError, match="the checkpoint cannot be read"):
        summarise(small, checkpoint=folder, chunks={"area": 1})


def test_a_full_disk_stops_the_run_and_leaves_what_was_kept(small, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        interrupted(small, folder, after=4, chunks={"area": 1})
    before = sorted(path.name for path in folder.iterdir())

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match="the disk or quota is full"):
        summarise(small, checkpoint=folder, chunks={"area": 1})
    monkeypatch.undo()
    assert sorted(path.name for path in folder.iterdir()) == before
    xr.testing.assert_identical(summarise(small, checkpoint=folder, chunks={"area": 1}), summarise(small))


def test_identity_of_a_run_sees_every_input(small):
    plans = [
        summary.make_plan(small.people, small.futures, reduce=kept, engine=one_thread())
        for kept in (
            KEEP,
            Reduce(groups=GROUPS, indicators={"a": lambda of: of["total"]}),
            Reduce(groups=GROUPS, indicators={"a": lambda of: of["0-5"]}),
        )
    ]
    hashes = [summary._identity(plan, active=True) for plan in plans]
    assert len({one["reduce"] for one in hashes}) == 3
    assert len({json.dumps({k: v for k, v in one.items() if k != "reduce"}) for one in hashes}) == 1


@pytest.mark.parametrize("dim", ["sex", "age", "year", "scenario"])
def test_a_chunk_over_sex_or_age_is_an_error(small, dim):
    with pytest.raises(SchemaError, match=rf"chunks: {dim} cannot be divided, because a cohort needs all its ages"):
        summarise(small, chunks={dim: 1})


def test_bad_inputs_are_clear_errors(small):
    with pytest.raises(SchemaError, match="no input has the dimension draw"):
        project_summary(small.people, small.baseline)
    twice = small.people.expand_dims(draw=range(7))
    with pytest.raises(SchemaError, match="population: it has 7 draws, the assumptions have 130"):
        project_summary(twice, small.futures)
    with pytest.raises(SchemaError, match="population: 1 labels of dimension area are missing"):
        project_summary(small.people.isel(area=[0, 1, 2]), small.futures)
    with pytest.raises(SchemaError, match="fertility is missing"):
        project_summary(small.people, Futures(baseline=small.baseline.drop_vars("fertility"), draws=2, seed=0))
    with pytest.raises(SchemaError, match=r"chunks of draw: 0 is not a whole number"):
        summarise(small, chunks={"draw": 0})
    with pytest.raises(SchemaError, match="age groups: old begins at 32, but the last age of the data is 30"):
        summarise(small, reduce=Reduce(groups={"old": (32, 40)}))
    with pytest.raises(SchemaError, match="the region 'x' has areas that there are not: 9999"):
        summarise(small, reduce=Reduce(groups=GROUPS, regions={"x": ["9999"]}))
    with pytest.raises(SchemaError, match="the region '3201' has the name of an area"):
        summarise(small, reduce=Reduce(groups=GROUPS, regions={"3201": None}))


def test_bad_values_of_a_draw_are_named_as_project_names_them(small):
    broken = small.baseline.copy()
    level = xr.DataArray(np.ones(130), coords={"draw": range(130)})
    level[101] = 1000.0
    futures = Futures(baseline=broken, factors={"mortality": [level]}, draws=130, seed=0)
    with pytest.raises(SchemaError, match=r"mortality: .* values are not rates between 0 and 2.* draw 101"):
        project_summary(small.people, futures, reduce=KEEP, engine=one_thread())
    leaving = xr.zeros_like(small.people).assign_attrs(units="persons/year") - 1000.0 * (level > 1.0)
    broken["net_migration"] = leaving.transpose("draw", ...).assign_attrs(units="persons/year")
    with pytest.raises(SchemaError, match=r"would hold fewer than nobody .* draw 101, area 0301"):
        project_summary(small.people, broken, reduce=KEEP, engine=one_thread())


def test_reduce_checks_what_it_is_given():
    with pytest.raises(SchemaError, match=r"the quantile 80 is not between 0 and 1; 80 % is 0\.8"):
        Reduce(quantiles=(80,))
    with pytest.raises(SchemaError, match="the name 'total' is given twice"):
        Reduce(groups={"total": (0, None)})
    with pytest.raises(SchemaError, match="the event 'full' is about '99' above 3"):
        Reduce(exceeds={"full": ("99", 3.0)})


def test_indicators_must_work_cell_by_cell(small):
    with pytest.raises(SchemaError, match="the indicator 'sum' gives an array of shape"):
        summarise(small, reduce=Reduce(groups=GROUPS, indicators={"sum": lambda of: of["total"].sum(axis=-1)}))
    with pytest.raises(SchemaError, match="the indicator 'none' is not a number in"):
        summarise(small, reduce=Reduce(groups=GROUPS, indicators={"none": lambda of: of["total"] * np.nan}))


def test_progress_is_a_bar_or_a_callable(small, capsys):
    summarise(small, progress=True, chunks={"area": 2})
    shown = capsys.readouterr().err
    assert "draws" in shown
    assert "2/2" in shown


def test_without_rich_there_is_no_bar_and_no_error(small, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    summarise(small, progress=True, chunks={"area": 2})
    assert capsys.readouterr().err == ""


def test_assumptions_of_one_place_serve_a_population_with_its_code():
    people = some_people().isel(area=[0])
    baseline = some_baseline().isel(area=0, drop=True) if "area" in some_baseline().dims else some_baseline()
    level = xr.DataArray([0.9, 1.1], coords={"draw": [0, 1]})
    futures = Futures(baseline=baseline, factors={"fertility": [level]})
    found = project_summary(people, futures, reduce=Reduce(groups=GROUPS, quantiles=(0.5,)))
    assert found["quantiles"]["area"].values.tolist() == people["area"].values.tolist()
