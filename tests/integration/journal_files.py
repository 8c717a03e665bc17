"""The files of a journal, byte by byte, as docs/journal.md describes them; for tests that damage them."""

import os
import pathlib
import struct
from typing import NamedTuple

MAGIC = b"\xf5SJL"
HEADER = struct.Struct("<4sHHIIQQII")
BATCH = 1


def table_of_crc32c():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC32C = table_of_crc32c()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


class Frame(NamedTuple):
    path: pathlib.Path
    offset: int
    kind: int
    payload_bytes: int
    number: int

    @property
    def payload_offset(self):
        return self.offset + HEADER.size


def segments(folder):
    return sorted(pathlib.Path(folder).glob("journal-*.seg"))


def frames(path):
    """Of a segment or a checkpoint that is whole."""
    data = pathlib.Path(path).read_bytes()
    offset = 0
    while data[offset:offset + 4] == MAGIC:
        _, _, kind, payload_bytes, _, number, _, _, header_crc = HEADER.unpack_from(data, offset)
        assert crc32c(data[offset:offset + HEADER.size - 4]) == header_crc, f"{path} at {offset}"
        yield Frame(path, offset, kind, payload_bytes, number)
        offset += (HEADER.size + payload_bytes + 7) // 8 * 8


def batches(folder):
    """The frames of batches, oldest first; one that was written again in a newer segment only from there."""
    found = {}
    for path in segments(folder):
        found.update((frame.number, frame) for frame in frames(path) if frame.kind == BATCH)
    return [found[number] for number in sorted(found)]


def overwrite(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def flip_a_bit(path, offset):
    with open(path, "rb") as file:
        file.seek(offset)
        byte = file.read(1)[0]
    overwrite(path, offset, bytes([byte ^ 0x10]))


def make_newer(path, offset=0):
    """Gives the frame there the next version of the format."""
    with open(path, "rb") as file:
        file.seek(offset)
        header = bytearray(file.read(HEADER.size))
    struct.pack_into("<H", header, 4, 2)
    struct.pack_into("<I", header, HEADER.size - 4, crc32c(header[:HEADER.size - 4]))
    overwrite(path, offset, header)


def contents(folder):
    """{name: bytes} of all files below."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def room_on_disk(folder):
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize
