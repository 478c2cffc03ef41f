"""The stages, one file each, in the order in which a segment meets them; each takes, asks and sends.

porter -> detector -> extractor -> curator -> librarian -> sinker
"""

#: Every stage, in the order of the flow.
STAGES = ("porter", "detector", "extractor", "curator", "librarian", "sinker")
