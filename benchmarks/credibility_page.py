"""The page and the picture of ``benchmarks.credibility``."""

from pathlib import Path

import numpy as np
import pandas as pd

SMALL = 20_000
CLASSES = ((0, 3_000), (3_000, 8_000), (8_000, 20_000), (20_000, 1_000_000))

HEAD = """# What credibility is worth

Local schedules are noisy. `shrink` and `shrink_net` draw them towards the nation's by a weight that the data themselves
give, level and shape apart (`fit_fertility(..., shrink_to=...)` and its sisters use them). This page asks whether that
predicts better. It is made by `python -m benchmarks.credibility docs` from the official population tables of {areas}
Norwegian municipalities whose borders did not change, {small} of them under 20,000 inhabitants.

**How.** Odd years are held out. For each odd year from 2011 to 2025 everything is fitted on the even years among the
nine before it, weights included. Then the held-out year is predicted from the people who were there, and the deviances
of the eight odd years are added up by municipality. Raw is the local schedule as it is; shrunk is the same data with
credibility; national is the nation's schedule.

## Where shrunk beats raw, share of municipalities

"""

BODY = """
Deviance of the municipalities under 20,000, all held-out years together (lower is better):

{deviances}

![Gain of shrunk over raw schedules by size]({picture})

## What was tested, and what could not be

* **Net migration** by single age 1-79 and sex, the residual of cohort survival, {net:.0%} of the small municipalities
  (deviance: squared error over the noise that the training years show).
* **Deaths** by single age 80-94 and sex, {deaths:.0%}. Deaths by age are not published by municipality in the tables at
  hand. What a cohort loses at these ages is deaths, nearly; below 80 it is mostly moves, and deaths by age cannot be
  seen. The deviance has the variance of the nation's expected deaths, so it is the same for all forecasts.
* **Births** in total (population at age 0 and the infants who died), {births:.0%}, on five even years: **short of
  80 %**. Only the level is at stake there, a raw level from five years is already good, and eight years of births are
  few: with births drawn from the model itself, so that its weights are exactly right, the shrunk level wins in
  {ceiling:.0%} on average. The sum of the deviances is {gain:.0%} lower. Fitted on the one even year before, the
  shrunk level wins in {one:.0%}.
* **Births by mother's age**, {by_age:.0%}. The age of the mothers is not observed by municipality; the residual
  accounts give it by the nation's schedule of the year, and the raw schedule is an average of older ones. The figure
  shows that a schedule on the nation's latest shape is better than an average over the window, not that local shapes
  are known.
* **All three together** (births in total, deaths and net migration): {all:.0%}.
"""


def share(found: pd.DataFrame, name: str, which: np.ndarray) -> float:
    """Share of municipalities where the shrunk schedule has the lower deviance."""
    part = found[name][which]
    return float((part["shrunk"] < part["raw"]).mean())


def markdown(rows: list[list[str]]) -> str:
    """A table, the first row its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = "|" + "---|" + "---:|" * (len(rows[0]) - 1)
    return "\n".join([lines[0], rule, *lines[1:]])


def by_size(found: pd.DataFrame, size: np.ndarray, names: list[str]) -> str:
    """Share won by component and size class."""
    heads = [f"{low:,} to {high:,}" if high < 1_000_000 else f"{low:,} and more" for low, high in CLASSES]
    classes = [(size >= low) & (size < high) for low, high in CLASSES]
    rows = [["", "under 20,000", *heads], ["municipalities", *(str(int(c.sum())) for c in (size < SMALL, *classes))]]
    for name in names:
        rows.append([name, *(f"{share(found, name, which):.0%}" for which in (size < SMALL, *classes))])
    return markdown(rows)


def deviances(found: pd.DataFrame, size: np.ndarray, names: list[str]) -> str:
    """Sums of deviance of the small municipalities."""
    rows = [["", "raw", "shrunk", "national", "shrunk beats national in"]]
    for name in names:
        part = found[name][size < SMALL]
        sums = [f"{part[kind].sum():,.0f}" for kind in ("raw", "shrunk", "national")]
        rows.append([name, *sums, f"{(part['shrunk'] < part['national']).mean():.0%}"])
    return markdown(rows)


def picture(found: pd.DataFrame, size: np.ndarray, path: Path) -> None:
    """Gain in deviance against inhabitants, a panel for each component."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "credibility"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True, layout="constrained")
    for axis, name in zip(axes, ("births", "deaths", "net migration"), strict=True):
        gain = 1.0 - found[name]["shrunk"] / found[name]["raw"]
        axis.scatter(size, gain * 100, s=9, color="#1b6ca8", alpha=0.7, linewidths=0)
        axis.axhline(0.0, color="black", linewidth=0.8)
        axis.axvline(SMALL, color="grey", linewidth=0.8, linestyle=":")
        axis.set(xscale="log", title=name, xlabel="inhabitants 2020")
    axes[0].set_ylabel("deviance below that of raw, %")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write(folder: Path, found: pd.DataFrame, size: np.ndarray, ceiling: float) -> None:
    """Write ``credibility.md`` and ``credibility.svg``."""
    names = list(dict.fromkeys(found.columns.get_level_values(0)))
    small = size < SMALL
    sums = found["births"][small].sum()
    text = HEAD.format(areas=size.size, small=int(small.sum())) + by_size(found, size, names) + "\n"
    text += BODY.format(
        deviances=deviances(found, size, names),
        picture="credibility.svg",
        net=share(found, "net migration", small),
        deaths=share(found, "deaths", small),
        births=share(found, "births", small),
        one=share(found, "births, from one year", small),
        by_age=share(found, "births by mother's age", small),
        all=share(found, "all three", small),
        ceiling=ceiling,
        gain=1.0 - sums["shrunk"] / sums["raw"],
    )
    (folder / "credibility.md").write_text(text, encoding="utf-8")
    picture(found, size, folder / "credibility.svg")
