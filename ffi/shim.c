/* SPDX-License-Identifier: MIT */
/*
 * The system calls that dmacopy needs, for Deno's FFI. errno is lost on the way to JavaScript, so
 * every function returns the call's result or -errno. No policy in here: defaults and short counts
 * are the caller's, and so is EINTR of the calls that have a nonblocking form; the others repeat
 * themselves. Structs are filled into the caller's arrays.
 */
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <liburing.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/fs.h>
#include <linux/udmabuf.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

/* Linux 6.5 and 6.1; Debian 12's headers are older. */
#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define SCRATCH_BYTES (1 << 20)
/* The largest page of any architecture, and so the largest block of a disk. */
#define SCRATCH_ALIGN (64 << 10)
/* SCM_MAX_FD, which no header defines. */
#define MAX_DESCRIPTORS 253

static int64_t result(int64_t ret)
{
	return ret < 0 ? -errno : ret;
}

static int64_t nanoseconds(struct timespec t)
{
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t microseconds(struct timeval t)
{
	return t.tv_sec * INT64_C(1000000) + t.tv_usec;
}

/* A file that grows beyond ulimit -f must give EFBIG, not end the process, as with broken pipes in Deno. */
__attribute__((constructor)) static void ignore_file_limit(void)
{
	signal(SIGXFSZ, SIG_IGN);
}

/* Files */

int32_t shim_open(const char *path, int32_t flags, uint32_t mode)
{
	return result(TEMP_FAILURE_RETRY(open(path, flags, mode)));
}

int32_t shim_fchmod(int32_t fd, uint32_t mode)
{
	return result(fchmod(fd, mode));
}

/* Gives a name to a file that was opened without one. */
int32_t shim_link(int32_t fd, const char *path)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return result(linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

int32_t shim_dup(int32_t fd, int32_t least)
{
	return result(fcntl(fd, F_DUPFD_CLOEXEC, least));
}

int32_t shim_close(int32_t fd)
{
	/* The descriptor is closed in any case; see close(2). */
	return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

int64_t shim_lseek(int32_t fd, int64_t offset, int32_t whence)
{
	return result(lseek(fd, offset, whence));
}

int64_t shim_pread(int32_t fd, void *to, uint64_t bytes, int64_t offset)
{
	return result(pread(fd, to, bytes, offset));
}

int64_t shim_pwrite(int32_t fd, const void *from, uint64_t bytes, int64_t offset)
{
	return result(pwrite(fd, from, bytes, offset));
}

/* out: size, mtime (s, ns), ctime (s, ns), mode, device, inode */
static int32_t status(int dir, const char *path, int flags, int64_t out[8])
{
	struct statx s;

	if (statx(dir, path, flags, STATX_BASIC_STATS, &s) < 0)
		return -errno;
	out[0] = s.stx_size;
	out[1] = s.stx_mtime.tv_sec;
	out[2] = s.stx_mtime.tv_nsec;
	out[3] = s.stx_ctime.tv_sec;
	out[4] = s.stx_ctime.tv_nsec;
	out[5] = s.stx_mode;
	out[6] = makedev(s.stx_dev_major, s.stx_dev_minor);
	out[7] = s.stx_ino;
	return 0;
}

int32_t shim_fstat(int32_t fd, int64_t out[8])
{
	return status(fd, "", AT_EMPTY_PATH, out);
}

/* Of a file that this process may read. As opening it does, NFS asks the server anew. */
int32_t shim_stat(const char *path, int64_t out[8])
{
	if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0)
		return -errno;
	return status(AT_FDCWD, path, AT_STATX_FORCE_SYNC, out);
}

/* out: whether the filesystem says, memory alignment, offset alignment */
int32_t shim_dio_align(int32_t fd, uint32_t out[3])
{
	struct statx s;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &s) < 0)
		return -errno;
	out[0] = !!(s.stx_mask & STATX_DIOALIGN);
	out[1] = s.stx_dio_mem_align;
	out[2] = s.stx_dio_offset_align;
	return 0;
}

int64_t shim_fs_type(int32_t fd)
{
	struct statfs s;

	return fstatfs(fd, &s) < 0 ? -errno : (int64_t)(uint32_t)s.f_type;
}

int32_t shim_ftruncate(int32_t fd, int64_t bytes)
{
	return result(TEMP_FAILURE_RETRY(ftruncate(fd, bytes)));
}

int32_t shim_fallocate(int32_t fd, int64_t bytes)
{
	return result(fallocate(fd, 0, 0, bytes));
}

int32_t shim_fsync(int32_t fd)
{
	return result(fsync(fd));
}

