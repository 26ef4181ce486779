/* SPDX-License-Identifier: MIT */
/*
 * random_ops SEED SECONDS FOLDER: processes that do at random what can be done with dma-bufs and
 * files, all with the same ones, and are killed at random, while free memory is full of what nobody
 * may see. Round by round, until the time is over: then nobody is left, a copy must give the data,
 * and no buffer nor file may hold what nobody put there. Prints how often each operation went well;
 * an error that is none of those expected ends it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/falloc.h>
#include <linux/udmabuf.h>

#define BYTES (2 << 20)
#define PAGE 4096
#define WORKERS 4
#define BUFFERS 6
#define MEMFDS 3
#define FILES 3
/* Each word of a file is this, or zero, and so is each of a buffer. */
#define MARK 0x646d61636f707921ull
/* The content of freed memory, which nobody must see. */
#define STALE 0x7374616c65737461ull

/* drm.h is not everywhere: hands a dma-buf to a device, which attaches itself and maps it. */
struct drm_prime_handle {
	uint32_t handle, flags;
	int32_t fd;
};
#define DRM_IOCTL_PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct drm_prime_handle)

struct things {
	int memfds[MEMFDS];
	int buffers[BUFFERS];
	/* Each file twice: buffered and direct. */
	int files[2 * FILES];
};

enum operation {
	LOAD, SAVE, BUFFER_TO_MEMFD, MEMFD_TO_FILE, FILE_TO_MEMFD, SEAL, RESIZE, PUNCH, MMAP, READ,
	SYNC, ATTACH, CLOSE, DROP, DIRTY, FRESH, OPERATIONS
};

static const char *const names[OPERATIONS] = {
	"load", "save", "buffer to memfd", "memfd to file", "file to memfd", "seal", "resize",
	"punch", "mmap", "read", "sync", "attach", "close", "drop", "dirty", "fresh",
};

/* Seen by all processes. */
static uint32_t *done;
static const char *folder;
static uint64_t state;

static uint64_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dull;
}

static uint32_t below(uint32_t end)
{
	return (any() >> 32) % end;
}

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static int must(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

/* The errors that any call may give while others seal, cut, close and use up memory. */
static bool expected(int error)
{
	static const int errors[] = {
		EINVAL, EPERM, EBUSY, EFBIG, ENOMEM, EOPNOTSUPP, EINTR, EFAULT, ENOSPC, EXDEV, EAGAIN,
		/* No vgem. */
		ENOENT,
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i] == error)
			return true;
	return false;
}

static int heap_buffer(size_t bytes)
{
	struct dma_heap_allocation_data data = { .len = bytes, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = must(open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC), "heap");
	int result = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);

	close(heap);
	return result < 0 ? -1 : (int)data.fd;
}

/* Of the first half of one memfd, then the second half of the other. */
static int udmabuf(int a, int b)
{
	struct {
		struct udmabuf_create_list list;
		struct udmabuf_create_item items[2];
	} create = {
		.list = { .flags = UDMABUF_FLAGS_CLOEXEC, .count = 2 },
		.items = {
			{ .memfd = a, .size = BYTES / 2 },
			{ .memfd = b, .offset = BYTES / 2, .size = BYTES / 2 },
		},
	};
	int device = must(open("/dev/udmabuf", O_RDWR | O_CLOEXEC), "/dev/udmabuf");
	int buffer = ioctl(device, UDMABUF_CREATE_LIST, &create);

	close(device);
	return buffer;
}

static void make_file(int fds[2])
{
	static uint64_t data[BYTES / sizeof(uint64_t)];
	char path[PATH_MAX];

	for (size_t i = 0; i < BYTES / sizeof(*data); i++)
		data[i] = MARK;
	snprintf(path, sizeof(path), "%s/random-XXXXXX", folder);
	fds[0] = must(mkostemp(path, O_CLOEXEC), path);
	fds[1] = must(open(path, O_RDWR | O_DIRECT | O_CLOEXEC), path);
	unlink(path);
	if (pwrite(fds[0], data, BYTES, 0) != BYTES)
		die("write");
}

/* Linux 6.12 stumbles over a udmabuf of huge pages that nobody has reserved. */
static void populate(int memfd)
{
	void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memfd, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	munmap(memory, BYTES);
}

static void make(struct things *it)
{
	for (int i = 0; i < MEMFDS; i++) {
		int huge = i == MEMFDS - 1 ? MFD_HUGETLB : 0;

		it->memfds[i] = must(memfd_create("random", MFD_ALLOW_SEALING | MFD_CLOEXEC | huge),
				     "memfd");
		must(ftruncate(it->memfds[i], BYTES), "ftruncate");
		must(fcntl(it->memfds[i], F_ADD_SEALS, F_SEAL_SHRINK), "seal");
		if (huge)
			populate(it->memfds[i]);
	}
	for (int i = 0; i < BUFFERS; i++)
		it->buffers[i] = must(i % 2 ? heap_buffer(BYTES) :
				      udmabuf(it->memfds[i / 2], it->memfds[(i / 2 + 1) % MEMFDS]),
				      "buffer");
	for (int i = 0; i < FILES; i++)
		make_file(&it->files[2 * i]);
}

