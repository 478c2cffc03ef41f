"""What `roadsieve demo` does: the whole pipeline on this machine, from videos to a decided archive, watched live.

run.py        broker, topics, networks, worker, replay, watching; and everything ended again
worker.py     the worker in a process of its own, which ends with ours
tally.py      what went through so far: counts, lags, rates, bytes; pure
samples.py    which decisions are worth showing; pure
watch.py      feeds the tally from Kafka, and tells when everything is through
picture.py    how the tally looks while it runs
pick.py       what was kept beside a random pick of the same size, and figures; pure
sources.py    pictures of frames out of the videos that they came from
sheet.py      the contact sheet drawn, lettering.py its captions; contact_sheet.py puts it on disk
summary.py    what is said at the end
"""
