"""The import's child process, as ``importation`` starts it. Nobody runs it by hand."""

import os

os.nice(5)  # before anything is imported: whoever waits for an answer goes first

from adapters.exploc.tuyaux import main  # noqa: E402 - see above

main()
