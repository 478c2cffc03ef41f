"""Every record that travels or is kept: NAME.avsc is the source of truth, records.py the dataclasses,
definitions.py reads the files."""
