"""roadsieve: watches dash-cam streams and keeps, inside a byte budget, the video worth keeping.

The way of a segment (one file per stage in agents/, each a Faust app of its own):

    replay -> porter -> detector -> extractor -> curator -> librarian -> sinker
              store     look        sift         decide     shelve       catalog

The rooms

    cli, commands   the command `roadsieve`
    settings        every setting once
    topics, tables  every topic and every state table once
    rights          what each stage and command may do on Kafka, derived from them
    kafka_*         how every client of Kafka gets in, and why one does not
    errors          what can go wrong, and what that means for the record in hand
    telemetry       every metric and log event once
    engine          the data plane over Faust: exactly once, ordered, batched
    intake          files and folders of video -> segments on the broker
    media           coded video: probe, cut, decode, still
    place           position and time: sun, region
    curation        pure: what is worth keeping
    lake            plate results as tables: parsed, written, named once each
    lake_api        questions about those tables over HTTP
    evaluation      the same decisions on labelled data, against baselines
    stores          ports and adapters: objects, catalog, registry
    topology        topics as they are wanted against topics as they are
    wire            records to bytes and back
"""

import os

# Products of small matrices gain nothing from a second thread, which spins for work all the while: deciding cost twice
# the CPU time on two cores. OpenBLAS reads it when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
