"""Looks at a running pipeline from outside, through what is in Kafka alone: for `stats`, `letters` and the demo.

positions.py    how far each stage has read, and how far its source goes
follow.py       reads topics as they grow, or to their present end
archives.py     what each archive looks like now
letters.py      dead letters: read, sent again, dropped, each once
"""