static void end(const struct things *it)
{
	for (size_t i = 0; i < sizeof(*it) / sizeof(int); i++)
		close(((const int *)it)[i]);
}

/* Of words, so that none is torn; mostly of whole sectors, as direct I/O needs them. */
static loff_t position(void)
{
	static const uint32_t units[] = { 8, 512, PAGE, PAGE };
	uint32_t unit = units[below(4)];

	return (loff_t)below(BYTES / unit + 1) * unit;
}

static long copy(int from, int to)
{
	loff_t source = position(), target = position();

	return copy_file_range(from, &source, to, &target, position(), 0);
}

static long map(int fd, int file)
{
	int write = below(2) ? PROT_WRITE : 0;
	uint64_t *memory = mmap(NULL, BYTES, PROT_READ | write, MAP_SHARED, fd, 0);
	long result = 0;

	if (memory == MAP_FAILED)
		return -1;
	for (int i = below(64); i >= 0; i--) {
		volatile uint64_t *word = &memory[below(BYTES / sizeof(*memory))];

		if (write)
			*word = MARK;
		else
			(void)*word;
	}
	if (write && below(2))
		result = pread(file, memory + below(256) * 512, BYTES / 2, (loff_t)below(256) * PAGE);
	munmap(memory, BYTES);
	return result;
}

static long sync_access(int buffer)
{
	uint64_t way = below(2) ? DMA_BUF_SYNC_RW : DMA_BUF_SYNC_READ;
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | way };
	long result = ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync);

	sync.flags = DMA_BUF_SYNC_END | way;
	return result ?: ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync);
}

/* To vgem, a device without hardware, with a copy while it is. */
static long attach(int buffer, int file)
{
	struct drm_prime_handle handle = { .fd = buffer };
	int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	long result;

	if (card < 0)
		return -1;
	result = ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &handle);
	if (!result)
		copy(file, buffer);
	close(card);
	return result;
}

/* A buffer of its own, gone while copies may still use what is behind it. */
static long make_and_close(const struct things *it)
{
	int buffer = below(2) ? heap_buffer(BYTES) : udmabuf(it->memfds[below(MEMFDS)], it->memfds[0]);
	long result;

	if (buffer < 0)
		return -1;
	result = copy(it->files[below(2 * FILES)], buffer);
	close(buffer);
	return result;
}

static void look_at(const uint64_t *memory, size_t i, const char *what)
{
	if (!memory[i] || memory[i] == MARK)
		return;
	printf("%s has %#llx at %zu\n", what, (unsigned long long)memory[i], i * sizeof(*memory));
	fflush(stdout);
	_exit(1);
}

static const uint64_t *map_to_look(int fd, size_t bytes)
{
	const uint64_t *memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static void look_at_some(int fd, size_t bytes)
{
	const uint64_t *memory = map_to_look(fd, bytes);

	for (int i = below(64); i >= 0; i--)
		look_at(memory, below(bytes / sizeof(*memory)), "amid its use, a fresh buffer");
	munmap((void *)memory, bytes);
}

static void look(int fd, size_t bytes, const char *what)
{
	struct stat status;
	const uint64_t *memory;

	if (!fstat(fd, &status) && S_ISREG(status.st_mode) && (size_t)status.st_size < bytes)
		bytes = status.st_size;
	if (!bytes)
		return;
	memory = map_to_look(fd, bytes);
	for (size_t i = 0; i < bytes / sizeof(*memory); i++)
		look_at(memory, i, what);
	munmap((void *)memory, bytes);
}

/* Fills memory and gives it back, for buffers to be made of. */
static long make_stale(void)
{
	uint64_t *memory = mmap(NULL, 2 * BYTES, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < 2 * BYTES / sizeof(*memory); i++)
		memory[i] = STALE;
	return munmap(memory, 2 * BYTES);
}

/* Some of what makes memory visible, or loads it. */
static void use_fresh(int buffer, size_t bytes, const struct things *it)
{
	int file = it->files[below(2 * FILES)];

	switch (below(5)) {
	case 0:
	case 1:
		copy(file, buffer);
		break;
	case 2:
		copy(buffer, file);
		break;
	case 3:
		attach(buffer, file);
		break;
	default:
		look_at_some(buffer, bytes);
	}
}

/*
 * A buffer of its own, of pieces of any size, which two processes use at once from its first moment
 * on. One of them may be killed. Nobody may see anything but zeroes and a file's data.
 */
static long use_fresh_buffer(const struct things *it)
{
	size_t bytes = (1 + below(2 * BYTES / PAGE)) * PAGE;
	int buffer = heap_buffer(bytes), status;
	uint64_t seed = any();
	pid_t other;

	if (buffer < 0)
		return -1;
	other = must(fork(), "fork");
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		state = seed | 1;
		for (int i = below(4); i >= 0; i--)
			use_fresh(buffer, bytes, it);
		_exit(0);
	}
	for (int i = below(4); i >= 0; i--)
		use_fresh(buffer, bytes, it);
	if (below(3) == 0)
		kill(other, SIGKILL);
	if (waitpid(other, &status, 0) != other)
		die("waitpid");
	look(buffer, bytes, "a fresh buffer");
	close(buffer);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		_exit(1);
	return 0;
}

