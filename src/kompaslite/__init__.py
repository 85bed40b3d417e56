"""Population forecasts for municipalities: cohort-component, driven by housing, judged by backtests.

What is used every day stands at the top; all else is in the rooms, such as ``kompaslite.rates`` or
``kompaslite.housing``. Names are imported when they are first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
