#!/usr/bin/env python3
"""Writes and reads GGUF files, after ggml's docs/gguf.md and nothing of this project.

    gguf_reader.py write PATH < DESCRIPTION.json
    gguf_reader.py read PATH

`read` prints where each tensor is, and the SHA-256 of its bytes, as JSON.
"""

import hashlib
import json
import math
import struct
import sys

VALUES = {
    "u8": (0, "B"), "i8": (1, "b"), "u16": (2, "H"), "i16": (3, "h"), "u32": (4, "I"),
    "i32": (5, "i"), "f32": (6, "f"), "bool": (7, "?"), "u64": (10, "Q"), "i64": (11, "q"),
    "f64": (12, "d"),
}
FORMATS = {number: code for number, code in VALUES.values()}
STRING, ARRAY = 8, 9
# ggml's number: elements and bytes of a block.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18),
}  # fmt: skip


def padded(offset, alignment):
    return math.ceil(offset / alignment) * alignment


class Writer:
    def __init__(self, order):
        self.order = order
        self.out = bytearray()

    def put(self, code, value):
        self.out += struct.pack(self.order + code, value)

    def text(self, value):
        data = value.encode()
        self.put("Q", len(data))
        self.out += data

    def value(self, kind, value):
        if kind == "string":
            self.text(value)
        elif kind == "array":
            self.put("I", type_of(value["of"]))
            self.put("Q", len(value["items"]))
            for item in value["items"]:
                self.value(value["of"], item)
        else:
            self.put(VALUES[kind][1], value)


def type_of(kind):
    return {"string": STRING, "array": ARRAY}.get(kind) or VALUES[kind][0]


def length(tensor):
    elements, size = BLOCKS.get(tensor["type"], (1, 1))
    return math.prod(tensor["shape"]) // elements * size


def write(path, description):
    """Tensors' bytes count on from 1, so that no two places look alike."""
    writer = Writer(">" if description.get("bigEndian") else "<")
    alignment = description.get("alignment", 32)
    tensors = description["tensors"]
    entries = list(description.get("entries", []))
    if "alignment" in description:
        entries.append(["general.alignment", "u32", alignment])
    writer.out += b"GGUF"
    writer.put("I", description.get("version", 3))
    writer.put("Q", len(tensors))
    writer.put("Q", len(entries))
    for key, kind, value in entries:
        writer.text(key)
        writer.put("I", type_of(kind))
        writer.value(kind, value)
    offset = 0
    for tensor in tensors:
        writer.text(tensor["name"])
        writer.put("I", len(tensor["shape"]))
        for size in tensor["shape"]:
            writer.put("Q", size)
        writer.put("I", tensor["type"])
        writer.put("Q", offset)
        offset = padded(offset + length(tensor), alignment)
    out = writer.out
    count = 0
    for tensor in tensors:
        out += b"\xee" * (padded(len(out), alignment) - len(out))
        out += bytes((count + i) * 7 % 251 + 1 for i in range(length(tensor)))
        count += length(tensor)
    with open(path, "wb") as file:
        file.write(out)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 4

    def get(self, code):
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def text(self):
        size = self.get("Q")
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def value(self, kind):
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            of = self.get("I")
            return [self.value(of) for _ in range(self.get("Q"))]
        return self.get(FORMATS[kind])


def read(path):
    with open(path, "rb") as file:
        reader = Reader(file.read())
    assert reader.data[:4] == b"GGUF" and reader.get("I") in (2, 3)
    tensor_count, entry_count = reader.get("Q"), reader.get("Q")
    entries = {}
    for _ in range(entry_count):
        key = reader.text()
        entries[key] = reader.value(reader.get("I"))
    infos = []
    for _ in range(tensor_count):
        name = reader.text()
        shape = [reader.get("Q") for _ in range(reader.get("I"))]
        infos.append((name, {"shape": shape, "type": reader.get("I")}, reader.get("Q")))
    start = padded(reader.at, entries.get("general.alignment", 32))
    found = {}
    for name, info, offset in infos:
        begin = start + offset
        data = reader.data[begin : begin + length(info)]
        digest = hashlib.sha256(data).hexdigest()
        found[name] = {**info, "offset": begin, "bytes": len(data), "sha256": digest}
    return found


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], json.load(sys.stdin))
    print(json.dumps(read(sys.argv[2]) if sys.argv[1] == "read" else None))
