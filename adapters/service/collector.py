"""How often Python's cycle collector runs in our processes: seldom, for there is next to nothing for it to find.

What we keep (cases read lately, plans, folded cases) is frozen values that point to no one behind them, and a request
leaves no cycle (``tests/rest/test_ramasse_miettes.py``): what nobody holds is freed at once by its count of
references. At Python's own pace the collector would walk all that is kept several times a second, and each walk of
a warm server holds its loop for a quarter of a second.
"""

import gc
from typing import Final

_JEUNES: Final = 50_000
"""Containers made and not freed since the last look. A collection of that many takes some milliseconds."""
_TOURS: Final = (20, 50)
"""Looks at the young ones before the middle ones are looked at, and at those before everything is."""


def calm_collector() -> None:
    """Set the pace, and take what was made by now for what lasts as long as the process."""
    gc.set_threshold(_JEUNES, *_TOURS)
    gc.freeze()
