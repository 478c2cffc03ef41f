"""Load: driving scenes that anyone may have, rendered by chance from a seed, with the truth of every frame.

What to show: joint -> spec. Where: layout, road, ride -> place. What is there: mesh, vehicles, people, furniture,
library, facades, sprites -> stretch, traffic. How it looks: light, sky, ground, assemble, painter, shadows, effects,
lens -> frame (`render_frame`). Clips as files in the layout of BDD100K: info, labels, dirt -> clips.

Plate results by the contract of their SDK: plate_words, plate_parts, plate_dirt -> plates -> plate_file.
"""
