"""Takes the buffers that `dmacopy copy --serve` and `--exec` hand over.

    import dmacopy

    with dmacopy.receive("/run/model.sock") as buffers:
        for buffer in buffers:
            print(buffer.name, buffer.bytes, buffer.fd)
            with buffer.reading() as memory:
                print(bytes(memory[:4]))

Needs Python 3.9 on Linux, and nothing else.
"""

import array
import collections.abc
import contextlib
import fcntl
import json
import mmap
import os
import socket
import struct
import weakref

# linux/dma-buf.h
_DMA_BUF_IOCTL_SYNC = 0x40086200
_SYNC_READ = 1
_SYNC_END = 4

_MAX_DESCRIPTORS = 253  # SCM_MAX_FD
_FIRST_DESCRIPTOR = 3  # sd_listen_fds(3)
_F_GET_SEALS = 1034  # linux/fcntl.h
_F_SEAL_SHRINK = 2
_TIMEOUT_SECONDS = 10
_MAX_SIZE = 2**53 - 1  # what any reader of JSON knows exactly
_MAX_MANIFEST_BYTES = 64 << 20


class Buffer:
    """A buffer that another process filled. Closing it closes it here only."""

    def __init__(self, fd, info):
        self.fd = fd
        #: What the manifest says: name, kind, bytes, capacityBytes, verified, xxh64, layout.
        self.info = info

    @property
    def name(self):
        """The file's name."""
        return self.info["name"]

    @property
    def bytes(self):
        """Where the content ends; the buffer is this, rounded up to whole pages."""
        return self.info["bytes"]

    @contextlib.contextmanager
    def reading(self):
        """The content as a read-only memoryview; don't keep parts of it."""
        if self.bytes == 0:
            yield memoryview(b"")
            return
        with mmap.mmap(self.fd, self.bytes, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
            self._sync(_SYNC_READ)
            try:
                with memoryview(memory) as view:
                    yield view
            finally:
                self._sync(_SYNC_READ | _SYNC_END)

    def map(self):
        """The content as a read-only memoryview that lasts as long as anything made of it.

        It outlives close(): an array over it keeps it, too. A dma-buf is held for the CPU's reading
        until then; with a device that writes in between, use reading().
        """
        if self.bytes == 0:
            return memoryview(b"")
        memory = mmap.mmap(self.fd, self.bytes, mmap.MAP_SHARED, mmap.PROT_READ)
        if self.info["kind"] != "memfd":
            self._sync(_SYNC_READ)
            weakref.finalize(memory, _end_reading, os.dup(self.fd))
        return memoryview(memory)

    @property
    def tensors(self):
        """The tensors of its layout, by their names: `buffer.tensors["blk.0.q"].array()`."""
        return Tensors(self)

    def part(self, name):
        """What the layout says of the tensor `name`: bufferOffset, bytes, tensor.

        KeyError if it has none, or two: either could be the wrong one.
        """
        parts = [
            part for part in self.info["layout"] if part.get("tensor", {}).get("name") == name
        ]
        if len(parts) > 1:
            paths = " and ".join(part["path"] for part in parts)
            raise KeyError(f"{self.name} has {len(parts)} tensors {name!r} in its layout: {paths}")
        if not parts:
            raise KeyError(f"{self.name} has no tensor {name!r} in its layout")
        return parts[0]

    def _sync(self, flags):
        if self.info["kind"] != "memfd":
            fcntl.ioctl(self.fd, _DMA_BUF_IOCTL_SYNC, struct.pack("=Q", flags))

    def close(self):
        """Closes the descriptor. Closing twice is harmless."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _end_reading(fd):
    try:
        fcntl.ioctl(fd, _DMA_BUF_IOCTL_SYNC, struct.pack("=Q", _SYNC_READ | _SYNC_END))
    finally:
        os.close(fd)


#: What NumPy calls an element; one that it has no type for is as many bits without a sign.
_NUMPY_TYPES = {
    **{"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2", "BOOL": "?"},
    **{"F8_E4M3": "u1", "F8_E5M2": "u1", "I8": "i1", "U8": "u1"},
    **{"I16": "<i2", "U16": "<u2", "I32": "<i4", "U32": "<u4", "I64": "<i8", "U64": "<u8"},
}


class Tensor:
    """A tensor in a buffer, straight from the shared memory, and valid after its close()."""

    def __init__(self, part, memory):
        #: The element's type as the model's file calls it: F32, BF16, Q4_K.
        self.dtype = part["tensor"]["dtype"]
        #: The number of elements along each axis, in the order of the model's file.
        self.shape = tuple(int(length) for length in part["tensor"]["shape"])
        #: GGUF has the axis whose elements are adjacent first, as Fortran does.
        self.order = "F" if part["path"].endswith(".gguf") else "C"
        start = int(part["bufferOffset"])
        #: Its bytes, read-only.
        self.data = memory[start : start + int(part["bytes"])]

    def array(self):
        """A NumPy array over it, of its shape; of bytes in one row where its type is packed.

        BF16 comes as uint16 and 8-bit floats as uint8: `dtype` still says what they are. The array
        has DLPack for other libraries, where NumPy (from 2.1 on) gives out what is read-only.
        """
        import numpy

        code = _NUMPY_TYPES.get(self.dtype)
        if code is None:
            return numpy.frombuffer(self.data, numpy.uint8)
        return numpy.frombuffer(self.data, numpy.dtype(code)).reshape(self.shape, order=self.order)


class Tensors(collections.abc.Mapping):
    """A buffer's tensors by their names. All share one mapping."""

    def __init__(self, buffer):
        self._buffer = buffer
        self._memory = buffer.map()

    def __getitem__(self, name):
        return Tensor(self._buffer.part(name), self._memory)

    def __iter__(self):
        layout = self._buffer.info["layout"]
        return iter(dict.fromkeys(part["tensor"]["name"] for part in layout if "tensor" in part))

    def __len__(self):
        return sum(1 for _ in self)


class Buffers(list):
    """Buffers in the manifest's order; as a context manager it closes them."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for buffer in self:
            buffer.close()


def receive(path):
    """The buffers that are served at the socket `path`. OSError if nobody serves there."""
    fds = array.array("i")
    parts = []
    length = 0
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_TIMEOUT_SECONDS)
            client.connect(os.fspath(path))
            while True:
                data, got, _, _ = socket.recv_fds(
                    client, 65536, _MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
                )
                fds.extend(got)
                if not data:
                    break
                parts.append(data)
                length += len(data)
                if length > _MAX_MANIFEST_BYTES:
                    raise ValueError(f"what comes from {path} is too long for a manifest")
        if not parts:
            raise ValueError(f"the server at {path} gives us nothing")
        infos = parse_manifest(b"".join(parts))
        if len(infos) != len(fds):
            raise ValueError(f"{len(fds)} of {len(infos)} descriptors came from {path}")
        for fd, info in zip(fds, infos):
            if _is_memfd(fd) and not fcntl.fcntl(fd, _F_GET_SEALS) & _F_SEAL_SHRINK:
                raise ValueError(f"{info['name']} from {path} could be cut short: it is not sealed")
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return Buffers(Buffer(fd, info) for fd, info in zip(fds, infos))


def parse_manifest(data):
    """What a manifest says of each buffer. ValueError if it is none, or of another version."""
    try:
        manifest = json.loads(data.decode(), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("the manifest nests too deeply") from error
    version = manifest.get("dmacopy") if isinstance(manifest, dict) else None
    if version != 1 or isinstance(version, bool):
        raise ValueError("this is no manifest of dmacopy, or of a version that is not known")
    infos = manifest.get("buffers")
    if not isinstance(infos, list) or not all(map(_is_buffer, infos)):
        raise ValueError("the manifest lacks something, or has it in another form")
    return infos


def _refuse_constant(name):
    raise ValueError(f"the manifest is no JSON: it has {name}")


def _is_size(value):
    return type(value) in (int, float) and 0 <= value <= _MAX_SIZE and value == int(value)


def _is_buffer(info):
    if not isinstance(info, dict) or info.get("kind") not in ("memfd", "udmabuf", "dmabuf"):
        return False
    layout = info.get("layout")
    return (
        isinstance(info.get("name"), str)
        and _is_size(info.get("bytes"))
        and _is_size(info.get("capacityBytes"))
        and info["bytes"] <= info["capacityBytes"]
        and isinstance(info.get("verified"), bool)
        and "xxh64" in info
        and (info["xxh64"] is None or isinstance(info["xxh64"], str))
        and isinstance(layout, list)
        and all(_is_part(part, info["bytes"]) for part in layout)
    )


def _is_part(part, end):
    return (
        isinstance(part, dict)
        and isinstance(part.get("path"), str)
        and all(_is_size(part.get(key)) for key in ("fileOffset", "bufferOffset", "bytes"))
        and part["bufferOffset"] + part["bytes"] <= end
        and ("tensor" not in part or _is_tensor(part["tensor"]))
    )


def _is_tensor(tensor):
    return (
        isinstance(tensor, dict)
        and all(isinstance(tensor.get(key), str) for key in ("name", "dtype"))
        and isinstance(tensor.get("shape"), list)
        and all(map(_is_size, tensor["shape"]))
    )


def inherited():
    """The buffers that `copy --exec` started this program with; none if it did not."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return Buffers()
    manifest = os.environ.get("DMACOPY_MANIFEST")
    if manifest is None:
        return Buffers()
    with open(f"/proc/self/fd/{int(manifest)}", "rb") as file:
        infos = parse_manifest(file.read())
    return Buffers(Buffer(fd, info) for fd, info in enumerate(infos, _FIRST_DESCRIPTOR))


def _is_memfd(fd):
    return os.readlink(f"/proc/self/fd/{fd}").startswith("/memfd:")
