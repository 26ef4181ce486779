"""Maps what is served at a socket: arrays outlive the buffers they are over."""

import gc
import sys

import dmacopy
import numpy

with dmacopy.receive(sys.argv[1]) as buffers:
    [buffer] = buffers
    tensors = buffers.tensors
    names = sorted(tensors)
    assert names == sorted(buffer.tensors)
    arrays = {name: numpy.asarray(tensors[name]) for name in names}
    dtypes = {name: tensors[name].dtype for name in names}
    try:
        tensors["none"]
        sys.exit("there is no such tensor")
    except KeyError as error:
        assert "no tensor 'none'" in str(error), error
    try:
        dmacopy.Tensors([buffer, buffer])["f32"]
        sys.exit("either could be the wrong one")
    except KeyError as error:
        assert "2 buffers have a tensor 'f32'" in str(error), error
    assert numpy.asarray(tensors["f32"], numpy.float64).dtype == numpy.float64
    try:
        numpy.asarray(tensors["half"], numpy.float32)
        sys.exit("bits are not taken for numbers")
    except ValueError as error:
        assert "NumPy has no type BF16" in str(error), error
    whole = buffer.map()
    lent = tensors["f32"]
del tensors, buffer, buffers
gc.collect()
for name in names:
    value = arrays[name]
    assert not value.flags.writeable
    print(name, dtypes[name], value.dtype, value.shape, value.ravel("K")[:2].tolist())
print(len(whole))
try:
    lent.__dlpack__()
    sys.exit("read-only memory is not for a library that could write to it")
except BufferError as error:
    assert "torch.from_numpy(tensor.array())" in str(error), error
if tuple(map(int, numpy.__version__.split(".")[:2])) >= (2, 1):
    taken = numpy.from_dlpack(lent)
    assert numpy.array_equal(taken, arrays["f32"], equal_nan=True)
    print("DLPack")