int32_t shim_fadvise(int32_t fd, int64_t offset, int64_t bytes, int32_t advice)
{
	return -posix_fadvise(fd, offset, bytes, advice);
}

/* out: FS_*_FL */
int32_t shim_get_attributes(int32_t fd, int32_t out[1])
{
	return result(ioctl(fd, FS_IOC_GETFLAGS, out));
}

int32_t shim_set_attributes(int32_t fd, int32_t attributes)
{
	return result(ioctl(fd, FS_IOC_SETFLAGS, &attributes));
}

int32_t shim_set_fd_flags(int32_t fd, int32_t flags)
{
	return result(fcntl(fd, F_SETFD, flags));
}

/* Writes a folder's names into out, each with its zero byte; returns their length. */
int64_t shim_list(const char *path, char *out, uint64_t bytes)
{
	DIR *folder = opendir(path);
	uint64_t used = 0;
	int64_t ret = 0;

	if (!folder)
		return -errno;
	for (;;) {
		struct dirent *entry;
		size_t length;

		errno = 0;
		entry = readdir(folder);
		if (!entry) {
			ret = -errno;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		length = strlen(entry->d_name) + 1;
		if (length > bytes - used) {
			ret = -ENOBUFS;
			break;
		}
		memcpy(out + used, entry->d_name, length);
		used += length;
	}
	closedir(folder);
	return ret < 0 ? ret : (int64_t)used;
}

/* Page cache */

/* out: pages cached, dirty, under writeback, evicted, recently evicted */
int32_t shim_cachestat(int32_t fd, uint64_t offset, uint64_t bytes, uint64_t out[5])
{
	const uint64_t range[2] = { offset, bytes };

	return result(syscall(__NR_cachestat, fd, range, out, 0));
}

/* Counts the resident pages of the file's first bytes. */
int64_t shim_mincore(int32_t fd, uint64_t bytes)
{
	const uint64_t page = sysconf(_SC_PAGESIZE);
	const uint64_t pages = bytes / page + !!(bytes % page);
	unsigned char *resident;
	int64_t ret = -ENOMEM;
	void *map;

	map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	resident = malloc(pages);
	if (resident) {
		ret = result(mincore(map, bytes, resident));
		for (uint64_t i = 0; ret >= 0 && i < pages; i++)
			ret += resident[i] & 1;
	}
	free(resident);
	munmap(map, bytes);
	return ret;
}

/* Memory */

int64_t shim_page_bytes(void)
{
	return result(sysconf(_SC_PAGESIZE));
}

int64_t shim_mmap(void *address, uint64_t bytes, int32_t prot, int32_t flags, int32_t fd,
		  int64_t offset)
{
	void *map = mmap(address, bytes, prot, flags, fd, offset);

	return map == MAP_FAILED ? -errno : (int64_t)(uintptr_t)map;
}

int32_t shim_munmap(void *address, uint64_t bytes)
{
	return result(munmap(address, bytes));
}

int32_t shim_madvise(void *address, uint64_t bytes, int32_t advice)
{
	return result(madvise(address, bytes, advice));
}

/* Makes whole huge pages of a memfd, whatever its policy: an extent with no page at all can't collapse. */
int32_t shim_collapse(char *address, uint64_t bytes, uint64_t huge_bytes)
{
	if (!huge_bytes || bytes % huge_bytes)
		return -EINVAL;
	for (uint64_t at = 0; at < bytes; at += huge_bytes)
		if (madvise(address + at, 1, MADV_POPULATE_WRITE) < 0)
			return -errno;
	return result(madvise(address, bytes, MADV_COLLAPSE));
}

void shim_peek(void *out, const void *from, uint64_t bytes)
{
	memcpy(out, from, bytes);
}

int64_t shim_copy(void *to, const void *from, uint64_t bytes)
{
	memcpy(to, from, bytes);
	return bytes;
}

/* Returns the number of equal bytes, from the start on. */
int64_t shim_compare(const void *a, const void *b, uint64_t bytes)
{
	const unsigned char *x = a, *y = b;
	uint64_t same = 0;

	if (!memcmp(a, b, bytes))
		return bytes;
	while (x[same] == y[same])
		same++;
	return same;
}

/* memory -> file by the file's mapping, of which only that part is mapped for as long */
int64_t shim_copy_in(int32_t fd, int64_t offset, const void *from, uint64_t bytes)
{
	const uint64_t head = offset & (sysconf(_SC_PAGESIZE) - 1);
	uint64_t whole;
	char *map;

	if (offset < 0 || __builtin_add_overflow(head, bytes, &whole))
		return -EINVAL;
	map = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset - head);
	if (map == MAP_FAILED)
		return -errno;
	memcpy(map + head, from, bytes);
	munmap(map, whole);
	return bytes;
}

