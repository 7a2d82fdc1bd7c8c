"""The wire formats that records come in, and the one place that tells them apart."""

from __future__ import annotations

from lakestand.pipeline.decoding.avro_format import AvroFormat, is_avro
from lakestand.pipeline.decoding.json_format import JsonFormat
from lakestand.pipeline.decoding.wire_format import WireFormat

JSON: WireFormat = JsonFormat()
AVRO: WireFormat = AvroFormat()


def detect(data: bytes) -> WireFormat:
    """The format of a key, value or prefix. What is not Avro is taken for JSON, whose errors then say what is wrong."""
    return AVRO if is_avro(data) else JSON
