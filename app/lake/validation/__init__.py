"""Whether the lake is good: `roadsieve lake check`.

rules       every rule as data, and what an outcome means; pure
facts       one day of the six tables, counted
judge       facts and history to outcomes; pure
log         what lake.files says was written
commits     the cheap rules, on every commit
results     outcomes as an Iceberg table of their own; which days are verified
check       a run: days counted, judged, kept
report      a run as one HTML file
mail        a run as an e-mail, which waits on disk while nobody takes it
"""