int32_t shim_memfd_create(const char *name, uint32_t flags)
{
	return result(memfd_create(name, flags));
}

int32_t shim_add_seals(int32_t fd, int32_t seals)
{
	return result(fcntl(fd, F_ADD_SEALS, seals));
}

int32_t shim_get_seals(int32_t fd)
{
	return result(fcntl(fd, F_GET_SEALS));
}

/* dma-buf */

int32_t shim_dma_heap_alloc(int32_t heap, uint64_t bytes, uint32_t flags)
{
	struct dma_heap_allocation_data data = {
		.len = bytes,
		.fd_flags = flags,
	};

	return ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) < 0 ? -errno : (int32_t)data.fd;
}

int32_t shim_udmabuf_create(int32_t device, int32_t memfd, uint64_t offset, uint64_t bytes)
{
	struct udmabuf_create data = {
		.memfd = memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.offset = offset,
		.size = bytes,
	};

	return result(ioctl(device, UDMABUF_CREATE, &data));
}

/* parts: memfd, offset, size */
int32_t shim_udmabuf_create_list(int32_t device, const uint64_t parts[][3], uint32_t count)
{
	struct udmabuf_create_list *data;
	int32_t ret;

	data = calloc(1, sizeof(*data) + count * sizeof(data->list[0]));
	if (!data)
		return -ENOMEM;
	data->flags = UDMABUF_FLAGS_CLOEXEC;
	data->count = count;
	for (uint32_t i = 0; i < count; i++) {
		data->list[i].memfd = parts[i][0];
		data->list[i].offset = parts[i][1];
		data->list[i].size = parts[i][2];
	}
	ret = result(ioctl(device, UDMABUF_CREATE_LIST, data));
	free(data);
	return ret;
}

int32_t shim_dma_buf_sync(int32_t fd, uint64_t flags)
{
	struct dma_buf_sync data = { .flags = flags };
	int ret;

	/* The call waits for devices. Restart it after either error; see "Userspace Interface Notes" of dma-buf. */
	do {
		ret = ioctl(fd, DMA_BUF_IOCTL_SYNC, &data);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return result(ret);
}

/* Video: moves frames of V4L2 devices into dma-bufs. type is V4L2_BUF_TYPE_*. */

/* Few calls restart by themselves. */
static int video(int fd, unsigned long request, void *arg)
{
	return TEMP_FAILURE_RETRY(ioctl(fd, request, arg));
}

/* out: V4L2_CAP_* */
int32_t shim_video_capabilities(int32_t fd, uint32_t out[1])
{
	struct v4l2_capability device;

	if (video(fd, VIDIOC_QUERYCAP, &device) < 0)
		return -errno;
	out[0] = device.capabilities & V4L2_CAP_DEVICE_CAPS ? device.device_caps :
							      device.capabilities;
	return 0;
}

/*
 * io: width, height, fourcc, planes; then of each plane: bytes, bytes per line. What is set is what
 * the device makes of it.
 */
int32_t shim_video_format(int32_t fd, uint32_t type, uint32_t set, uint32_t io[4 + 2 * 8])
{
	struct v4l2_format format = { .type = type };
	const int many = V4L2_TYPE_IS_MULTIPLANAR(type);
	struct v4l2_pix_format_mplane *planar = &format.fmt.pix_mp;
	struct v4l2_pix_format *single = &format.fmt.pix;

	if (video(fd, VIDIOC_G_FMT, &format) < 0)
		return -errno;
	if (set && many) {
		planar->width = io[0];
		planar->height = io[1];
		planar->pixelformat = io[2];
		planar->field = V4L2_FIELD_ANY;
		memset(planar->plane_fmt, 0, sizeof(planar->plane_fmt));
	} else if (set) {
		single->width = io[0];
		single->height = io[1];
		single->pixelformat = io[2];
		single->field = V4L2_FIELD_ANY;
		single->bytesperline = 0;
		single->sizeimage = 0;
	}
	if (set && video(fd, VIDIOC_S_FMT, &format) < 0)
		return -errno;
	io[0] = many ? planar->width : single->width;
	io[1] = many ? planar->height : single->height;
	io[2] = many ? planar->pixelformat : single->pixelformat;
	io[3] = many ? planar->num_planes : 1;
	for (uint32_t i = 0; i < io[3] && i < VIDEO_MAX_PLANES; i++) {
		io[4 + 2 * i] = many ? planar->plane_fmt[i].sizeimage : single->sizeimage;
		io[5 + 2 * i] = many ? planar->plane_fmt[i].bytesperline : single->bytesperline;
	}
	return 0;
}

/* io: the time of a frame in seconds, as numerator and denominator */
int32_t shim_video_rate(int32_t fd, uint32_t type, uint32_t set, uint32_t io[2])
{
	struct v4l2_streamparm parameters = { .type = type };
	struct v4l2_fract *time = &parameters.parm.capture.timeperframe;

	if (video(fd, VIDIOC_G_PARM, &parameters) < 0)
		return -errno;
	if (set) {
		time->numerator = io[0];
		time->denominator = io[1];
		if (video(fd, VIDIOC_S_PARM, &parameters) < 0)
			return -errno;
	}
	io[0] = time->numerator;
	io[1] = time->denominator;
	return 0;
}

static uint64_t frames_per_1000s(const struct v4l2_bt_timings *t)
{
	const uint64_t pixels = (uint64_t)V4L2_DV_BT_FRAME_WIDTH(t) * V4L2_DV_BT_FRAME_HEIGHT(t);

	return pixels ? (t->pixelclock * UINT64_C(1000) + pixels / 2) / pixels : 0;
}

/*
 * Has an input with timings, as HDMI's are, take those of that size and rate: -ENODATA where it has
 * timings and none of these, -ENOTTY where it has no timings.
 */
int32_t shim_video_timings(int32_t fd, uint32_t width, uint32_t height, uint32_t per_1000s)
{
	struct v4l2_enum_dv_timings found = { 0 };

	for (; video(fd, VIDIOC_ENUM_DV_TIMINGS, &found) == 0; found.index++) {
		const struct v4l2_bt_timings *t = &found.timings.bt;

		if (t->interlaced || t->width != width || t->height != height ||
		    (per_1000s && frames_per_1000s(t) != per_1000s))
			continue;
		return result(video(fd, VIDIOC_S_DV_TIMINGS, &found.timings));
	}
	return errno == EINVAL && found.index ? -ENODATA : -ENOTTY;
}

/* Returns the number of buffers; 0 frees them. */
int32_t shim_video_request(int32_t fd, uint32_t type, uint32_t count)
{
	struct v4l2_requestbuffers request = {
		.type = type,
		.memory = V4L2_MEMORY_DMABUF,
		.count = count,
	};

	return video(fd, VIDIOC_REQBUFS, &request) < 0 ? -errno : (int32_t)request.count;
}

static void describe_buffer(struct v4l2_buffer *buffer, struct v4l2_plane *planes, uint32_t type,
			    uint32_t count)
{
	memset(buffer, 0, sizeof(*buffer));
	memset(planes, 0, VIDEO_MAX_PLANES * sizeof(*planes));
	buffer->type = type;
	buffer->memory = V4L2_MEMORY_DMABUF;
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer->m.planes = planes;
		buffer->length = count;
	}
}

