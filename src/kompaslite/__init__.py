"""Population forecasts for municipalities: cohort-component, driven by housing, judged by backtests.

The parts are the rooms of the package; what is used every day is handed on here.
"""

from kompaslite.handing_on import hand_on

hand_on(__name__, __file__)
