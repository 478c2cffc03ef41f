"""What is worth keeping: pure functions on plain values, the same in the stream and in `roadsieve evaluate`.

    policy.py          what an archive shall look like, read from TOML; default_policy.toml is the one that ships
    sift.py            per camera: near-duplicates (duplicates.py) and keyframes (keyframes.py)
    window.py          per partition: where a window ends, and the decision on every archive in it
    decide.py          per archive: budget.py -> candidates.py -> greedy.py -> reasons.py, and the new state
    terms.py           what a frame is worth: to each attribute (scale.py), and less for what is there already
    board.py           counts per attribute value, seen and kept, as arrays
    distribution.py    the same counts as a value that merges; entropy.py measures them
    redundancy.py      what the archive already has of a clip, and of pictures like this one (sketch.py)
    shadows.py         what simpler ways of choosing would have kept of the same stream

No clock, no randomness, no input or output: time and chance come from the records alone.
"""