int32_t shim_video_queue(int32_t fd, uint32_t type, uint32_t index, const int32_t *fds,
			 uint32_t count)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;

	if (count < 1 || count > VIDEO_MAX_PLANES)
		return -EINVAL;
	describe_buffer(&buffer, planes, type, count);
	buffer.index = index;
	if (buffer.m.planes == planes)
		for (uint32_t i = 0; i < count; i++)
			planes[i].m.fd = fds[i];
	else
		buffer.m.fd = fds[0];
	return result(video(fd, VIDIOC_QBUF, &buffer));
}

/* out: index, sequence, V4L2_BUF_FLAG_*, time (ns); then of each plane: its data's offset and end */
static int32_t video_dequeue(int32_t fd, uint32_t type, int64_t out[4 + 2 * 8])
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;

	describe_buffer(&buffer, planes, type, VIDEO_MAX_PLANES);
	if (video(fd, VIDIOC_DQBUF, &buffer) < 0)
		return -errno;
	out[0] = buffer.index;
	out[1] = buffer.sequence;
	out[2] = buffer.flags;
	out[3] = microseconds(buffer.timestamp) * 1000;
	for (uint32_t i = 0; i < VIDEO_MAX_PLANES; i++) {
		const int many = V4L2_TYPE_IS_MULTIPLANAR(type);

		out[4 + 2 * i] = many ? planes[i].data_offset : 0;
		out[5 + 2 * i] = many ? planes[i].bytesused : buffer.bytesused;
	}
	return 0;
}

/* The words of shim_video_store's `io`. */
enum {
	STORE_DEVICE, STORE_TYPE, STORE_PLANES, STORE_WAKE, STORE_FILE, STORE_BY_RANGE, STORE_ALIGN,
	STORE_POSITION, STORE_LIMIT, STORE_END_NS, STORE_COUNT, STORE_UNTIL_NS, STORE_FAILED, STORE_IO
};
/* The fields of a plane's buffer. */
enum { PLANE_SHARE, PLANE_IO, PLANE_ADDRESS, PLANE_BYTES, PLANE_FACTS };
/* The reasons for its end. */
enum { STORE_OVER, STORE_WOKEN, STORE_IN_HAND };
/* The failed calls. */
enum { STORE_POLL, STORE_DEQUEUE, STORE_QUEUE };

