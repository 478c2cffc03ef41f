"""The stages, one file each, in the order in which a segment meets them; each takes, asks and sends.

porter -> detector -> extractor -> curator -> librarian -> sinker

Beside them, the stages of the plate lake: scribe -> tracker -> registrar
"""

#: Every stage of a segment, in the order of the flow.
STAGES = ("porter", "detector", "extractor", "curator", "librarian", "sinker")

#: Every stage of a plate result.
LAKE_STAGES = ("scribe", "tracker", "registrar")
