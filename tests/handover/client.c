/* SPDX-License-Identifier: MIT */
/* Prints the manifest and the sum of the first buffer's first bytes; or what is wrong. */
#include <dmacopy.h>
#include <stdio.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	struct dmacopy_buffers got;
	const size_t bytes = argc > 2 ? atol(argv[2]) : 0;
	const int wrong = dmacopy_receive(argv[1], &got);
	const unsigned char *memory;
	unsigned long sum = 0;

	if (wrong) {
		printf("%d\n", wrong);
		return 1;
	}
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, got.fds[0], 0);
	if (memory == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < bytes; i++)
		sum += memory[i];
	printf("%s\n%lu\n", got.manifest, sum);
	dmacopy_close(&got);
	return 0;
}
