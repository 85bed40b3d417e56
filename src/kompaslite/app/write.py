"""`write_run`: the files of a run, whole or not at all; and a note and its workbook in one step."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from kompaslite._files import StorageError, require_writable, write_folder
from kompaslite.app.run import Run, run_scenario
from kompaslite.app.sheets import further_sheets
from kompaslite.app.telling import write_run_note
from kompaslite.evaluation.tables import components_table
from kompaslite.report.tidy import tidy_flows, tidy_population
from kompaslite.scenario import Outputs, Scenario, read_scenario
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups
from kompaslite.storage import write_workbook
from kompaslite.text import Language
from kompaslite.uncertainty import Progress

Maker = Callable[[Path], object]


def write_run(run: Run, folder: str | Path, *, force: bool = False, progress: bool | Progress = False) -> list[Path]:
    """Tables, workbook and note of a run, as its scenario asks for.

    Parameters
    ----------
    run : Run
        From `run_scenario`.
    folder : str or Path
        A new or empty folder.
    force : bool
        Whether files of an earlier run may be replaced.
    progress : bool or callable
        As for `run_scenario`, of draws that are made for the note.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    StorageError
        If the folder has files and `force` is not given, or writing fails.
    """
    outputs = run.scenario.outputs
    makers: dict[str, Maker] = {}
    if outputs.note:
        makers["note.html"] = lambda path: write_run_note(run, path, progress=progress)
        if outputs.pdf:
            makers["note.pdf"] = _made_with_the_page
    if outputs.tables:
        makers |= {f"{name}.csv": _csv(frame) for name, frame in _tables(run).items()}
    if outputs.workbook:
        makers["forecast.xlsx"] = lambda path: write_workbook(
            run.forecast,
            path,
            assumptions=run.assumptions,
            groups=outputs.groups or None,
            more=further_sheets(run),
            about=_about(run),
        )
    return write_folder(folder, makers, force=force)


def write_note_and_workbook(
    folder: str | Path,
    *,
    scenario: str | Path | None = None,
    language: Language | None = None,
    pdf: bool = False,
    until: int = 2050,
    force: bool = False,
    progress: bool | Progress = False,
) -> list[Path]:
    """The population note and the workbook of the forecast behind it."""
    require_writable(folder, force=force)
    wanted = _trend(language or "nb", until) if scenario is None else read_scenario(scenario)
    outputs = wanted.outputs
    chosen: dict[str, object] = {"language": language or outputs.language, "pdf": pdf or outputs.pdf}
    chosen |= {"note": True, "workbook": True, "tables": False}
    wanted = wanted.model_copy(update={"outputs": outputs.model_copy(update=chosen)})
    place = None if scenario is None else Path(scenario).parent
    return write_run(run_scenario(wanted, folder=place), folder, force=force, progress=progress)


def _trend(language: Language, until: int) -> Scenario:
    return Scenario(
        name="trend" if language == "en" else "trenden",
        because="the level of the last years goes on" if language == "en" else "nivået de siste årene fortsetter",
        first_year=2026,
        last_year=until,
        outputs=Outputs(language=language),
    )


def _made_with_the_page(path: Path) -> None:
    """The PDF is written beside the page, from the same page."""
    if not path.is_file():
        raise StorageError(f"{path.name}: it was not made with the page. Ask for it again.")


def _csv(frame: pd.DataFrame) -> Maker:
    return lambda path: frame.to_csv(path, index=False, lineterminator="\n")


def _tables(run: Run) -> dict[str, pd.DataFrame]:
    own: AgeGroups = run.scenario.outputs.groups
    named: dict[str, AgeGroups] = {"age_groups": NOTE_AGE_GROUPS} | ({"own_groups": own} if own else {})
    people = run.forecast.population.sum("sex", keep_attrs=True)
    tables = {
        name: age_groups(people, groups).rename("persons").to_series().reset_index() for name, groups in named.items()
    }
    tables["components"] = components_table(run.forecast, decimals=None).reset_index()
    return tables | {"population": tidy_population(run.forecast), "flows": tidy_flows(run.forecast)}


def _about(run: Run) -> dict[str, object]:
    scenario = run.scenario
    return {
        "title": scenario.title or scenario.name,
        "because": scenario.because,
        "edits": "; ".join(
            f"{name}: {part.attrs['because']}"
            for name, part in run.assumptions.data_vars.items()
            if "because" in part.attrs
        )
        or "none",
        "households, dwellings": "on 1 January; sheets of flows and plans per calendar year",
        **{f"source of {what}": where for what, where in run.material.sources.items()},
    }
