"""Storage: what is saved comes back, and a failure leaves the earlier file whole."""

import errno
import hashlib
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite import _files as files
from kompaslite import storage
from kompaslite._files import StorageError
from kompaslite.accounts import Accounts, age_up
from kompaslite.schema import SchemaError
from kompaslite.storage import netcdf, record

LABELS = {"area": ["0301", "3201"], "sex": ["female", "male"], "age": range(4), "year": [2024, 2025, 2026]}


def some_accounts(seed=1):
    values = np.random.default_rng(seed).random((2, 2, 4, 3)) * 1000
    population = xr.DataArray(values, dims=LABELS, coords=LABELS, attrs={"units": "persons", "source": "made up"})
    deaths = (population.isel(year=[0, 1]) * 0.01).assign_attrs(units="persons/year")
    births = deaths.sum("age").assign_attrs(units="persons/year")
    return Accounts(population, xr.Dataset({"deaths": deaths, "births": births}, attrs={"note": "æøå"}))


def some_assumptions(accounts):
    mortality = accounts.flows["deaths"].assign_attrs(units="1/year") * 1e-5
    return xr.Dataset({"mortality": mortality.expand_dims(draw=[0, 1])})


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path):
    accounts = some_accounts()
    assumptions = some_assumptions(accounts)
    record = storage.Provenance(inputs={"table": "ab" * 32}, scenario="Fornebu", seed=2026, convention="mean exposure")
    path = storage.save(accounts, tmp_path / "run.nc", assumptions=assumptions, provenance=record)
    stored = storage.load(path)
    xr.testing.assert_identical(stored.accounts.population, accounts.population)
    xr.testing.assert_identical(stored.accounts.flows, accounts.flows)
    xr.testing.assert_identical(stored.assumptions, assumptions)
    assert stored.provenance == record
    assert stored.provenance.versions["numpy"] == np.__version__
    assert stored.accounts.population["area"].dtype.kind == "U"


def test_accounts_without_flows_or_assumptions_come_back(tmp_path):
    accounts = Accounts(some_accounts().population)
    stored = storage.load(storage.save(accounts, tmp_path / "run.nc"))
    assert stored.assumptions is None
    assert not stored.accounts.flows.data_vars
    xr.testing.assert_equal(stored.accounts.population, accounts.population)


def test_saved_file_is_plain_netcdf(tmp_path):
    path = storage.save(some_accounts(), tmp_path / "run.nc")
    with xr.open_dataset(path, group="flows", engine="h5netcdf") as flows:
        assert set(flows.data_vars) == {"deaths", "births"}


def test_provenance_holds_the_hash_of_every_input(tmp_path):
    source = tmp_path / "table.csv"
    source.write_bytes(b"area;persons\n")
    record = storage.provenance({"table": source}, seed=3)
    assert record.inputs == {"table": hashlib.sha256(b"area;persons\n").hexdigest()}
    with pytest.raises(StorageError, match=r"absent\.csv: the input cannot be read"):
        storage.provenance({"table": tmp_path / "absent.csv"})


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7, 0.9999])
def test_truncated_file_is_a_clear_error(tmp_path, keep):
    path = storage.save(some_accounts(), tmp_path / "run.nc")
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(StorageError, match=r"not a netCDF-4 file|truncated"):
        storage.load(path)


def test_every_damaged_byte_is_noticed(tmp_path):
    path = storage.save(some_accounts(), tmp_path / "run.nc")
    content = path.read_bytes()
    for place in range(0, len(content), len(content) // 40):
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with pytest.raises(StorageError):
            storage.load(path)


def test_foreign_files_are_a_clear_error(tmp_path):
    text = tmp_path / "table.nc"
    text.write_text("area;persons")
    with pytest.raises(StorageError, match="not a netCDF-4 file"):
        storage.load(text)
    other = tmp_path / "other.nc"
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(StorageError, match="another program wrote it"):
        storage.load(other)
    with pytest.raises(StorageError, match="no such file"):
        storage.load(tmp_path / "absent.nc")


def test_file_of_a_later_format_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf, "_FORMAT_VERSION", 2)
    path = storage.save(some_accounts(), tmp_path / "run.nc")
    monkeypatch.undo()
    with pytest.raises(StorageError, match="format 2, this version reads up to 1"):
        storage.load(path)


