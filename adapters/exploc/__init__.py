"""The EXPLOC adapter: acts of the procedure, imported by lots. Unofficial: it mimics EXPLOC (``docs/exploc.md``).

``lot`` reads bytes into rows and refusals, ``rapprochement`` says which rows are one household, ``actes`` makes a
row's events, ``atelier`` does all three in a child process, ``importation`` drives it and writes, ``rapport`` tells.
"""
