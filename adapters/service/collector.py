"""How Python's cycle collector runs in our processes: each thing that is made is looked at once.

What we keep (cases read lately, plans, folded cases) is frozen values that point to no one behind them, and a request
leaves no cycle (``tests/rest/test_ramasse_miettes.py``): what nobody holds is freed at once by its count of
references. At Python's own pace the collector would walk all that is kept several times a second, and each walk of
a warm server holds its loop for a quarter of a second.
"""

import asyncio
import gc
from collections.abc import Callable
from typing import Any, Final

_JEUNES: Final = 10_000
"""Containers made and not freed since the last look. To look at so many plain ones takes a sixth of a millisecond."""
_HEURE: Final = 3600.0
_SECONDE: Final = 1.0
_PATIENCE: Final = 600
"""Seconds that it waits for nobody to be answered; where somebody always is, they are held for a quarter of one."""


def calm_collector() -> None:
    """Set the pace; what outlives a look, or was made by now, is taken for what lasts, and is not looked at again."""
    gc.set_threshold(_JEUNES)
    if _keep not in gc.callbacks:
        gc.callbacks.append(_keep)
    gc.freeze()


def _keep(phase: str, _: dict[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()


async def sweep(busy: Callable[[], bool], every: float = _HEURE) -> None:
    """Look at everything, once in so many seconds, when nobody is being answered: a failure may have left a cycle."""
    while True:
        await asyncio.sleep(every)
        for _ in range(_PATIENCE):  # nobody tells when the last request is answered
            if not busy():
                break
            await asyncio.sleep(_SECONDE)
        gc.unfreeze()
        gc.collect()
