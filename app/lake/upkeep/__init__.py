"""Keeping the lake in order: `roadsieve lake maintain`.

plan        which small files become one, which snapshots and files go; pure
contents    what a table's snapshots name, and what lies in its folder
compact     small files of a day into one, beside the registrar
expire      old snapshots, and the files that only they named
orphans     files that nobody names
maintain    all of it, table by table
"""
