"""Records as bytes: Avro with Confluent's framing on topics, plain Avro in the rows of state tables.

varint.py    numbers and strings of Avro
shape.py     pairs a definition (.avsc) with the dataclass that holds it
writing.py   compiles a record's encoder
reading.py   compiles a record's decoder
codec.py     RecordCodec: both, with errors that name the field; also the codec of state rows
evolved.py   reads records that another version of a schema wrote
framing.py   Wire: schema ids in front of records, one codec for a whole topic
"""
