/* SPDX-License-Identifier: MIT */
/*
 * Has a Vulkan device sum a tensor where `dmacopy copy` put it: the dma-buf is imported, not copied.
 *
 *	dmacopy copy model.safetensors dmabuf --align 4KiB --exec ./sum_tensor NAME
 *	dmacopy copy model.safetensors dmabuf --align 4KiB --serve /run/model.sock &
 *	./sum_tensor NAME /run/model.sock
 *
 * Prints the sum of the tensor's 32-bit words, modulo 2^32, and of its elements if they are F32.
 */
#include <compute.h>
#include <dmacopy.h>
#include <json-c/json.h>

#define WORD 4

/* A storage buffer and its memory. */
struct storage {
	VkBuffer buffer;
	VkDeviceMemory memory;
};

struct tensor {
	int fd;
	uint64_t capacity, offset, bytes;
	int is_float;
};

static uint64_t number(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

static struct tensor find_tensor(const char *manifest, const int *fds, const char *name)
{
	struct json_object *all = manifest ? json_tokener_parse(manifest) : NULL;
	struct json_object *buffers = json_object_object_get(all, "buffers");

	if (!buffers)
		fail("no buffers: start it with dmacopy copy --exec, or name a socket");
	for (size_t i = 0; i < json_object_array_length(buffers); i++) {
		struct json_object *buffer = json_object_array_get_idx(buffers, i);
		struct json_object *parts = json_object_object_get(buffer, "layout");

		for (size_t j = 0; j < json_object_array_length(parts); j++) {
			struct json_object *part = json_object_array_get_idx(parts, j);
			struct json_object *it = json_object_object_get(part, "tensor");

			if (!it || strcmp(text(it, "name"), name))
				continue;
			if (!strcmp(text(buffer, "kind"), "memfd"))
				fail("a memfd is not a dma-buf: load to dmabuf or udmabuf");
			return (struct tensor){
				.fd = fds[i],
				.capacity = number(buffer, "capacityBytes"),
				.offset = number(part, "bufferOffset"),
				.bytes = number(part, "bytes"),
				.is_float = !strcmp(text(it, "dtype"), "F32"),
			};
		}
	}
	fail("no tensor is named %s", name);
}

/* A storage buffer on a dma-buf, or (fd < 0) on memory that the CPU can read, too. */
static struct storage make_storage(const struct gpu *gpu, uint64_t bytes, int fd)
{
	const VkExternalMemoryHandleTypeFlagBits type =
		VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
	const VkExternalMemoryBufferCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
		.handleTypes = type,
	};
	const VkBufferCreateInfo buffer_info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = fd < 0 ? NULL : &external,
		.size = bytes,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
	};
	VkMemoryFdPropertiesKHR properties = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR,
		.memoryTypeBits = ~0u,
	};
	VkImportMemoryFdInfoKHR import = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.handleType = type,
	};
	VkMemoryAllocateInfo memory_info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = fd < 0 ? NULL : &import,
	};
	const VkMemoryPropertyFlags readable =
		VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
	VkMemoryRequirements needs;
	struct storage made;

	vk(vkCreateBuffer, gpu->device, &buffer_info, NULL, &made.buffer);
	vkGetBufferMemoryRequirements(gpu->device, made.buffer, &needs);
	if (fd >= 0) {
		PFN_vkGetMemoryFdPropertiesKHR get_properties = (PFN_vkGetMemoryFdPropertiesKHR)
			vkGetDeviceProcAddr(gpu->device, "vkGetMemoryFdPropertiesKHR");

		vk(get_properties, gpu->device, type, fd, &properties);
		/* The import takes the descriptor over. */
		import.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	}
	memory_info.allocationSize = needs.size;
	memory_info.memoryTypeIndex = memory_type(
		gpu, needs.memoryTypeBits & properties.memoryTypeBits, fd < 0 ? readable : 0);
	vk(vkAllocateMemory, gpu->device, &memory_info, NULL, &made.memory);
	vk(vkBindBufferMemory, gpu->device, made.buffer, made.memory, 0);
	return made;
}

static void sum_tensor(const struct gpu *gpu, const struct tensor *tensor)
{
	const uint64_t align = gpu->limits.minStorageBufferOffsetAlignment;
	const uint64_t longest = gpu->limits.maxStorageBufferRange / align * align;
	const struct storage words = make_storage(gpu, tensor->capacity, tensor->fd);
	const struct storage sums = make_storage(gpu, INVOCATIONS * sizeof(uint32_t[2]), -1);
	const struct program program = make_program(gpu);
	const uint64_t end = tensor->offset + tensor->bytes;
	uint32_t (*each)[2], checksum = 0;
	double sum = 0;

	vk(vkMapMemory, gpu->device, sums.memory, 0, VK_WHOLE_SIZE, 0, (void **)&each);
	/* A shader sees a limited range of a buffer, from a multiple of an alignment. */
	for (uint64_t at = tensor->offset, next; at < end; at = next) {
		const uint64_t from = at / align * align;

		next = end - from > longest ? from + longest : end;
		sum_range(gpu, &program,
			  &(const VkDescriptorBufferInfo){ words.buffer, from, next - from },
			  sums.buffer, (const uint32_t[]){ (at - from) / WORD, (next - at) / WORD });
		for (uint32_t i = 0; i < INVOCATIONS; i++) {
			float part;

			memcpy(&part, &each[i][1], sizeof(part));
			checksum += each[i][0];
			sum += part;
		}
	}
	printf("words 0x%08x\n", checksum);
	if (tensor->is_float)
		printf("sum %.9g\n", sum);
}

int main(int argc, char **argv)
{
	struct dmacopy_buffers got = { 0 };
	struct tensor tensor;
	struct gpu gpu;
	int wrong = 0;

	if (argc < 2 || argc > 3)
		fail("usage: sum_tensor TENSOR [SOCKET]");
	if (argc == 3) {
		wrong = dmacopy_receive(argv[2], &got);
	} else {
		got.count = dmacopy_inherited();
		got.fds = calloc(got.count, sizeof(int));
		got.manifest = dmacopy_inherited_manifest();
		for (int i = 0; i < got.count; i++)
			got.fds[i] = 3 + i;
	}
	if (wrong)
		fail("%s: %s", argv[2], strerror(-wrong));
	tensor = find_tensor(got.manifest, got.fds, argv[1]);
	if (tensor.offset % WORD || tensor.bytes % WORD)
		fail("%s does not lie at a multiple of %d bytes: load it with --align", argv[1], WORD);
	gpu = open_gpu();
	sum_tensor(&gpu, &tensor);
	dmacopy_close(&got);
	return 0;
}