static int64_t round_up(int64_t bytes, int64_t align)
{
	return (bytes + align - 1) / align * align;
}

/* Writes the pages of a dma-buf through another mapping of theirs, once what a device wrote is there. */
static ssize_t write_pages(const int64_t plane[PLANE_FACTS], int64_t start, int64_t bytes, int file,
			   int64_t position)
{
	int32_t ret = shim_dma_buf_sync(plane[PLANE_SHARE], DMA_BUF_SYNC_READ);
	ssize_t moved;

	if (ret < 0)
		return ret;
	moved = pwrite(file, (char *)plane[PLANE_ADDRESS] + start, bytes, position);
	ret = shim_dma_buf_sync(plane[PLANE_SHARE], DMA_BUF_SYNC_READ | DMA_BUF_SYNC_END);
	return ret < 0 ? ret : moved;
}

/* Writes a frame's planes where the last one ended; false if that needs more than plain writes. */
static int store_planes(int64_t io[STORE_IO], const int64_t planes[][PLANE_FACTS],
			const int64_t extents[][2])
{
	int64_t position = io[STORE_POSITION];

	for (int64_t i = 0; i < io[STORE_PLANES]; i++) {
		const int64_t start = extents[i][0], align = io[STORE_ALIGN];
		/* The padding of a frame is the content of its buffer there. */
		const int64_t bytes = round_up(extents[i][1] - start, align);
		off_t from = start, to = position;
		ssize_t moved;

		if (start % align || start + bytes > planes[i][PLANE_BYTES] ||
		    bytes > io[STORE_LIMIT] - position)
			return 0;
		if (io[STORE_BY_RANGE])
			moved = copy_file_range(planes[i][PLANE_IO], &from, io[STORE_FILE], &to,
						bytes, 0);
		else
			moved = write_pages(planes[i], start, bytes, io[STORE_FILE], position);
		if (bytes && moved != bytes)
			return 0;
		position += bytes;
	}
	io[STORE_POSITION] = position;
	return 1;
}

/*
 * Stores frames as they come, each from STORE_POSITION on, and queues their buffers again: until
 * there are STORE_COUNT of them, it is STORE_UNTIL_NS by CLOCK_MONOTONIC, STORE_WAKE can be read, or
 * one comes that is damaged, of STORE_END_NS or later, or can't be written in one go before
 * STORE_LIMIT: that one is left to the caller. So is any where STORE_FILE is -1.
 *
 * ring: of each buffer, of each plane: PLANE_*. out: of each frame what video_dequeue() tells; how many
 * were stored comes back in STORE_COUNT, and the one that is left is behind them.
 */
