"""A scenario in words: what it will do, and what it takes from where."""

from collections.abc import Mapping

from kompaslite.scenario.models import Scenario
from kompaslite.scenario.tables import HousingPlan, InMigrationRule, MigrationEdit


def explain_scenario(scenario: Scenario) -> str:
    """What a scenario does, in plain sentences.

    Parameters
    ----------
    scenario : Scenario
        As read.

    Returns
    -------
    str
        A line for each thing that it says, with its reason; then what it leaves as it was.

    Examples
    --------
    >>> print(explain_scenario(Scenario(name="base", because="the trend", first_year=2026, last_year=2050)))
    base: the trend
    Forecast from 1 January 2026 to 1 January 2050, on the data of baerum.
    Fertility, mortality, migration and housing: as in the history, unchanged.
    One line; for the note's intervals futures are drawn, or past errors taken, as the history allows.
    Writes tables, workbook, note (nb).
    """
    heading = f"{scenario.title or scenario.name}: {scenario.because}"
    span = (
        f"Forecast from 1 January {scenario.first_year} to 1 January {scenario.last_year}, on the data of "
        f"{scenario.data}."
    )
    base = [f"Starts from {scenario.base}."] if scenario.base else []
    if scenario.assumptions:
        base.append(f"Takes the assumptions of {scenario.assumptions}, and nothing else of it.")
    return "\n".join([heading, span, *base, *_edits(scenario), *_unchanged(scenario), *_ending(scenario)])


def _edits(scenario: Scenario) -> list[str]:
    lines = [
        f"Total fertility rate{_of(edit.areas)}: {_dated(edit.tfr)}. Because: {edit.because}"
        for edit in scenario.fertility
    ]
    lines += [
        f"Life expectancy at birth{_of(edit.areas)}: {_dated(edit.life_expectancy)}. Because: {edit.because}"
        for edit in scenario.mortality
    ]
    lines += [_migration(edit) for edit in scenario.migration]
    lines += [_rule(rule) for rule in scenario.in_migration]
    if scenario.housing:
        lines.append(_housing(scenario.housing))
    return lines


def _housing(plan: HousingPlan) -> str:
    against = plan.reference or "a stock that stays as it is"
    return (
        f"Housing from {plan.programme}, against {against}: {plan.realisation:.0%} of what each project expects, "
        f"{plan.delay:g} years later than planned, pass-through {plan.pass_through:g}. Because: {plan.because}"
    )


def _migration(edit: MigrationEdit) -> str:
    name = edit.component.replace("_", "-")
    ages = f" at ages {edit.ages[0]}-{edit.ages[1]}" if edit.ages else ""
    if edit.total:
        return f"Persons a year of {name}{_of(edit.areas)}: {_dated(edit.total)}. Because: {edit.because}"
    return f"{name.capitalize()}{_of(edit.areas)}{ages} times {_dated(edit.factor or {})}. Because: {edit.because}"


def _rule(rule: InMigrationRule) -> str:
    persons = f", persons {_dated(rule.persons)}" if rule.persons else ""
    return (
        f"In-migration{_of(rule.areas)} {rule.first_year}-{rule.last_year} by {rule.way}{persons}. "
        f"Because: {rule.because}"
    )


def _unchanged(scenario: Scenario) -> list[str]:
    kinds = {
        "fertility": scenario.fertility,
        "mortality": scenario.mortality,
        "migration": scenario.migration or scenario.in_migration,
        "housing": scenario.housing,
    }
    rest = [name for name, edits in kinds.items() if not edits]
    if not rest:
        return []
    words = " and ".join([", ".join(rest[:-1]), rest[-1]] if len(rest) > 1 else rest)
    where = f"in {scenario.assumptions}" if scenario.assumptions else "in the history"
    return [f"{words.capitalize()}: as {where}, unchanged."]


def _ending(scenario: Scenario) -> list[str]:
    draws = scenario.uncertainty.draws
    outputs = scenario.outputs
    sure = (
        f"{draws} draws, seed {scenario.uncertainty.seed}."
        if draws
        else "One line; for the note's intervals futures are drawn, or past errors taken, as the history allows."
    )
    files = [name for name in ("tables", "workbook") if getattr(outputs, name)]
    files += [f"note ({outputs.language}{', with PDF' if outputs.pdf else ''})"] if outputs.note else []
    return [sure, f"Writes {', '.join(files) or 'nothing'}."]


def _of(areas: tuple[str, ...] | None) -> str:
    return f" of {', '.join(areas)}" if areas else ""


def _dated(dated: Mapping[int, object]) -> str:
    return ", ".join(f"{_level(level)} in {year}" for year, level in sorted(dated.items()))


def _level(level: object) -> str:
    if isinstance(level, Mapping):
        return " and ".join(f"{value:g} ({sex})" for sex, value in level.items())
    return f"{level:g}"
