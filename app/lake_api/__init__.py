"""The query API of the plate lake: a question in JSON, checked, read from the Iceberg tables, masked, written down.

    web -> tokens -> question -> desk -> answering -> formats
                     checked     bounded  read

refusals     what a question can be refused for, each with its HTTP status
question     the JSON of a question to what is asked, or why it cannot be; pure
values       values of filters by the kind of their column; pure
cursor       where the next page begins; pure
expressions  conditions to Iceberg expressions
shots        tables at a snapshot: which files can hold an answer, and their rows
files        the rows of files, whose footers it remembers
lookup       the rows of one plate out of many files, shared among threads
readers      readers of files that stay open
warming      reads footers before anybody asks
first_rows   the first rows in an order, after a place in it
answering    a question to its rows, or their number
tokens       who may ask, and who may read plates
audit        who asked what, kept for good, plates only as keyed hashes
audit_turns  writes its lines, several at once
desk         how many questions are answered at once, and for how long
formats      rows to JSON, CSV and Arrow
service      one question from token to answer
body_limit   how large a body may be
body         the JSON of the API, as OpenAPI tells it
web, serve   the pages, and the server that shows them
"""