int32_t shim_video_store(int64_t io[13], const int64_t ring[][8][4], int64_t out[][4 + 2 * 8])
{
	const int64_t count = io[STORE_COUNT];

	for (io[STORE_COUNT] = 0; io[STORE_COUNT] < count; io[STORE_COUNT]++) {
		struct pollfd fds[2] = { { .fd = io[STORE_DEVICE], .events = POLLIN },
					 { .fd = io[STORE_WAKE], .events = POLLIN } };
		int64_t *frame = out[io[STORE_COUNT]];
		int32_t shares[VIDEO_MAX_PLANES], ret;
		struct timespec now;
		int64_t left;

		io[STORE_FAILED] = STORE_POLL;
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = io[STORE_UNTIL_NS] - nanoseconds(now);
		ret = left > 0 ? poll(fds, 2, left / 1000000 + 1) : 0;
		if (ret < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			return STORE_WOKEN;
		if (ret == 0)
			return STORE_OVER;
		io[STORE_FAILED] = STORE_DEQUEUE;
		ret = video_dequeue(io[STORE_DEVICE], io[STORE_TYPE], frame);
		if (ret == -EAGAIN) {
			io[STORE_COUNT]--;
			continue;
		}
		if (ret < 0)
			return ret;
		if (io[STORE_FILE] < 0 || frame[2] & V4L2_BUF_FLAG_ERROR ||
		    frame[3] >= io[STORE_END_NS] ||
		    !store_planes(io, ring[frame[0]], (const int64_t(*)[2])(frame + 4)))
			return STORE_IN_HAND;
		io[STORE_FAILED] = STORE_QUEUE;
		for (int64_t i = 0; i < io[STORE_PLANES]; i++)
			shares[i] = ring[frame[0]][i][PLANE_SHARE];
		ret = shim_video_queue(io[STORE_DEVICE], io[STORE_TYPE], frame[0], shares,
				       io[STORE_PLANES]);
		if (ret < 0) {
			io[STORE_COUNT]++;
			return ret;
		}
	}
	return STORE_OVER;
}

int32_t shim_video_stream(int32_t fd, uint32_t type, uint32_t on)
{
	int value = type;

	return result(video(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &value));
}

/* Transfers. An offset of -1 means the descriptor's own position. */

int32_t shim_pipe(int32_t fds[2])
{
	return result(pipe2(fds, O_CLOEXEC));
}

int32_t shim_set_pipe_bytes(int32_t fd, int32_t bytes)
{
	return result(fcntl(fd, F_SETPIPE_SZ, bytes));
}

int32_t shim_get_pipe_bytes(int32_t fd)
{
	return result(fcntl(fd, F_GETPIPE_SZ));
}

int64_t shim_sendfile(int32_t out, int32_t in, int64_t offset, uint64_t bytes)
{
	return result(sendfile(out, in, offset < 0 ? NULL : &offset, bytes));
}

int64_t shim_splice(int32_t in, int64_t in_offset, int32_t out, int64_t out_offset,
		    uint64_t bytes, uint32_t flags)
{
	return result(splice(in, in_offset < 0 ? NULL : &in_offset, out,
			     out_offset < 0 ? NULL : &out_offset, bytes, flags));
}

int64_t shim_copy_file_range(int32_t in, int64_t in_offset, int32_t out, int64_t out_offset,
			     uint64_t bytes)
{
	return result(copy_file_range(in, in_offset < 0 ? NULL : &in_offset, out,
				      out_offset < 0 ? NULL : &out_offset, bytes, 0));
}

/* Unix sockets, and descriptors through them */

static int32_t address_of(const char *path, struct sockaddr_un *out)
{
	if (strlen(path) >= sizeof(out->sun_path))
		return -ENAMETOOLONG;
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	strcpy(out->sun_path, path);
	return 0;
}

static int32_t close_failed(int fd)
{
	const int error = errno;

	close(fd);
	return -error;
}

/* Sets the mode before the name exists, so that nobody can connect in between. */
int32_t shim_listen(const char *path, uint32_t mode)
{
	struct sockaddr_un address;
	const int32_t wrong = address_of(path, &address);
	int fd;

	if (wrong)
		return wrong;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return close_failed(fd);
	return fd;
}

/* out: the path of a socket that listens, which ends with a zero byte; empty where it has none */
int32_t shim_listener_path(int32_t fd, char out[109])
{
	struct sockaddr_un address;
	socklen_t bytes = sizeof(address);
	int listens = 0;
	socklen_t size = sizeof(listens);

	memset(&address, 0, sizeof(address));
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes) < 0)
		return -errno;
	if (!listens || address.sun_family != AF_UNIX)
		return -EINVAL;
	memcpy(out, address.sun_path, sizeof(address.sun_path));
	out[sizeof(address.sun_path)] = 0;
	return 0;
}

int32_t shim_set_nonblocking(int32_t fd)
{
	const int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -errno : result(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

/* Sends a datagram to the socket at path; one that begins with "@" is in the abstract namespace. */
int32_t shim_notify(const char *path, const char *text)
{
	struct sockaddr_un address;
	const int32_t wrong = address_of(path, &address);
	const socklen_t bytes = offsetof(struct sockaddr_un, sun_path) + strlen(path);
	int32_t ret;
	int fd;

	if (wrong)
		return wrong;
	if (address.sun_path[0] == '@')
		address.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = result(TEMP_FAILURE_RETRY(sendto(fd, text, strlen(text), MSG_NOSIGNAL,
					       (struct sockaddr *)&address, bytes)));
	close(fd);
	return ret < 0 ? ret : 0;
}

static int32_t limit_waits(int fd, uint32_t seconds)
{
	const struct timeval limit = { .tv_sec = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return close_failed(fd);
	return fd;
}

int32_t shim_connect(const char *path, uint32_t seconds)
{
	struct sockaddr_un address;
	const int32_t wrong = address_of(path, &address);
	int fd;

	if (wrong)
		return wrong;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (TEMP_FAILURE_RETRY(connect(fd, (struct sockaddr *)&address, sizeof(address))) < 0)
		return close_failed(fd);
	return limit_waits(fd, seconds);
}

int32_t shim_accept(int32_t fd, uint32_t seconds)
{
	const int client = TEMP_FAILURE_RETRY(accept4(fd, NULL, NULL, SOCK_CLOEXEC));

	return client < 0 ? -errno : limit_waits(client, seconds);
}

int32_t shim_shutdown(int32_t fd, int32_t how)
{
	return result(shutdown(fd, how));
}

/* out: pid, uid, gid */
int32_t shim_peer(int32_t fd, uint32_t out[3])
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) < 0)
		return -errno;
	out[0] = peer.pid;
	out[1] = peer.uid;
	out[2] = peer.gid;
	return 0;
}

