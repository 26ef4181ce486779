/* SPDX-License-Identifier: MIT */
/*
 * find_tensor MANIFEST NAME: prints where the tensor is, or -errno. Before, it looks in every
 * beginning of the manifest: none may be read beyond its end.
 */
#include <dmacopy_manifest.h>
#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const size_t length = argc == 3 ? strlen(argv[1]) : 0;
	struct dmacopy_tensor tensor;
	int wrong;

	for (size_t i = 0; i < length; i++) {
		char *begun = (char *)malloc(i + 1);

		if (!begun)
			return 2;
		memcpy(begun, argv[1], i);
		begun[i] = 0;
		wrong = dmacopy_find_tensor(begun, argv[2], &tensor);
		free(begun);
		if (wrong == 0)
			return 3;
	}
	wrong = dmacopy_find_tensor(argv[1], argv[2], &tensor);
	if (wrong) {
		printf("%d\n", wrong);
		return 1;
	}
	printf("%d %" PRIu64 " %" PRIu64 " %s", tensor.buffer, tensor.buffer_offset, tensor.bytes,
	       tensor.dtype);
	for (int i = 0; i < tensor.dimensions; i++)
		printf(" %" PRIu64, tensor.shape[i]);
	printf("\n");
	return 0;
}
