"""The tables by which minikeras is compared with real Keras: complete by construction.

`row.Row` says what is called with what, `operations.compare` compares a row of an op, `record`
keeps how far apart the results were, `selection` says which rows a run has, `names` what needs a
row. The rows themselves stand in files of their own: ``ops_*.py``.

Classes have rows of another form, `class_row.ClassRow`. They stand in ``layers_*.py`` and, with
what compares them, in ``losses.py``, ``metrics.py``, ``optimizers.py`` and so on.

    python -m tests.oracle     # all rows, and docs/compatibility.md written anew
    python -m pytest           # a sample that changes with the date, and rows of changed files
"""
