"""What `roadsieve replay` does: files on disk become segments on the topic segments.recorded, each once.

listing.py    the files under the given paths
layout.py     which of them are videos, whose, and where their info JSON lies (pure)
info.py       reads an info JSON: start time and positions, however dirty (pure)
start.py      when a clip began, and who says so (pure)
survey.py     one recording becomes a clip (clip.py): facts, content hash, camera, start time
segment.py    a cut of coded video becomes the record that is sent (pure)
pace.py       when each segment of a camera is due (pure)
lanes.py      cameras side by side, the clips of one camera one after another
resume.py     the resume record: what was sent already, through every crash
delivery.py   how far one clip has come
outbox.py     the way to the broker: bounded in bytes, every wait with a deadline
sending.py    recordings become clips, clips segments, segments messages
replay.py     the run from paths to a summary
outcome.py    what a run is asked for, how far it is and what came of it
command.py    the command, its display and its exit codes
"""