/* The groups of the peer besides its own; returns their number. */
int32_t shim_peer_groups(int32_t fd, uint32_t *out, uint32_t count)
{
	socklen_t bytes = count * sizeof(*out);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, out, &bytes) < 0)
		return -errno;
	return bytes / sizeof(*out);
}

/* The number of the group with this name. */
int64_t shim_group_id(const char *name)
{
	const struct group *found;

	errno = 0;
	found = getgrnam(name);
	if (!found)
		return errno ? -errno : -ENOENT;
	return found->gr_gid;
}

/* Waits until one of both can be read, at most ms (-1: forever). Returns 1 for the first, 2 for the other. */
int32_t shim_poll(int32_t fd, int32_t other, int32_t ms)
{
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN }, { .fd = other, .events = POLLIN } };

	if (poll(fds, 2, ms) < 0)
		return -errno;
	return (fds[0].revents ? 1 : 0) | (fds[1].revents ? 2 : 0);
}

union descriptors {
	struct cmsghdr align;
	char space[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int32_t))];
};

int64_t shim_send(int32_t fd, void *data, uint64_t bytes, const int32_t *fds, uint32_t count)
{
	struct iovec text = { .iov_base = data, .iov_len = bytes };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };
	union descriptors control = { 0 };

	if (count > MAX_DESCRIPTORS)
		return -EINVAL;
	if (count) {
		struct cmsghdr *header = &control.align;

		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(*fds));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(*fds));
		memcpy(CMSG_DATA(header), fds, count * sizeof(*fds));
	}
	return result(sendmsg(fd, &message, MSG_NOSIGNAL));
}

/* out: how many descriptors came, then they: room for all that a message can carry */
int64_t shim_receive(int32_t fd, void *data, uint64_t bytes, int32_t out[1 + MAX_DESCRIPTORS])
{
	struct iovec text = { .iov_base = data, .iov_len = bytes };
	union descriptors control = { 0 };
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	const ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header;

	if (got < 0)
		return -errno;
	out[0] = 0;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		const size_t room = header->cmsg_len - CMSG_LEN(0);

		out[0] = room / sizeof(int32_t);
		memcpy(out + 1, CMSG_DATA(header), room);
	}
	return got;
}

/* Processes */

/* count strings that lie one after the other, as execve() wants them */
static char **strings(char *text, uint32_t count)
{
	char **list = calloc((size_t)count + 1, sizeof(*list));

	for (uint32_t i = 0; list && i < count; i++, text += strlen(text) + 1)
		list[i] = text;
	return list;
}

static void become(char **argv, char **env, char *pid, int32_t *fds, uint32_t count, int report)
{
	const int first = STDERR_FILENO + 1;
	sigset_t none;
	int error, far;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	/* All descriptors leave the numbers 3 and up before any takes one. */
	far = fcntl(report, F_DUPFD_CLOEXEC, first + count);
	if (far < 0)
		goto failed;
	report = far;
	for (uint32_t i = 0; i < count; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, first + count);
		if (fds[i] < 0)
			goto failed;
	}
	/* They stay open in the program: gcc's analyzer reports the result of dup2() as a leak. */
	for (uint32_t i = 0; i < count; i++) {
		close(first + i);
		if (fcntl(fds[i], F_DUPFD, first + i) < 0)
			goto failed;
	}
	sprintf(pid, "%d", getpid());
	execvpe(argv[0], argv, env);
failed:
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * Runs a program with fds as its descriptors from 3 on. The last string of env ends in room for the
 * program's process ID, which is unknown before it runs. Returns that ID.
 */
int32_t shim_spawn(char *argv_text, uint32_t argc, char *env_text, uint32_t envc, int32_t *fds,
		   uint32_t count)
{
	const size_t variables = envc;
	char **argv = strings(argv_text, argc);
	char **env = strings(env_text, variables);
	int pipe[2] = { -1, -1 };
	int error = ENOMEM;
	pid_t pid = -1;

	if (argv && env && variables > 0 && pipe2(pipe, O_CLOEXEC) == 0) {
		pid = fork();
		if (pid == 0)
			become(argv, env, env[variables - 1] + strlen(env[variables - 1]), fds, count, pipe[1]);
		error = pid < 0 ? errno : 0;
		close(pipe[1]);
		if (pid > 0 && TEMP_FAILURE_RETRY(read(pipe[0], &error, sizeof(error))) > 0)
			TEMP_FAILURE_RETRY(waitpid(pid, NULL, 0));
		close(pipe[0]);
	}
	free(argv);
	free(env);
	return error ? -error : pid;
}

