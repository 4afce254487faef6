"""The import's child process, as ``importation`` starts it. Nobody runs it by hand."""

from adapters.exploc.atelier import main

main()
