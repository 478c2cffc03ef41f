"""Where things lie outside the log: a port (a Protocol of a few methods) per kind of store, and its adapters.

    objects.py     port: coded video and stills by key       directory.py   a folder           s3*.py  a bucket
    catalog.py     port: rows that people query              sqlite.py      an SQLite file       rows.py     the rows
    registry.py    port: schemas and their ids               ledger.py      a JSON file
    keys.py        the keys of objects, pure
    sweep.py       removes what crashed uploads left
    open.py        opens the adapter that the settings name

An adapter translates its client's errors at its edge: ObjectVanished (the record's fault), InfrastructureError
(retried), OperatorError (the set-up's fault).
"""
