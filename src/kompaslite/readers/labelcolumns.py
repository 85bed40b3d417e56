"""The distinct labels of a column, and which of them each cell has."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompaslite.readers.grid import Cells
from kompaslite.readers.labels import Label

#: Codes of cells whose label is a total, is not understood, or stands beside the table (the whole country).
TOTAL, UNKNOWN, BESIDE = -1, -2, -3
#: How many such codes there are; they look at the last places of an array.
SPECIAL = 3


@dataclass(frozen=True, slots=True)
class Axis:
    """The labels of one dimension, and which of them each cell has.

    Parameters
    ----------
    labels : np.ndarray
        Understood labels, sorted, each once.
    codes : np.ndarray
        For each cell the position of its label, or `TOTAL`, `UNKNOWN` or `BESIDE`.
    """

    labels: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """The distinct labels of a column, and the rows that have them.

    Parameters
    ----------
    dim : str
        The dimension.
    labels : list of Label
        What each distinct label means.
    cells : list
        The distinct labels as the file has them.
    codes : np.ndarray
        For each row the position of its label.
    rows : np.ndarray
        Number of each row in the file.
    """

    dim: str
    labels: list[Label]
    cells: list[object]
    codes: np.ndarray
    rows: np.ndarray

    def rows_of(self, chosen: Iterable[bool]) -> np.ndarray:
        """Rows whose label is among the chosen ones."""
        picked: np.ndarray = np.fromiter(chosen, bool)[self.codes]
        return np.asarray(self.rows[picked])

    def named(self, chosen: Iterable[bool]) -> list[str]:
        """The chosen labels as the file has them."""
        return [repr(str(cell)) for cell, wanted in zip(self.cells, chosen, strict=True) if wanted]


def distinct(cells: Cells) -> tuple[np.ndarray, list[object]]:
    """Which of the distinct cells each cell is, and the distinct cells that occur."""
    if isinstance(cells, pd.Categorical):
        cells = cells.remove_unused_categories()
        codes = np.asarray(cells.codes, dtype=np.intp)
        labels: list[object] = list(cells.categories)
        return (np.where(codes < 0, len(labels), codes), [*labels, None]) if (codes < 0).any() else (codes, labels)
    codes, uniques = pd.factorize(cells, use_na_sentinel=False)
    return codes.astype(np.intp), list(np.asarray(uniques, dtype=object))
