"""Grafana boards as code: each board is a file here, its JSON in json/ is what Grafana reads.

    panels.py       one panel: what it asks Prometheus, in which unit
    board.py        a board of rows of panels; what grafanalib makes of it
    present.py      brought to the form of current Grafana
    diversity.py    is my archive getting better, than random, at what cost: the board to open
    flow.py         where is it stuck
    models.py       what the networks do, and on which hardware
    stores.py       calls to objects, catalog and schema registry
    broker.py       Kafka: throughput, partitions, replicas, lag
    boards.py       all of them; writes the JSON
    outline.py      a board as text, for those without a Grafana

`roadsieve dashboards write` makes the JSON again, `describe` prints the outlines. ops/grafana provisions it.
"""
