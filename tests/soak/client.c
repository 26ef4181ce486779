/* SPDX-License-Identifier: MIT */
/*
 * soak_client SOCKET HOW MICROSECONDS: a client of --serve that gets everything and prints the sum of
 * the first buffer's bytes ("all"), or dies: before it reads ("early"), while it reads ("midway"),
 * or with the buffers mapped ("mapped").
 */
#include <dmacopy.h>
#include <stdio.h>
#include <sys/mman.h>

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		_exit(2);
	return fd;
}

static void take_some(int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(DMACOPY_MESSAGE_FDS * sizeof(int))];
	} control;
	char byte;
	struct iovec text = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};

	recvmsg(fd, &message, 0);
}

int main(int argc, char **argv)
{
	const char *how = argv[2];
	struct dmacopy_buffers got;
	const unsigned char *memory;
	unsigned long sum = 0;
	off_t bytes;

	if (argc != 4)
		return 2;
	if (!strcmp(how, "early") || !strcmp(how, "midway")) {
		const int fd = connect_to(argv[1]);

		if (*how == 'm')
			take_some(fd);
		usleep(atoi(argv[3]));
		_exit(0);
	}
	if (dmacopy_receive(argv[1], &got) < 0)
		return 3;
	bytes = lseek(got.fds[0], 0, SEEK_END);
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, got.fds[0], 0);
	if (memory == MAP_FAILED)
		return 4;
	for (off_t i = 0; i < bytes; i += 4096)
		sum += memory[i];
	usleep(atoi(argv[3]));
	if (!strcmp(how, "mapped"))
		_exit(0);
	printf("%lu\n", sum);
	dmacopy_close(&got);
	return 0;
}