def test_full_disk_leaves_the_earlier_file_whole(tmp_path, monkeypatch):
    path = storage.save(some_accounts(1), tmp_path / "run.nc")
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("to_netcdf",):
        monkeypatch.setattr(xr.Dataset, name, full)
        with pytest.raises(StorageError, match=r"the disk or quota is full\. An earlier file .* is untouched"):
            storage.save(some_accounts(2), path, force=True)
    monkeypatch.undo()
    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(StorageError, match="is full"):
        storage.save(some_accounts(2), path, force=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits on the size of files are set here as on Linux")
def test_quota_that_is_really_full_leaves_the_earlier_file_whole(tmp_path):
    path = storage.save(some_accounts(1), tmp_path / "run.nc")
    before = path.read_bytes()
    code = f"""
        import resource, signal
        from kompaslite import storage
        from kompaslite._files import StorageError
        accounts = storage.load({str(path)!r}).accounts
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        try:
            storage.save(accounts, {str(path)!r}, force=True)
        except StorageError as error:
            print(error)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "the disk or quota is full" in run.stdout
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


def test_crash_while_writing_leaves_the_earlier_file_whole(tmp_path):
    path = storage.save(some_accounts(1), tmp_path / "run.nc")
    before = path.read_bytes()
    code = f"""
        import os
        from kompaslite import storage
        from kompaslite.storage import netcdf
        accounts = storage.load({str(path)!r}).accounts
        netcdf.seal = lambda _path: os._exit(9)
        storage.save(accounts, {str(path)!r}, force=True)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert run.returncode == 9, run.stderr
    assert path.read_bytes() == before


def test_bad_arguments_are_clear_errors(tmp_path):
    accounts = some_accounts()
    with pytest.raises(SchemaError, match=r"must end in \.nc"):
        storage.save(accounts, tmp_path / "run.xlsx")
    with pytest.raises(SchemaError, match="save: accounts are needed, not DataArray"):
        storage.save(accounts.population, tmp_path / "run.nc")
    with pytest.raises(StorageError, match=r"the folder .* does not exist"):
        storage.save(accounts, tmp_path / "absent" / "run.nc")
    strange = some_assumptions(accounts).assign_attrs(window=slice(3))
    with pytest.raises(SchemaError, match="assumptions: attribute window is slice"):
        storage.save(accounts, tmp_path / "run.nc", assumptions=strange)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_results_are_written_whole(tmp_path, ending):
    result = some_accounts().population.to_dataset(name="population")
    path = tmp_path / f"result{ending}"
    storage.save_dataset(result * 2, path)
    storage.save_dataset(result, path, force=True)
    with xr.open_dataset(path, engine="h5netcdf" if ending == ".nc" else "zarr") as opened:
        np.testing.assert_array_equal(opened["population"], result["population"])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    with pytest.raises(SchemaError, match=r"must end in \.nc or \.zarr"):
        storage.save_dataset(result, tmp_path / "result.csv")


def test_failure_while_replacing_a_folder_puts_the_old_one_back(tmp_path, monkeypatch):
    path = tmp_path / "result.zarr"
    result = some_accounts().population.to_dataset(name="population")
    storage.save_dataset(result, path)
    real = files.os.replace

    def fails(source, target):
        # only the last step fails: the files inside are moved by threads of their own
        if str(target) == str(path) and ".part" in str(source):
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(files.os, "replace", fails)
    with pytest.raises(StorageError, match="writing failed"):
        storage.save_dataset(result * 2, path, force=True)
    monkeypatch.undo()
    with xr.open_dataset(path, engine="zarr") as opened:
        np.testing.assert_array_equal(opened["population"], result["population"])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("write", [storage.save, storage.save_dataset], ids=["save", "save_dataset"])
def test_an_existing_file_is_replaced_only_when_forced(tmp_path, write):
    given = some_accounts() if write is storage.save else some_accounts().flows
    path = write(given, tmp_path / "a.nc")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"a\.nc: the file exists\. Choose another name, or say --force"):
        write(given, path)
    assert path.read_bytes() == before
    write(given, path, force=True)
    with pytest.raises(SchemaError, match="The object comes first, its path second"):
        write(given, given)


