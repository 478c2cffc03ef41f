"""The plate lake: results of plate recognition in, six tables out that any Iceberg engine reads.

    alpr load -> scribe -> registrar
                 rows      tables

sources     where logs lie: files, folders, buckets
logs        the results in one log
loading     sends them
contract    the SDK's JSON, in all its dialects
reading     bytes of one result to what it says, when, and under which id
rows        a result to its rows
tables      the six tables, every column once
memory      which results were loaded already
collected   rows of a window, in compact form
window      when the scribe writes
warehouse   Parquet files and Iceberg tables: how rows are written
upkeep      small files, old snapshots, orphans
validation  whether it is good
retention   how long it keeps what
side_tables tables beside the six
plate_index which files hold a plate; `indexing` keeps it in step with the tables
"""
