/* SPDX-License-Identifier: MIT */
/*
 * Measures capturing to a file without dmacopy: frames of a single-planar V4L2
 * device into buffers of its own, mapped here (V4L2_MEMORY_MMAP), and from there by write(2).
 *
 *	mmap_capture DEVICE FILE FRAMES
 *
 * The format is as the device has it. Prints the frames, those that the driver dropped, and the CPU
 * time of this process in ms, as JSON.
 */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define RING 8
#define SILENCE_MS 10000

static void check(int is_well, const char *what)
{
	if (is_well)
		return;
	perror(what);
	exit(1);
}

static double cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static void write_all(int file, const char *from, size_t bytes)
{
	for (ssize_t done; bytes; from += done, bytes -= done) {
		done = write(file, from, bytes);
		check(done > 0, "write");
	}
}

int main(int argc, char **argv)
{
	struct v4l2_requestbuffers request = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.count = RING,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE, device, file;
	uint32_t dropped = 0, last = 0;
	char *memory[RING];
	double start;

	if (argc != 4)
		return 2;
	device = open(argv[1], O_RDWR | O_NONBLOCK);
	check(device >= 0, argv[1]);
	file = open(argv[2], O_WRONLY | O_CREAT | O_EXCL, 0644);
	check(file >= 0, argv[2]);
	check(ioctl(device, VIDIOC_REQBUFS, &request) == 0 && request.count <= RING, "REQBUFS");
	for (uint32_t i = 0; i < request.count; i++) {
		struct v4l2_buffer buffer = { .type = type, .memory = request.memory, .index = i };

		check(ioctl(device, VIDIOC_QUERYBUF, &buffer) == 0, "QUERYBUF");
		memory[i] = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, device, buffer.m.offset);
		check(memory[i] != MAP_FAILED, "mmap");
		check(ioctl(device, VIDIOC_QBUF, &buffer) == 0, "QBUF");
	}
	start = cpu_ms();
	check(ioctl(device, VIDIOC_STREAMON, &type) == 0, "STREAMON");
	for (int frame = 0; frame < atoi(argv[3]); frame++) {
		struct v4l2_buffer buffer = { .type = type, .memory = request.memory };
		struct pollfd wait = { .fd = device, .events = POLLIN };

		check(poll(&wait, 1, SILENCE_MS) == 1, "poll");
		check(ioctl(device, VIDIOC_DQBUF, &buffer) == 0, "DQBUF");
		dropped += frame ? buffer.sequence - last - 1 : 0;
		last = buffer.sequence;
		write_all(file, memory[buffer.index], buffer.bytesused);
		check(ioctl(device, VIDIOC_QBUF, &buffer) == 0, "QBUF");
	}
	check(ioctl(device, VIDIOC_STREAMOFF, &type) == 0, "STREAMOFF");
	check(fsync(file) == 0, "fsync");
	printf("{\"frames\":%s,\"dropped\":%u,\"cpuMs\":%.3f}\n", argv[3], dropped,
	       cpu_ms() - start);
	return 0;
}
