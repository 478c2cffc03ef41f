"""The verbs of `roadsieve`, one file per group; each is thin: it reads arguments, asks a room, and shows the answer.

exits.py     exit codes, and what an error says on stderr
screen.py    how amounts, tables and JSON look
"""
