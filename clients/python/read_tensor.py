#!/usr/bin/env python3
"""Reads a tensor of a model that `dmacopy copy --tensors … --serve SOCKET` holds.

    dmacopy copy model.gguf --tensors 'blk.0.*' --serve /tmp/model.sock &
    python3 read_tensor.py /tmp/model.sock blk.0.attn_norm.weight

Prints its type, its shape and its first values, straight from the shared memory.
"""

import struct
import sys

import dmacopy

#: How struct reads an element; other types, quantized ones among them, are shown as bytes.
FORMATS = {"F16": "e", "F32": "f", "F64": "d", "I8": "b", "I16": "h", "I32": "i", "I64": "q"}
SHOWN = 4


def describe(buffer: dmacopy.Buffer, name: str) -> str:
    part = buffer.part(name)
    tensor = part["tensor"]
    with buffer.reading() as memory:
        start = part["bufferOffset"]
        data = memory[start : start + part["bytes"]]
        values: "list[float] | str"
        code = FORMATS.get(tensor["dtype"])
        if code:
            count = min(SHOWN, len(data) // struct.calcsize("<" + code))
            values = list(struct.unpack_from(f"<{count}{code}", data))
        else:
            values = data[:SHOWN].hex(" ")
        data.release()
    return f"{name}: {tensor['dtype']} {tensor['shape']}, {part['bytes']} bytes: {values}"


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: read_tensor.py SOCKET TENSOR")
    try:
        with dmacopy.receive(sys.argv[1]) as [buffer]:
            print(describe(buffer, sys.argv[2]))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"read_tensor.py: {error}")


if __name__ == "__main__":
    main()
