#version 450
// SPDX-License-Identifier: MIT
// Each invocation sums every so many words of a tensor: as they are, and as floats.
layout(local_size_x = 64) in;

layout(push_constant) uniform Range {
	uint first;
	uint count;
};
layout(std430, binding = 0) readonly buffer Tensor {
	uint words[];
};
layout(std430, binding = 1) writeonly buffer Sums {
	uvec2 sums[];
};

void main()
{
	const uint step = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
	uint checksum = 0;
	float sum = 0.0;

	for (uint i = gl_GlobalInvocationID.x; i < count; i += step) {
		checksum += words[first + i];
		sum += uintBitsToFloat(words[first + i]);
	}
	sums[gl_GlobalInvocationID.x] = uvec2(checksum, floatBitsToUint(sum));
}