static long operate(enum operation operation, const struct things *it)
{
	int buffer = it->buffers[below(BUFFERS)];
	int file = it->files[below(2 * FILES)];
	int memfd = it->memfds[below(MEMFDS)];

	switch (operation) {
	case LOAD:
		return copy(file, buffer);
	case SAVE:
		return copy(buffer, file);
	case BUFFER_TO_MEMFD:
		return below(2) ? copy(buffer, memfd) : copy(memfd, buffer);
	case MEMFD_TO_FILE:
		return copy(memfd, file);
	case FILE_TO_MEMFD:
		return copy(file, memfd);
	case SEAL:
		/* For good, so seldom; the others' turn comes again with the next round. */
		return fcntl(memfd, F_ADD_SEALS, below(8) ? F_SEAL_WRITE : F_SEAL_FUTURE_WRITE);
	case RESIZE:
		return ftruncate(below(4) ? file : memfd, below(2) ? BYTES : position());
	case PUNCH:
		/* Not the huge pages, which stay reserved in this way. */
		memfd = it->memfds[below(MEMFDS - 1)];
		return fallocate(below(2) ? file : memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 position(), 8 + position());
	case MMAP:
		return map(below(2) ? buffer : memfd, file);
	case READ:
		return map(memfd, it->files[1]);
	case SYNC:
		return sync_access(buffer);
	case ATTACH:
		return attach(buffer, file);
	case CLOSE:
		return make_and_close(it);
	case DROP:
		return below(2) ? posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) : fdatasync(file);
	case DIRTY:
		return make_stale();
	case FRESH:
		return use_fresh_buffer(it);
	default:
		abort();
	}
}

static void work(const struct things *it, uint64_t seed)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A file that is cut takes its mapped pages along. */
	signal(SIGBUS, SIG_DFL);
	for (state = seed | 1;;) {
		enum operation operation = below(OPERATIONS);

		if (operate(operation, it) >= 0)
			__atomic_fetch_add(&done[operation], 1, __ATOMIC_RELAXED);
		else if (!expected(errno))
			die(names[operation]);
	}
}

static pid_t start(const struct things *it)
{
	uint64_t seed = any();
	pid_t child = must(fork(), "fork");

	if (!child)
		work(it, seed);
	return child;
}

/* Ends a child; one that ended by itself has found an error. */
static void stop(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	if (WIFEXITED(status))
		exit(1);
	if (WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGBUS) {
		printf("a worker died of signal %d\n", WTERMSIG(status));
		exit(1);
	}
}

static void check(const struct things *it)
{
	int fresh[2], buffer = must(heap_buffer(BYTES), "buffer");
	const uint64_t *memory = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, buffer, 0);

	for (int i = 0; i < BUFFERS; i++)
		look(it->buffers[i], BYTES, "a buffer");
	for (int i = 0; i < FILES; i++)
		look(it->files[2 * i], BYTES, "a file");
	make_file(fresh);
	for (int direct = 0; direct < 2; direct++) {
		loff_t from = 0, to = 0;

		if (copy_file_range(fresh[direct], &from, buffer, &to, BYTES, 0) != BYTES)
			die("last copy");
	}
	for (size_t i = 0; i < BYTES / sizeof(*memory); i++) {
		if (memory[i] != MARK) {
			printf("the last copy lacks the word at %zu\n", i * sizeof(*memory));
			exit(1);
		}
	}
	munmap((void *)memory, BYTES);
	close(fresh[0]);
	close(fresh[1]);
	close(buffer);
}

static void play_round(void)
{
	pid_t children[WORKERS];
	struct things it;

	make(&it);
	for (int i = 0; i < WORKERS; i++)
		children[i] = start(&it);
	for (int kills = 5 + below(20); kills; kills--) {
		int i = below(WORKERS);

		usleep(1000 * (10 + below(200)));
		stop(children[i]);
		children[i] = start(&it);
	}
	for (int i = 0; i < WORKERS; i++)
		stop(children[i]);
	check(&it);
	end(&it);
}

int main(int argc, char **argv)
{
	time_t start = time(NULL);
	int rounds = 0;

	if (argc != 4)
		return 2;
	state = strtoull(argv[1], NULL, 0) | 1;
	folder = argv[3];
	setvbuf(stdout, NULL, _IOLBF, 0);
	done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED)
		die("mmap");
	do {
		play_round();
		rounds++;
	} while (time(NULL) - start < atol(argv[2]));
	printf("rounds: %d\n", rounds);
	for (int i = 0; i < OPERATIONS; i++)
		printf("%s: %u\n", names[i], done[i]);
	return 0;
}
