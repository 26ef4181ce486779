#!/usr/bin/env python3
"""Writes and reads safetensors files, after the format's own page and nothing of this project.

    safetensors_reader.py write PATH < [[NAME, DTYPE, SHAPE, BYTES], …]
    safetensors_reader.py read PATH

`read` prints where each tensor is, and the SHA-256 of its bytes, as JSON.
"""

import hashlib
import json
import struct
import sys


def write(path, tensors):
    """Tensors' bytes count on from 1, so that no two places look alike."""
    header, data = {"__metadata__": {"format": "pt"}}, bytearray()
    for name, dtype, shape, size in tensors:
        begin = len(data)
        data += bytes((begin + i) * 7 % 251 + 1 for i in range(size))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    (size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + size])
    header.pop("__metadata__", None)
    found = {}
    for name, info in header.items():
        begin, end = (8 + size + offset for offset in info["data_offsets"])
        digest = hashlib.sha256(content[begin:end]).hexdigest()
        found[name] = {**info, "offset": begin, "bytes": end - begin, "sha256": digest}
    return found


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], json.load(sys.stdin))
    print(json.dumps(read(sys.argv[2]) if sys.argv[1] == "read" else None))
