/* SPDX-License-Identifier: MIT */
/* The parts of any program that lets a Vulkan device run one shader over one range of a buffer. */
#ifndef COMPUTE_H
#define COMPUTE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sum.spv.h>
#include <vulkan/vulkan.h>

#define GROUPS 16
#define INVOCATIONS (GROUPS * 64)

#define fail(...) (fprintf(stderr, "sum_tensor: " __VA_ARGS__), fputc('\n', stderr), exit(1))
#define vk(call, ...)                                               \
	do {                                                        \
		const VkResult result_ = call(__VA_ARGS__);         \
		if (result_)                                        \
			fail("%s failed: %d", #call, (int)result_); \
	} while (0)

static const char *const EXTENSIONS[] = {
	VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
	VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
};

/* A device that computes. */
struct gpu {
	VkPhysicalDevice physical;
	VkPhysicalDeviceLimits limits;
	VkDevice device;
	uint32_t family;
	VkQueue queue;
};

/* Whether it has them all; says which it lacks. */
static int has_extensions(VkPhysicalDevice device, const char *name)
{
	VkExtensionProperties *found;
	uint32_t count = 0, missing = 0;

	vk(vkEnumerateDeviceExtensionProperties, device, NULL, &count, NULL);
	found = calloc(count, sizeof(*found));
	vk(vkEnumerateDeviceExtensionProperties, device, NULL, &count, found);
	for (size_t i = 0; i < sizeof(EXTENSIONS) / sizeof(*EXTENSIONS); i++) {
		uint32_t j = 0;

		while (j < count && strcmp(found[j].extensionName, EXTENSIONS[i]))
			j++;
		if (j == count) {
			fprintf(stderr, "sum_tensor: %s lacks %s\n", name, EXTENSIONS[i]);
			missing++;
		}
	}
	free(found);
	return !missing;
}

/* The first device that can import dma-bufs. */
static struct gpu open_gpu(void)
{
	const VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_1,
	};
	const VkInstanceCreateInfo instance_info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &application,
	};
	VkDeviceQueueCreateInfo queue_info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &(const float){ 1 },
	};
	const VkDeviceCreateInfo device_info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue_info,
		.enabledExtensionCount = sizeof(EXTENSIONS) / sizeof(*EXTENSIONS),
		.ppEnabledExtensionNames = EXTENSIONS,
	};
	VkQueueFamilyProperties families[16];
	VkPhysicalDevice devices[16];
	VkPhysicalDeviceProperties facts;
	uint32_t count = 16, family_count = 16;
	struct gpu gpu = { 0 };
	VkInstance instance;

	if (vkCreateInstance(&instance_info, NULL, &instance) ||
	    vkEnumeratePhysicalDevices(instance, &count, devices) < 0 || count == 0)
		fail("no Vulkan device: is its driver installed?");
	for (uint32_t i = 0; i < count && !gpu.physical; i++) {
		vkGetPhysicalDeviceProperties(devices[i], &facts);
		if (has_extensions(devices[i], facts.deviceName))
			gpu.physical = devices[i];
	}
	if (!gpu.physical)
		fail("no Vulkan device can import dma-bufs");
	gpu.limits = facts.limits;
	vkGetPhysicalDeviceQueueFamilyProperties(gpu.physical, &family_count, families);
	while (gpu.family < family_count && !(families[gpu.family].queueFlags & VK_QUEUE_COMPUTE_BIT))
		gpu.family++;
	if (gpu.family == family_count)
		fail("%s doesn't compute", facts.deviceName);
	queue_info.queueFamilyIndex = gpu.family;
	vk(vkCreateDevice, gpu.physical, &device_info, NULL, &gpu.device);
	vkGetDeviceQueue(gpu.device, gpu.family, 0, &gpu.queue);
	printf("%s\n", facts.deviceName);
	return gpu;
}

static uint32_t memory_type(const struct gpu *gpu, uint32_t allowed, VkMemoryPropertyFlags flags)
{
	VkPhysicalDeviceMemoryProperties memory;

	vkGetPhysicalDeviceMemoryProperties(gpu->physical, &memory);
	for (uint32_t i = 0; i < memory.memoryTypeCount; i++)
		if (allowed & 1u << i && (memory.memoryTypes[i].propertyFlags & flags) == flags)
			return i;
	fail("the device has no memory of the kind that is needed");
}

/* The shader with what it works on. */
struct program {
	VkPipelineLayout layout;
	VkPipeline pipeline;
	VkDescriptorSet set;
	VkCommandBuffer commands;
};

