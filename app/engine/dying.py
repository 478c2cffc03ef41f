"""The crash-only stop: one line that says why, then the process is gone."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import NoReturn

log = logging.getLogger(__name__)

EXIT_FAILED = 70  # EX_SOFTWARE: a dependency or the process itself failed; start it again
EXIT_DRAIN = 75  # EX_TEMPFAIL: told to stop, but the drain did not end in time
EXIT_CONFIG = 78  # EX_CONFIG: the set-up is at fault; starting it again changes nothing

LAST_WORDS_S = 2.0  # whoever blocks the log may not keep us alive


def hard_exit(reason: str, code: int = EXIT_FAILED) -> NoReturn:
    """End the process at once; the changelog tells the next owner where to continue.

    A graceful crash is no option: Faust commits what was acknowledged and may wait without a limit.
    """
    timer = threading.Timer(LAST_WORDS_S, os._exit, (code,))
    timer.daemon = True
    timer.start()
    if logging.getLogger().hasHandlers():
        log.critical("exit %d: %s", code, reason)
        for handler in logging.getLogger().handlers:
            handler.flush()
    else:
        print(f"roadsieve: exit {code}: {reason}", file=sys.__stderr__, flush=True)
    os._exit(code)
