"""Scoring of hindcasts: errors, intervals, skill against references."""

from kompaslite.scoring.contract import check_hindcasts, make_hindcasts
from kompaslite.scoring.groups import SIZE_CLASSES, size_class, sum_groups
from kompaslite.scoring.hindcasts import common, has_pair, summed
from kompaslite.scoring.score import Bootstrap, score
from kompaslite.scoring.shelf_life import shelf_life

__all__ = [
    "SIZE_CLASSES",
    "Bootstrap",
    "check_hindcasts",
    "common",
    "has_pair",
    "make_hindcasts",
    "score",
    "shelf_life",
    "size_class",
    "sum_groups",
    "summed",
]
