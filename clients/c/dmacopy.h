/* SPDX-License-Identifier: MIT */
/*
 * Takes the buffers that `dmacopy copy --serve` and `--exec` hand over. One header, Linux only:
 *
 *	struct dmacopy_buffers got;
 *
 *	if (dmacopy_receive("/run/model.sock", &got) == 0) {
 *		... mmap(..., got.fds[0], 0), got.manifest is JSON ...
 *		dmacopy_close(&got);
 *	}
 */
#ifndef DMACOPY_H
#define DMACOPY_H

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The most descriptors that one message can carry: SCM_MAX_FD. */
#define DMACOPY_MESSAGE_FDS 253
#define DMACOPY_TIMEOUT_SECONDS 10
/* More than any manifest has. */
#define DMACOPY_MAX_MANIFEST_BYTES (64 << 20)

/* linux/fcntl.h, which can't be included beside fcntl.h */
#define DMACOPY_F_GET_SEALS 1034
#define DMACOPY_F_SEAL_SHRINK 2

struct dmacopy_buffers {
	int count;
	int *fds;	/* memfds or dma-bufs, in the manifest's order */
	char *manifest; /* JSON, ends with a zero byte; NULL where there is none */
};

static inline void dmacopy_close(struct dmacopy_buffers *buffers)
{
	for (int i = 0; i < buffers->count; i++)
		close(buffers->fds[i]);
	free(buffers->fds);
	free(buffers->manifest);
	memset(buffers, 0, sizeof(*buffers));
}

static inline int dmacopy_keep_(struct dmacopy_buffers *out, struct msghdr *message)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h)) {
		const int more = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int *fds;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		fds = (int *)realloc(out->fds, (out->count + more) * sizeof(int));
		if (!fds) {
			for (int i = 0, fd; i < more; i++) {
				memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
				close(fd);
			}
			return -ENOMEM;
		}
		memcpy(fds + out->count, CMSG_DATA(h), more * sizeof(int));
		out->fds = fds;
		out->count += more;
	}
	return 0;
}

static inline int dmacopy_read_all_(int fd, struct dmacopy_buffers *out)
{
	size_t length = 0, room = 0;

	for (;;) {
		union {
			struct cmsghdr align;
			char space[CMSG_SPACE(DMACOPY_MESSAGE_FDS * sizeof(int))];
		} control;
		struct iovec text;
		struct msghdr message;
		ssize_t got;
		int wrong;

		if (room - length < 4096) {
			char *larger = (char *)realloc(out->manifest, room = 2 * room + 8192);

			if (!larger)
				return -ENOMEM;
			out->manifest = larger;
		}
		text.iov_base = out->manifest + length;
		text.iov_len = room - length - 1;
		memset(&message, 0, sizeof(message));
		message.msg_iov = &text;
		message.msg_iovlen = 1;
		message.msg_control = control.space;
		message.msg_controllen = sizeof(control.space);
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		wrong = dmacopy_keep_(out, &message);
		if (wrong)
			return wrong;
		if (message.msg_flags & MSG_CTRUNC)
			return -EMFILE;
		length += got;
		if (length > DMACOPY_MAX_MANIFEST_BYTES)
			return -EMSGSIZE;
		out->manifest[length] = 0;
		if (got == 0)
			return length ? 0 : -ENODATA;
	}
}

/* Whether the sender could cut one of them short, so that reading it here ends in SIGBUS. */
static inline int dmacopy_can_shrink_(const struct dmacopy_buffers *buffers)
{
	for (int i = 0; i < buffers->count; i++) {
		/* A dma-buf has no seals, and no need of any: EINVAL. */
		const int seals = fcntl(buffers->fds[i], DMACOPY_F_GET_SEALS);

		if (seals >= 0 && !(seals & DMACOPY_F_SEAL_SHRINK))
			return 1;
	}
	return 0;
}

/*
 * Gets the buffers that are served at the socket `path`; close them with dmacopy_close().
 * Returns 0, or -errno: -ECONNREFUSED if no server listens there, -ENODATA if the server refuses this client,
 * -EMSGSIZE if the message is longer than any manifest, -EPERM if a memfd is not sealed against
 * shrinking.
 */
static inline int dmacopy_receive(const char *path, struct dmacopy_buffers *out)
{
	struct timeval limit;
	struct sockaddr_un address;
	int fd, wrong = 0;

	memset(out, 0, sizeof(*out));
	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	memset(&limit, 0, sizeof(limit));
	limit.tv_sec = DMACOPY_TIMEOUT_SECONDS;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		wrong = -errno;
	if (!wrong)
		wrong = dmacopy_read_all_(fd, out);
	if (!wrong && dmacopy_can_shrink_(out))
		wrong = -EPERM;
	close(fd);
	if (wrong)
		dmacopy_close(out);
	return wrong;
}

/* The number of buffers that `copy --exec` started this program with: descriptors 3, 4 and so on. */
static inline int dmacopy_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	return pid && count && atol(pid) == (long)getpid() ? atoi(count) : 0;
}

/* The manifest that `copy --exec` handed over, to be freed; NULL where there is none. */
static inline char *dmacopy_inherited_manifest(void)
{
	const char *number = getenv("DMACOPY_MANIFEST");
	const int fd = number && dmacopy_inherited() ? atoi(number) : -1;
	const off_t length = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	char *text = length < 0 || length > DMACOPY_MAX_MANIFEST_BYTES ? NULL : (char *)malloc(length + 1);

	if (text && (lseek(fd, 0, SEEK_SET) < 0 || read(fd, text, length) != length)) {
		free(text);
		text = NULL;
	}
	if (text)
		text[length] = 0;
	return text;
}

/* To call before the CPU reads a mapped dma-buf, and (`end`) after. A memfd needs neither. */
static inline int dmacopy_sync_read(int fd, int end)
{
	struct dma_buf_sync sync;

	memset(&sync, 0, sizeof(sync));
	sync.flags = DMA_BUF_SYNC_READ | (end ? DMA_BUF_SYNC_END : DMA_BUF_SYNC_START);
	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 ? -errno : 0;
}

#endif
