"""Records as bytes: Avro with Confluent's framing on topics, plain Avro in the rows of state tables.

varint.py    numbers and strings of Avro
shape.py     pairs a definition (.avsc) with the dataclass that holds it
writing.py   compiles a record's encoder
reading.py   compiles a record's decoder
codec.py     RecordCodec: both, with errors that name the field; also the codec of state rows
encoded.py   records that their stage wrote as Avro itself
evolved.py   reads records that another version of a schema wrote
framing.py   Wire: schema ids in front of records, one codec for a whole topic
"""

from app.wire.codec import RecordCodec, RowCodec, codec_of
from app.wire.framing import Wire, open_wire

__all__ = ["RecordCodec", "RowCodec", "Wire", "codec_of", "open_wire"]
