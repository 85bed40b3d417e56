"""The records of the skill benchmark, on a file with a few municipalities."""

import json

import pandas as pd
import pytest

AREAS = ["3201", "4001", "5055", "1101", "0301", "4020"]


@pytest.fixture(scope="module")
def skill(shared):
    return pytest.importorskip("benchmarks.skill")


@pytest.fixture(scope="module")
def files(shared, tmp_path_factory):
    """Files of the same format with other municipalities in them."""
    folder = tmp_path_factory.mktemp("files")
    people = pd.read_parquet(shared / "data" / "population_municipality_age_sex_2005_2026.parquet")
    people[people["municipality_code"].isin(AREAS)].to_parquet(folder / "people.parquet")
    official = pd.read_csv(shared / "data" / "ssb_projection_2016_vs_actual.csv.gz", dtype={"code_2024": str})
    official[official["code_2024"].isin(AREAS)].to_csv(folder / "official.csv.gz", index=False)
    return folder / "people.parquet", folder / "official.csv.gz"


def test_records_have_their_keys_and_names(skill, files, monkeypatch, capsys):
    # fewer origins and leads than in earnest, all methods
    methods = {name: (method, 10) for name, (method, _) in skill.all_methods().items()}
    monkeypatch.setattr(skill, "all_methods", lambda: methods)
    monkeypatch.setattr(skill, "FIRST", 2016)
    monkeypatch.setattr(skill, "HORIZON", 3)
    monkeypatch.setattr("sys.argv", ["skill", "--population", str(files[0]), "--official", str(files[1]), "--json"])
    skill.main()
    printed = capsys.readouterr()
    assert "4 areas; 2 set aside" in printed.err
    frame = pd.DataFrame(json.loads(printed.out))
    assert list(frame.columns) == ["origins", "method", "measure", "lead", "size_class", "value"]
    assert set(frame["origins"]) == {"2016-2025", "2016"}
    references = {"no_change", "half_trend_10", "linear_trend_10", "linear_trend_5", "hamilton_perry"}
    assert {"default", *references, "plain_cohort_component", "official"} <= set(frame["method"])
    measures = {"mape", "wape", "group_error", "bias", "coverage_80", "coverage_95", "crps_ratio"}
    assert set(frame["measure"]) == measures
    assert set(frame["lead"]) == {1, 2, 3}
    assert "all" in set(frame["size_class"])
    assert not frame.duplicated(["origins", "method", "measure", "lead", "size_class"]).any()
    ratio = frame[(frame["measure"] == "crps_ratio") & (frame["method"] == "no_change")]["value"]
    assert (ratio == 1.0).all()


def test_a_file_that_is_not_there_is_named(skill, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["skill", "--population", str(tmp_path / "none.parquet")])
    with pytest.raises(SystemExit):
        skill.main()
    assert "none.parquet is not there" in capsys.readouterr().err
