"""Behind `roadsieve evaluate`: what a policy would keep of recorded labels, beside simpler ways of choosing.

labels.py       one labelled picture, and everything odd that was found while reading
scalabel.py     BDD100K det_20 and 2018, Scalabel, JSON Lines; attribute_csv.py; export.py: our own topics
reading.py      which reader a file needs
bursts.py       labels -> segments of many cameras, with flicker; confusion.py: a detector's errors
stream.py       the segments through the very code of the stream
baselines.py    the other ways of choosing;  limit.py: what no way can exceed
metrics.py      what each way kept, measured;  trial.py: all of it for one budget
table.py, report.py, chart.py    how it is shown;  command.py: the verb
"""