static struct program make_program(const struct gpu *gpu)
{
	const VkDescriptorSetLayoutBinding bindings[] = {
		{ 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL },
		{ 1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL },
	};
	const VkDescriptorSetLayoutCreateInfo set_info = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = 2,
		.pBindings = bindings,
	};
	VkDescriptorSetLayout set_layout;
	const VkPipelineLayoutCreateInfo layout_info = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1,
		.pSetLayouts = &set_layout,
		.pushConstantRangeCount = 1,
		.pPushConstantRanges =
			&(const VkPushConstantRange){ VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(uint32_t[2]) },
	};
	const VkShaderModuleCreateInfo shader_info = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = sizeof(sum_spirv),
		.pCode = sum_spirv,
	};
	VkComputePipelineCreateInfo pipeline_info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.pName = "main",
		},
	};
	const VkDescriptorPoolCreateInfo pool_info = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = 1,
		.pPoolSizes = &(const VkDescriptorPoolSize){ VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2 },
	};
	VkDescriptorSetAllocateInfo set_allocation = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1,
		.pSetLayouts = &set_layout,
	};
	const VkCommandPoolCreateInfo command_pool_info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
		.queueFamilyIndex = gpu->family,
	};
	VkCommandBufferAllocateInfo command_allocation = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandBufferCount = 1,
	};
	struct program made;

	vk(vkCreateDescriptorSetLayout, gpu->device, &set_info, NULL, &set_layout);
	vk(vkCreatePipelineLayout, gpu->device, &layout_info, NULL, &made.layout);
	vk(vkCreateShaderModule, gpu->device, &shader_info, NULL, &pipeline_info.stage.module);
	pipeline_info.layout = made.layout;
	vk(vkCreateComputePipelines, gpu->device, NULL, 1, &pipeline_info, NULL, &made.pipeline);
	vk(vkCreateDescriptorPool, gpu->device, &pool_info, NULL, &set_allocation.descriptorPool);
	vk(vkAllocateDescriptorSets, gpu->device, &set_allocation, &made.set);
	vk(vkCreateCommandPool, gpu->device, &command_pool_info, NULL,
	   &command_allocation.commandPool);
	vk(vkAllocateCommandBuffers, gpu->device, &command_allocation, &made.commands);
	return made;
}

/* Has the device sum a range of a buffer into another one, and waits for it. */
static void sum_range(const struct gpu *gpu, const struct program *program,
		      const VkDescriptorBufferInfo *words, VkBuffer sums,
		      const uint32_t first_and_count[2])
{
	const VkDescriptorBufferInfo out = { sums, 0, VK_WHOLE_SIZE };
	const VkWriteDescriptorSet writes[] = { {
		.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
		.dstSet = program->set,
		.dstBinding = 0,
		.descriptorCount = 1,
		.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.pBufferInfo = words,
	}, {
		.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
		.dstSet = program->set,
		.dstBinding = 1,
		.descriptorCount = 1,
		.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.pBufferInfo = &out,
	} };
	/* Acquires the buffer from the process that filled it, for this queue. */
	const VkBufferMemoryBarrier acquire = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
		.dstAccessMask = VK_ACCESS_SHADER_READ_BIT,
		.srcQueueFamilyIndex = VK_QUEUE_FAMILY_EXTERNAL,
		.dstQueueFamilyIndex = gpu->family,
		.buffer = words->buffer,
		.size = VK_WHOLE_SIZE,
	};
	const VkMemoryBarrier to_cpu = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT,
	};
	const VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
	};
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &program->commands,
	};
	VkCommandBuffer commands = program->commands;

	vkUpdateDescriptorSets(gpu->device, 2, writes, 0, NULL);
	vk(vkBeginCommandBuffer, commands, &begin);
	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT,
			     VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 0, NULL, 1, &acquire, 0, NULL);
	vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, program->pipeline);
	vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, program->layout, 0, 1,
				&program->set, 0, NULL);
	vkCmdPushConstants(commands, program->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(uint32_t[2]),
			   first_and_count);
	vkCmdDispatch(commands, GROUPS, 1, 1);
	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
			     VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &to_cpu, 0, NULL, 0, NULL);
	vk(vkEndCommandBuffer, commands);
	vk(vkQueueSubmit, gpu->queue, 1, &submit, NULL);
	vk(vkQueueWaitIdle, gpu->queue);
}

#endif
