"""Fetching from a PxWeb v2 server on loopback: what comes back, the cache, and every way in which a bank fails."""

import hashlib
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from kompaslite._extras import MissingExtraError
from kompaslite._files import StorageError
from kompaslite.accounts import check_balance
from kompaslite.readers import TableError, read_flows, read_jsonstat, read_population
from kompaslite.readers.labels import understand
from kompaslite.schema import SchemaError
from kompaslite.statbank import NORWAY, BankTable, RetryPolicy, StatbankError, StatisticsBank, fetch, fetch_to, summary
from kompaslite.statbank.connection import Connection, Notifier, batches
from tests.worlds.bank import AGES, FIRST, LAST, made_up_bank, person, year_sum

POPULATION = NORWAY[:1]
PATIENT = RetryPolicy(timeout=5.0, tries=4, pause=0.001, longest=0.01)


@pytest.fixture
def bank(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with made_up_bank() as running:
        yield running


def ask(bank, folder, area="3201", *, retry=PATIENT, **options):
    return fetch(area, bank=StatisticsBank(bank.address, retry=retry), cache=folder, progress=False, **options)


def test_everything_a_forecast_needs(bank, tmp_path):
    fetched = ask(bank, tmp_path)
    people = fetched.accounts.population
    assert people.sizes == {"area": 1, "sex": 2, "age": AGES, "year": LAST - 2005 + 1}
    assert people.attrs["units"] == "persons"
    expected = [[person(sex, f"{age:03d}", 2026, "3201") for age in range(AGES)] for sex in "21"]
    assert people.sel(area="3201", year=2026).values.tolist() == expected
    births = fetched.accounts.flows["births"].sel(area="3201")
    assert births.values.tolist() == [year_sum("Fodte2", year, "3201") for year in range(2005, LAST)]
    check_balance(fetched.accounts)
    assert "adjustment" in fetched.accounts.flows
    assert fetched.dwelling_stock.sel(area="3201", year=2026).values.tolist() == [523, 524 + 525, 526, 527 + 1521]
    assert fetched.completions["dwelling_type"].values.tolist() == ["detached", "row", "block", "other"]
    assert fetched.completions.sel(area="3201", year=2025).values.tolist() == [4, 8, 4, 4]
    assert fetched.completions.attrs["row"] == "Tomannsbolig, vertikaldelt; Rekkehus"
    assert "10325" in fetched.tables


def test_tables_that_say_the_same_are_compared(bank, tmp_path):
    notes = ask(bank, tmp_path).notes
    assert "births: two tables agree in all 21 areas and years" in notes
    assert "deaths: two tables differ in 1 of 21 areas and years; the first by -1 at area 3201, year 2010" in notes
    assert "net_migration: two tables agree in all 21 areas and years" in notes


def test_the_second_run_asks_nothing(bank, tmp_path):
    first = ask(bank, tmp_path)
    asked = len(bank.asked)
    assert asked == 1 + 6 + 1 + 6
    second = fetch("3201", bank=bank.address, cache=tmp_path, progress=False)
    assert len(bank.asked) == asked
    assert second.accounts.population.identical(first.accounts.population)
    assert second.sources == first.sources
    ask(bank, tmp_path, refresh=True)
    assert len(bank.asked) == 2 * asked


def test_the_second_run_needs_no_network(bank, tmp_path):
    first = ask(bank, tmp_path)
    gone = StatisticsBank(bank.address, retry=RetryPolicy(timeout=0.2, tries=1))
    bank.fault("/", times=10_000, status=503)
    assert fetch("3201", bank=gone, cache=tmp_path, progress=False).notes == first.notes
    with pytest.raises(StatbankError, match="503"):
        fetch("3203", bank=gone, cache=tmp_path, progress=False)


def test_every_answer_says_where_it_is_from(bank, tmp_path):
    fetched = ask(bank, tmp_path, tables=POPULATION)
    (source,) = fetched.sources
    assert (source.bank, source.table, source.publisher) == (bank.address, "07459", "Statistisk sentralbyrå")
    assert source.query["selection"]["Region"] == ["K-3201"]
    assert source.query["codelists"] == {"Region": "agg_KommSummer"}
    assert source.updated == "2026-02-25T07:00:00Z"
    content = (tmp_path / source.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == source.sha256
    assert read_jsonstat(tmp_path / source.file).sizes["Alder"] == AGES


def test_a_kept_answer_that_was_changed_is_noticed(bank, tmp_path):
    (source,) = ask(bank, tmp_path, tables=POPULATION).sources
    path = tmp_path / source.file
    path.write_text(path.read_text().replace("[1", "[9", 1))
    with pytest.raises(StatbankError, match="was changed after it was fetched"):
        ask(bank, tmp_path, tables=POPULATION)
    (tmp_path / source.file.replace(".json", ".source.json")).write_text("{")
    with pytest.raises(StatbankError, match="cannot be read"):
        ask(bank, tmp_path, tables=POPULATION)
    assert ask(bank, tmp_path, tables=POPULATION, refresh=True).accounts.years[-1] == LAST


def test_large_questions_are_asked_in_parts(bank, tmp_path):
    whole = ask(bank, tmp_path / "whole", tables=POPULATION)
    bank.most_cells = 50
    parts = ask(bank, tmp_path / "parts", tables=POPULATION)
    assert len(parts.sources) == 4
    assert parts.accounts.population.equals(whole.accounts.population)
    for _, query in bank.questions():
        assert len(query["selection"]) == 5


FAULTS = {
    "429 with the seconds to wait": {"status": 429, "headers": {"Retry-After": "0"}},
    "429 with a date": {"status": 429, "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}},
    "429 with nonsense": {"status": 429, "headers": {"Retry-After": "soon"}},
    "429 without a word": {"status": 429},
    "503": {"status": 503},
    "500 with an empty body": {"status": 500, "body": b""},
    "a timeout": {"hang": 0.5},
    "a body cut off": {"cut": True},
    "a body cut off that says it is whole": {"status": 200, "body": b'{"version": "2.0", "class": "dat'},
    "a page of the proxy": {"status": 200, "body": b"<html>down for maintenance</html>"},
}


@pytest.mark.parametrize("path", ["/config", "/metadata", "/codelists", "/data"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_passing_fault_is_waited_out(fault, path, bank, tmp_path):
    bank.fault(path, times=2, **FAULTS[fault])
    retry = RetryPolicy(timeout=0.15, tries=4, pause=0.001, longest=0.01)
    fetched = ask(bank, tmp_path, tables=POPULATION, retry=retry)
    assert fetched.accounts.years[-1] == LAST
    assert not [name for name in tmp_path.iterdir() if ".part" in name.name]


LASTING = {
    "429": ({"status": 429}, r"/data: the bank says 429 Too Many Requests, in 4 tries"),
    "503": ({"status": 503}, r"the bank says 503 Service Unavailable, in 4 tries"),
    "a timeout": ({"hang": 0.5}, r"no answer within 0.15 s, in 4 tries"),
    "a body cut off": ({"cut": True}, r"the connection failed or broke off|cut off"),
    "a table that moved": (
        {"status": 404, "title": "Non-existent table"},
        "404 Non-existent table. The table was moved, replaced or ended",
    ),
    "a table that is gone": ({"status": 410}, "The table was moved, replaced or ended"),
    "a question too large": (
        {"status": 403, "title": "Too many cells selected"},
        "403 Too many cells selected. The bank refuses",
    ),
    "a question not understood": (
        {"status": 400, "title": "Non-existent value"},
        "400 Non-existent value. The bank has changed the table",
    ),
    "no words": ({"status": 400, "body": b"no"}, "the bank says 400 Bad Request"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_a_clear_error_and_nothing_is_kept_of_it(fault, bank, tmp_path):
    how, says = LASTING[fault]
    bank.fault("/data", times=100, **how)
    with pytest.raises(StatbankError, match=says):
        ask(bank, tmp_path, tables=POPULATION, retry=RetryPolicy(timeout=0.15, tries=4, pause=0.001))
    assert not list(tmp_path.glob("07459-[0-9a-f]*.json"))
    assert not [name for name in tmp_path.iterdir() if ".part" in name.name]
    bank.faults.clear()
    assert ask(bank, tmp_path, tables=POPULATION).accounts.years[-1] == LAST


def test_pauses_grow_and_end(bank):
    pauses: list[float] = []
    bank.fault("/config", times=5, status=503)
    bank.fault("/config", times=1, status=429, headers={"Retry-After": "500"})
    retry = RetryPolicy(timeout=5, tries=8, pause=1.0, longest=10.0)
    words: list[str] = []
    Connection(StatisticsBank(bank.address, retry=retry), Notifier(tell=words.append, sleep=pauses.append))
    assert pauses == [0.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert words[0] == "the bank says 503 Service Unavailable; try 2 of 8 in 0 s"


def test_nobody_answers(tmp_path):
    quick = RetryPolicy(timeout=0.2, tries=2, pause=0.001)
    with pytest.raises(StatbankError, match="the connection failed"):
        fetch("3201", bank=StatisticsBank("http://127.0.0.1:9/api/v2", retry=quick), cache=tmp_path)
    with pytest.raises(StatbankError, match="the address cannot be used"):
        fetch("3201", bank="statbank", cache=tmp_path)


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ({"apiVersion": "1.0.0"}, "no PxWeb API of version 2"),
        ([], "no PxWeb API of version 2"),
        ({"apiVersion": "2.0.0"}, "no PxWeb API"),
    ],
)
def test_another_kind_of_server(instead, says, bank, tmp_path):
    bank.fault("/config", instead=instead)
    with pytest.raises(StatbankError, match=says):
        ask(bank, tmp_path, tables=POPULATION)


def test_an_answer_to_another_question_is_not_taken(bank, tmp_path):
    status, other = bank.respond(
        "/tables/07459/data",
        {
            "selection": [
                {"variableCode": "Region", "valueCodes": ["K-3203"], "codelist": "agg_KommSummer"},
                {"variableCode": "Kjonn", "valueCodes": ["1"]},
                {"variableCode": "Alder", "valueCodes": ["000"]},
                {"variableCode": "ContentsCode", "valueCodes": ["Personer1"]},
                {"variableCode": "Tid", "valueCodes": ["2026"]},
            ]
        },
        {"outputFormat": ["json-stat2"]},
    )
    assert status == 200
    bank.fault("/data", instead=other)
    with pytest.raises(StatbankError, match="codes of Region that were not asked for: K-3203"):
        ask(bank, tmp_path / "a", tables=POPULATION)
    short = json.loads(json.dumps(other).replace("K-3203", "K-3201"))
    bank.fault("/data", instead=short)
    with pytest.raises(StatbankError, match="175 of 176 cells that were asked for are not in the answer"):
        ask(bank, tmp_path / "b", tables=POPULATION)
    del short["dimension"]["Kjonn"]
    short["id"].remove("Kjonn")
    short["size"].pop()
    bank.fault("/data", instead=short)
    with pytest.raises(StatbankError, match="differ in the variables Kjonn"):
        ask(bank, tmp_path / "c", tables=POPULATION)


def test_a_table_that_changed_its_figures(bank, tmp_path):
    bank.tables["07459"]["ContentsCode"]["category"] = {"index": {"Personer2": 0}, "label": {"Personer2": "Personer"}}
    with pytest.raises(
        StatbankError, match=r"the figures Personer1 are not in it any more. It has Personer2 \(Personer\)"
    ):
        ask(bank, tmp_path, tables=POPULATION)


def test_a_table_without_the_area(bank, tmp_path):
    with pytest.raises(StatbankError, match="it has no area 9999"):
        ask(bank, tmp_path, "9999", tables=POPULATION)
    for table in ("06265", "05940"):
        del (
            bank.tables[table]["Region"]["category"]["label"]["3201"],
            bank.tables[table]["Region"]["category"]["index"]["3201"],
        )
        bank.tables[table]["Region"]["extension"].pop("codelists")
    fetched = ask(bank, tmp_path)
    assert fetched.dwelling_stock is None
    assert [
        note for note in fetched.notes if note.startswith("left out, and not needed: table 06265: it has no area 3201")
    ]


def test_a_table_that_is_not_needed_may_be_gone(bank, tmp_path):
    del bank.tables["10325"]
    notes = ask(bank, tmp_path).notes
    assert any("left out, and not needed" in note and "10325" in note for note in notes)
    del bank.tables["01222"]
    with pytest.raises(StatbankError, match="404 Non-existent table"):
        ask(bank, tmp_path / "again")


def test_the_old_number_of_an_area_is_not_the_area_of_today(bank, tmp_path):
    old = ask(bank, tmp_path, "0219", tables=POPULATION)
    assert old.sources[0].query["codelists"] == {}
    assert old.sources[0].query["selection"]["Region"] == ["0219"]


def test_figures_that_are_withheld_stop_the_population(bank, tmp_path):
    bank.missing["07459"] = {"2020"}
    with pytest.raises(
        TableError, match=r"table 07459: 1 problem(.|\n)*no figure is possible, the label was not in use"
    ):
        ask(bank, tmp_path, tables=POPULATION)


def test_years_that_are_not_whole_are_left_out_and_told(bank, tmp_path):
    bank.missing = {"01222": {"2007K2"}, "05940": {"2003", "2009"}, "06913": {"2006"}}
    fetched = ask(bank, tmp_path)
    assert 2007 not in fetched.accounts.flows["year"].values
    assert 2009 not in fetched.completions["year"].values
    told = "\n".join(fetched.notes)
    for words in (
        "01222: figures of 2007 are missing",
        "05940: figures of 2009 are missing",
        "06913: figures of 2006 are missing",
    ):
        assert words in told


def test_a_year_with_three_quarters_is_not_a_year(bank, tmp_path):
    category = bank.tables["01222"]["Tid"]["category"]
    del category["label"]["2010K3"]
    category["index"] = {code: i for i, code in enumerate(category["label"])}
    assert 2010 not in ask(bank, tmp_path, tables=NORWAY[:2]).accounts.flows["year"].values


def test_yearly_changes_alone(bank, tmp_path):
    fetched = ask(bank, tmp_path, tables=(NORWAY[0], NORWAY[2]))
    assert set(fetched.accounts.flows) == {"births", "deaths", "net_migration", "adjustment"}
    check_balance(fetched.accounts)


def test_events_by_age_take_the_place_of_totals(bank, tmp_path):
    bank.tables["99999"] = {"Region": bank.tables["07459"]["Region"], **bank.tables["10325"]}
    by_age = BankTable("99999", "events", {"Dode": "deaths"})
    fetched = ask(bank, tmp_path, tables=(*NORWAY[:2], by_age))
    assert fetched.accounts.flows["deaths"].dims == ("area", "sex", "age", "year")
    assert fetched.accounts.flows["births"].dims == ("area", "year")
    assert any(note.startswith("deaths: two tables differ in 21 of 21") for note in fetched.notes)


def test_two_areas_and_some_years(bank, tmp_path):
    fetched = ask(bank, tmp_path, ["3201", "3203"], first_year=2015, last_year=2020, tables=NORWAY[:2])
    assert fetched.accounts.population["area"].values.tolist() == ["3201", "3203"]
    assert fetched.accounts.years == tuple(range(2015, 2021))
    assert fetched.accounts.flows["year"].values.tolist() == list(range(2015, 2020))
    with pytest.raises(StatbankError, match="it has no year from 1800 to 1801"):
        ask(bank, tmp_path, first_year=1800, last_year=1801, tables=POPULATION)


@pytest.mark.parametrize("area", ["", [], ["3201", "3201"], [3201]])
def test_areas_that_are_none(area, tmp_path):
    with pytest.raises(SchemaError, match="Give each code once, as text"):
        fetch(area, cache=tmp_path)


def test_years_in_reverse(tmp_path):
    with pytest.raises(SchemaError, match="the last year 2000 is before the first one 2005"):
        fetch("3201", last_year=2000, cache=tmp_path)


def test_tables_are_written_and_read_again(bank, tmp_path):
    words = fetch_to(
        tmp_path / "out", "3201", bank=StatisticsBank(bank.address, retry=PATIENT), cache=tmp_path / "cache"
    )
    fetched = ask(bank, tmp_path / "cache")
    assert summary(fetched) in words
    assert "population: 3201, 1 January 2005 to 2026, 8,676 persons at the last" in words
    people = read_population(tmp_path / "out" / "population.csv")
    assert people.equals(fetched.accounts.population)
    flows = read_flows(tmp_path / "out" / "changes.csv")
    for name in fetched.accounts.flows:
        assert np.array_equal(flows[name].values, fetched.accounts.flows[name].values)
    told = json.loads((tmp_path / "out" / "sources.json").read_text(encoding="utf-8"))
    assert [source["table"] for source in told["sources"]] == [table.table for table in NORWAY]
    assert (
        (tmp_path / "out" / "dwelling_stock.csv")
        .read_text()
        .startswith("area,dwelling_type,year,dwellings\n3201,detached,2006,503")
    )


def test_progress_is_shown_when_asked(bank, tmp_path, capsys):
    fetch("3201", bank=bank.address, cache=tmp_path, progress=True, tables=POPULATION)
    assert "fetched" in capsys.readouterr().err
    fetch("3201", bank=bank.address, cache=tmp_path, tables=POPULATION)
    assert capsys.readouterr().err == ""


def test_a_cache_that_cannot_be_written(bank, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StatbankError, match="answers cannot be kept there"):
        ask(bank, tmp_path / "file" / "cache", tables=POPULATION)


def test_the_default_cache_is_the_users(monkeypatch, tmp_path):
    from kompaslite.statbank.archive import default_folder

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "kompaslite" / "statbank"


def test_the_first_year_of_the_made_up_bank_is_there(bank, tmp_path):
    assert ask(bank, tmp_path, first_year=FIRST, tables=POPULATION).accounts.years[0] == FIRST


def test_the_extra_is_named_where_it_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(MissingExtraError, match=r"needs requests, which is not installed.*kompaslite\[statbank\]"):
        fetch("3201", cache=tmp_path)


def test_importing_the_room_does_not_import_its_extra():
    extras = {"requests", "urllib3", "platformdirs", "rich", "python_calamine"}
    code = f"import sys, kompaslite.statbank, kompaslite.readers; print(sorted({extras} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def relabel(bank, variable, labels):
    category = bank.tables["07459"][variable]["category"]
    category["label"] = labels
    category["index"] = {code: i for i, code in enumerate(labels)}


OPEN = ("3 -", "3 år och äldre", "3 år og derover", "3 Jahre und mehr", "3 or more of them", "3 år +++", "90-94 år")


@pytest.mark.parametrize("words", OPEN)
def test_an_age_that_is_not_understood_is_no_age_that_is_left_out(words, bank, tmp_path):
    relabel(bank, "Alder", {"000": "0 år", "001": "1 år", "002": "2 år", "003+": words})
    if understand("age", words).is_open:
        assert ask(bank, tmp_path, tables=POPULATION).accounts.population.sizes["age"] == 4
    else:
        says = f"1 labels of Alder are not understood, so that people would be left out: {words} (003+)"
        with pytest.raises(StatbankError, match=re.escape(says)):
            ask(bank, tmp_path, tables=POPULATION)
    chosen = BankTable("07459", "population", {"Personer1": "population"}, chosen={"Alder": ("000", "001", "002")})
    assert ask(bank, tmp_path, tables=[chosen]).accounts.population.sizes["age"] == 3


def test_a_sex_that_is_not_understood_is_an_error(bank, tmp_path):
    relabel(bank, "Kjonn", {"2": "Kvinner", "1": "Menn", "3": "Annet"})
    with pytest.raises(StatbankError, match=r"1 labels of Kjonn are not understood.*: Annet \(3\)\. Name the codes"):
        ask(bank, tmp_path, tables=POPULATION)


def test_people_whose_age_or_sex_is_not_known_are_counted_in_a_note(bank, tmp_path):
    whole = ask(bank, tmp_path / "whole", tables=POPULATION)
    assert not [note for note in whole.notes if "not known" in note]
    ages = bank.tables["07459"]["Alder"]["category"]["label"]
    relabel(bank, "Alder", {**ages, "004": "Uoppgitt", "005": "Alle aldre", "006": "0-3 år"})
    fetched = ask(bank, tmp_path / "age", tables=POPULATION)
    assert fetched.accounts.population.equals(whole.accounts.population)
    lost = sum(person(sex, "004", 2026, "3201") for sex in "12")
    (note,) = [note for note in fetched.notes if "not known" in note]
    assert note.startswith("table 07459: people whose age is not known are left out: ")
    assert note.endswith(f"{lost:,} in 2026")
    relabel(bank, "Alder", ages)
    relabel(bank, "Kjonn", {"2": "Kvinner", "1": "Menn", "9": "Ukjent", "0": "Begge kjønn"})
    fetched = ask(bank, tmp_path / "sex", tables=POPULATION)
    assert fetched.accounts.population.equals(whole.accounts.population)
    assert "people whose sex is not known are left out" in fetched.notes[0]


def test_a_bank_that_points_elsewhere_is_not_followed(bank, tmp_path):
    there = {"Location": bank.address.replace("127.0.0.1", "localhost") + "/config"}
    bank.fault("/config", status=302, headers=there)
    with pytest.raises(StatbankError, match="the bank points to another host, http://localhost"):
        ask(bank, tmp_path, tables=POPULATION)
    bank.fault("/config", status=302, headers={"Location": "/api/v2/config"})
    assert ask(bank, tmp_path, tables=POPULATION).accounts.years[-1] == LAST
    bank.fault("/config", times=9, status=302, headers={"Location": "/api/v2/config"})
    with pytest.raises(StatbankError, match="the bank says 302"):
        ask(bank, tmp_path, tables=POPULATION, refresh=True)


def test_large_questions_are_cut_where_they_are_longest():
    parts = list(batches({"a": ["1", "2"], "b": list("12345"), "c": ["x"]}, 4))
    assert parts == [{"a": ["1", "2"], "b": list(cut), "c": ["x"]} for cut in ("12", "34", "5")]
    assert list(batches({"a": ["1", "2"], "b": ["3"]}, 1)) == [{"a": [one], "b": ["3"]} for one in "12"]


def test_tables_of_an_earlier_fetch_stay_unless_forced_and_nothing_is_asked(bank, tmp_path):
    def run(force=False):
        where = StatisticsBank(bank.address, retry=PATIENT)
        return fetch_to(tmp_path / "out", "3201", bank=where, cache=tmp_path / "cache", force=force)

    run()
    (tmp_path / "out" / "population.csv").write_text("mine")
    asked = len(bank.asked)
    with pytest.raises(StorageError, match=r"population\.csv: the file exists\. Choose another name, or say --force"):
        run()
    assert (len(bank.asked), (tmp_path / "out" / "population.csv").read_text()) == (asked, "mine")
    run(force=True)
    assert (tmp_path / "out" / "population.csv").read_text().startswith("area,sex,age,year")


@pytest.mark.parametrize("force", [False, True])
def test_what_is_in_the_way_is_found_before_anything_is_asked(force, bank, tmp_path):
    (tmp_path / "out" / "completions.csv" / "mine").mkdir(parents=True)
    (tmp_path / "file").write_text("mine")
    where = StatisticsBank(bank.address, retry=PATIENT)
    for out, says in (("out", "what is in it is not removed"), ("file", "this is a file, not a folder")):
        with pytest.raises(StorageError, match=says):
            fetch_to(tmp_path / out, "3201", bank=where, cache=tmp_path / "cache", force=force)
    assert not bank.asked
    assert (tmp_path / "out" / "completions.csv" / "mine").is_dir()
