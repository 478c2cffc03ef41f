"""Looks at a running pipeline from outside, through what is in Kafka: for `stats`, `letters`, `watch`, the demo.

positions.py    how far each stage has read, and how far its source goes
follow.py       reads topics as they grow, or to their present end
archives.py     what each archive looks like now
cluster.py      topics with their replicas, how far each stage is
exporter.py     looks at both now and then, for Prometheus
letters.py      dead letters: read, sent again, dropped, each once
"""
