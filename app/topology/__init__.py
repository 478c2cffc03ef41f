"""What the broker and the ledger must hold before a stage may run: wanted, found, compared, made.

wanted.py       the topics and changelogs with their configuration, from the tables; pure
difference.py   what differs from what was found, and the remedy; pure
admin.py        finds, creates and alters topics; the only place that does
acls.py         finds and grants rights; the only place that does
schemas.py      registers and checks the schemas of the records
plan.py         both together, as `roadsieve topics create|check` and the demo do it
"""