def test_a_folder_is_never_taken_for_a_file(tmp_path):
    for name in ("a.nc", "a.zarr"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("of ten years")
    for force in (False, True):
        for write in (
            lambda force: storage.save(some_accounts(), tmp_path / "a.nc", force=force),
            lambda force: storage.save_dataset(some_accounts().flows, tmp_path / "a.nc", force=force),
            lambda force: storage.save_dataset(some_accounts().flows, tmp_path / "a.zarr", force=force),
        ):
            with pytest.raises(StorageError, match="what is in it is not removed"):
                write(force)
    assert [path.read_text() for path in tmp_path.glob("*/mine.txt")] == ["of ten years"] * 2


def packed(array):
    """As an array comes out of a file that holds whole numbers and a scale."""
    array.encoding = {"dtype": "int16", "scale_factor": 10.0, "add_offset": 100.0, "_FillValue": -1}
    return array


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_the_packing_of_the_file_that_figures_were_read_from_is_forgotten(tmp_path, ending):
    accounts = some_accounts()
    packed(accounts.population)
    for flow in accounts.flows.data_vars.values():
        packed(flow)
    aged = age_up(accounts.population)
    storage.save_dataset(aged.to_dataset(name="aged"), tmp_path / f"a{ending}")
    with xr.open_dataset(tmp_path / f"a{ending}", engine="zarr" if ending == ".zarr" else "h5netcdf") as opened:
        np.testing.assert_array_equal(opened["aged"], aged)
    if ending == ".nc":
        stored = storage.load(storage.save(accounts, tmp_path / "b.nc"))
        np.testing.assert_array_equal(stored.accounts.population, accounts.population)
        np.testing.assert_array_equal(stored.accounts.flows["deaths"], accounts.flows["deaths"])
        for name in ("year", "age"):  # nor that of labels
            packed(accounts.population[name])
        stored = storage.load(storage.save(accounts, tmp_path / "c.nc"))
        assert stored.accounts.years == accounts.years


ATTRIBUTES = {
    "truth": True,
    "mixed": [1, "a"],
    "none in a list": [None],
    "none": None,
    "list of one": [5],
    "list of one word": ["a"],
    "words": np.array(["a", "b"]),
    "truths": np.array([True, False]),
    "empty": [],
    "table": {"a": [1, 2]},
    "numbers": [1.5, 2.5],
    "array": np.array([1, 2]),
    "large": 10**30,
    "word": "",
    "scale_factor": 0.5,
    "_FillValue": 3.0,
    "units of time": "days since 2020-01-01",
    "with/slash": 1,
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes_come_back_as_they_were(tmp_path, name):
    value = ATTRIBUTES[name]
    key = "units" if name == "units of time" else name
    assumptions = xr.Dataset({"rate": ("age", [1.0, 2.0], {key: value})}, {"age": [0, 1]}, {"all": value})
    found = storage.load(storage.save(some_accounts(), tmp_path / "a.nc", assumptions=assumptions)).assumptions
    for got, kept in ((found["rate"].attrs[key], value), (found.attrs["all"], value)):
        assert np.array_equal(got, kept) if isinstance(value, list | np.ndarray) else got == kept
        assert isinstance(got, list | np.ndarray) == isinstance(value, list | np.ndarray)
    np.testing.assert_array_equal(found["rate"], [1.0, 2.0])


def test_dates_names_and_kinds_of_text_come_back(tmp_path):
    accounts = some_accounts()
    dates = np.array(["2024-01-01", "2025-01-01", "2026-01-01"], dtype="datetime64[ns]")
    people = accounts.population.assign_coords(
        day=("year", dates), name=("area", pd.Categorical(["Oslo", "Bærum"])), whole=("area", [True, False])
    )
    stored = storage.load(storage.save(Accounts(people.rename("persons")), tmp_path / "a.nc")).accounts.population
    assert stored.name == "persons"
    np.testing.assert_array_equal(stored["day"], dates)
    assert stored["name"].values.tolist() == ["Oslo", "Bærum"]
    assert stored["whole"].values.tolist() == [True, False]


@pytest.mark.parametrize("label", [None, float("nan"), 3, date(2026, 1, 1), pd.NA])
def test_text_with_something_else_among_it_is_refused(tmp_path, label):
    people = some_accounts().population.assign_coords(name=("area", np.array(["Oslo", label], dtype=object)))
    with pytest.raises(SchemaError, match="population: name: 1 of 2 values are no text that netCDF holds"):
        storage.save(Accounts(people), tmp_path / "a.nc")
    with pytest.raises(SchemaError, match="dataset: name: 1 of 2 values are no text"):
        storage.save_dataset(people.to_dataset(name="a"), tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


def test_other_kinds_of_labels_are_refused_in_words(tmp_path):
    levels = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["one", "two"])
    stacked = xr.Dataset({"a": ("both", np.arange(4.0))}).assign_coords(
        xr.Coordinates.from_pandas_multiindex(levels, "both")
    )
    with pytest.raises(SchemaError, match="has several levels"):
        storage.save_dataset(stacked, tmp_path / "a.nc")
    periods = xr.Dataset({"a": ("year", [1.0, 2.0])}, {"year": pd.period_range("2020", periods=2, freq="Y")})
    with pytest.raises(SchemaError, match="2 of 2 values are no text"):
        storage.save_dataset(periods, tmp_path / "a.nc")


def test_a_file_that_another_program_wrote_anew_is_read_with_a_warning(tmp_path):
    path = storage.save(some_accounts(), tmp_path / "a.nc", assumptions=some_assumptions(some_accounts()))
    with h5py.File(path, "r+") as file:
        file["population/population"][0, 0, 0, 0] = 7.0
    with pytest.warns(UserWarning, match=r"a\.nc: another program wrote this file anew"):
        stored = storage.load(path)
    assert stored.accounts.population[0, 0, 0, 0] == 7.0
    assert stored.assumptions is not None
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        tree.load().to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    with pytest.warns(UserWarning, match="another program"):
        other = storage.load(tmp_path / "b.nc")
    xr.testing.assert_equal(other.accounts.population, stored.accounts.population)
    with h5py.File(path, "r+") as file:
        del file["flows"]
    with pytest.raises(StorageError, match="cannot be read as accounts"):
        storage.load(path)


def test_figures_are_compressed(tmp_path):
    people = some_accounts().population.expand_dims(draw=np.arange(500)) * 0.0
    path = storage.save_dataset(xr.Dataset({"a": people}), tmp_path / "a.nc")
    assert path.stat().st_size < people.nbytes / 4


def test_wrong_kind_of_provenance_is_an_error():
    with pytest.raises(TypeError, match="Path cannot be stored"):
        record.as_json(storage.Provenance(inputs={"table": Path("a")}))
