"""The plate lake: results of plate recognition in, tables out that any Iceberg engine reads.

    alpr load -> scribe -> tracker -> registrar
                 rows      sightings  tables

sources     where logs lie: files, folders, buckets
logs        the results in one log
loading     sends them
contract    the SDK's JSON, in all its dialects
reading     bytes of one result to what it says, when, and under which id
rows        rows as tuples and as columns
tables      the tables, every column once
memory      which results were loaded already
flat        what the results of a window say, one value after another
fusing      the make and model that a car's guesses speak for together
collected   that as rows of the tables
window      when the scribe writes
readings    what the tracker gets of results
lookalikes  how unlike two plates are
consensus   what many readings of one plate agree on
tracks      readings of one source to tracks, one for each vehicle that passes
tracking    tracks and watch list in their state table
watchlist   plates that are looked for; `watching` changes and reads the list from outside
lookout     what must not wait for its window: a plate that is looked for comes into sight
sightings   ended tracks to rows
database    what is under catalog and index: deadlines, and which failures pass
file_io     how files on S3 are reached
warehouse   Parquet files and Iceberg tables: how rows are written
naming      what a commit costs: files named in a table
upkeep      small files, old snapshots, orphans
validation  whether it is good
retention   how long it keeps what
side_tables tables beside them
plate_index which files hold a plate; `indexing` keeps it in step with the tables
"""
