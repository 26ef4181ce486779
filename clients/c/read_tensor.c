/* SPDX-License-Identifier: MIT */
/*
 * Reads a tensor of a model that `dmacopy copy --tensors ... --serve SOCKET` holds:
 *
 *	cc $(pkg-config --cflags dmacopy) -o read_tensor read_tensor.c
 *	./read_tensor /tmp/model.sock blk.0.attn_norm.weight
 *
 * Prints its type, its shape and its first bytes, straight from the shared memory.
 */
#include <dmacopy.h>
#include <dmacopy_manifest.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#define SHOWN 4

static void show(const char *name, const struct dmacopy_tensor *tensor, const unsigned char *data)
{
	printf("%s: %s [", name, tensor->dtype);
	for (int i = 0; i < tensor->dimensions; i++)
		printf("%s%" PRIu64, i ? ", " : "", tensor->shape[i]);
	printf("], %" PRIu64 " bytes:", tensor->bytes);
	for (uint64_t i = 0; i < SHOWN && i < tensor->bytes; i++)
		printf(" %02x", data[i]);
	printf("\n");
}

/* Maps the buffer that has the tensor, as long as it is read. */
static int read_tensor(const struct dmacopy_buffers *buffers, const char *name)
{
	struct dmacopy_tensor tensor;
	int wrong = dmacopy_find_tensor(buffers->manifest, name, &tensor);
	size_t bytes;
	char *memory;
	off_t end;
	int fd;

	if (wrong)
		return wrong;
	if (tensor.buffer >= buffers->count)
		return -EBADMSG;
	fd = buffers->fds[tensor.buffer];
	bytes = tensor.buffer_offset + tensor.bytes;
	end = lseek(fd, 0, SEEK_END);
	if (end < 0 || (uint64_t)end < bytes)
		return -EBADMSG;
	if (tensor.bytes == 0) {
		show(name, &tensor, NULL);
		return 0;
	}
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	/* A memfd needs none of it, and says so. */
	wrong = dmacopy_sync_read(fd, 0);
	if (!wrong || wrong == -ENOTTY)
		show(name, &tensor, (unsigned char *)memory + tensor.buffer_offset);
	if (!wrong)
		wrong = dmacopy_sync_read(fd, 1);
	munmap(memory, bytes);
	return wrong == -ENOTTY ? 0 : wrong;
}

int main(int argc, char **argv)
{
	struct dmacopy_buffers got;
	int wrong;

	if (argc != 3) {
		fprintf(stderr, "usage: read_tensor SOCKET TENSOR\n");
		return 2;
	}
	wrong = dmacopy_receive(argv[1], &got);
	if (!wrong) {
		wrong = read_tensor(&got, argv[2]);
		dmacopy_close(&got);
	}
	if (wrong)
		fprintf(stderr, "read_tensor: %s of %s: %s\n", argv[2], argv[1], strerror(-wrong));
	return wrong ? 1 : 0;
}