/* The status as in a shell. */
int32_t shim_wait(int32_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* io_uring. The ring lives in the caller's buffer. */

uint64_t shim_ring_bytes(void)
{
	return sizeof(struct io_uring);
}

int32_t shim_ring_init(void *ring, uint32_t entries)
{
	return io_uring_queue_init(entries, ring, 0);
}

void shim_ring_exit(void *ring)
{
	io_uring_queue_exit(ring);
}

int32_t shim_ring_slots(void *ring, uint32_t slots)
{
	return io_uring_register_buffers_sparse(ring, slots);
}

int32_t shim_ring_register(void *ring, uint32_t slot, void *address, uint64_t bytes)
{
	const struct iovec memory = { .iov_base = address, .iov_len = bytes };
	const __u64 tag = 0;

	return io_uring_register_buffers_update_tag(ring, slot, &memory, &tag, 1);
}

/* Queues one read into a registered slot. */
int32_t shim_ring_read(void *ring, int32_t fd, void *to, uint32_t bytes, int64_t offset,
		       uint32_t slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe)
		return -EBUSY;
	io_uring_prep_read_fixed(sqe, fd, to, bytes, offset, slot);
	sqe->user_data = slot;
	return 0;
}

int32_t shim_ring_submit(void *ring)
{
	return io_uring_submit(ring);
}

/* Waits until a read is done; does not touch the submission side. */
int32_t shim_ring_wait(void *ring)
{
	struct io_uring_cqe *cqe;

	return io_uring_wait_cqe(ring, &cqe);
}

/* out: slot, result of what is done; returns how many */
int32_t shim_ring_reap(void *ring, int64_t out[][2], uint32_t count)
{
	struct io_uring_cqe *cqe;
	uint32_t done = 0;

	while (done < count && io_uring_peek_cqe(ring, &cqe) == 0) {
		out[done][0] = cqe->user_data;
		out[done++][1] = cqe->res;
		io_uring_cqe_seen(ring, cqe);
	}
	return done;
}

/* XXH64: under emulation, as in the lab, it is several times as fast as XXH3 with its vectors. */

uint64_t shim_hash_state_bytes(void)
{
	return sizeof(XXH64_state_t);
}

void shim_hash_reset(void *state)
{
	XXH64_reset(state, 0);
}

int64_t shim_hash_memory(void *state, const void *from, uint64_t bytes)
{
	XXH64_update(state, from, bytes);
	return bytes;
}

/* Hashes at most the given bytes of the file, fewer at its end; the scratch suits O_DIRECT. */
int64_t shim_hash_file(void *state, int32_t fd, int64_t offset, uint64_t bytes)
{
	void *scratch = aligned_alloc(SCRATCH_ALIGN, SCRATCH_BYTES);
	uint64_t done = 0;
	ssize_t got = 1;

	if (!scratch)
		return -ENOMEM;
	while (done < bytes && got > 0) {
		const uint64_t left = bytes - done;

		got = pread(fd, scratch, left < SCRATCH_BYTES ? left : SCRATCH_BYTES, offset + done);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0) {
			XXH64_update(state, scratch, got);
			done += got;
		}
	}
	if (got < 0)
		got = -errno;
	free(scratch);
	return got < 0 ? got : (int64_t)done;
}

uint64_t shim_hash_digest(const void *state)
{
	return XXH64_digest(state);
}

/* Clocks and accounting */

int64_t shim_clock(int32_t clock)
{
	struct timespec now;

	return clock_gettime(clock, &now) < 0 ? -errno : nanoseconds(now);
}

/* out: user (µs), system (µs), maxrss (KiB), minor faults, major faults */
int32_t shim_getrusage(int32_t who, int64_t out[5])
{
	struct rusage usage;

	if (getrusage(who, &usage) < 0)
		return -errno;
	out[0] = microseconds(usage.ru_utime);
	out[1] = microseconds(usage.ru_stime);
	out[2] = usage.ru_maxrss;
	out[3] = usage.ru_minflt;
	out[4] = usage.ru_majflt;
	return 0;
}

int32_t shim_kernel_release(char *out, uint64_t bytes)
{
	struct utsname name;
	const uint64_t wanted = sizeof(name.release);

	if (uname(&name) < 0)
		return -errno;
	memcpy(out, name.release, bytes < wanted ? bytes : wanted);
	return 0;
}
