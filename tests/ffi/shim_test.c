/* SPDX-License-Identifier: MIT */
/*
 * Tests of shim.c where a mistake shows as more than a wrong result: built with the sanitizers, and
 * with the shim in the same unit, so that a compiler's analyzer sees who calls what. Each check says
 * where it failed; the last line counts them.
 */
#include "../../ffi/shim.c"

#include <stdatomic.h>
#include <sys/time.h>

static int passed, failed;

#define CHECK(is)                                                                    \
	do {                                                                         \
		errno = 0;                                                           \
		if (is) {                                                            \
			passed++;                                                    \
		} else {                                                             \
			failed++;                                                    \
			printf("%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #is, errno); \
		}                                                                    \
	} while (0)

/* Where an offset or a size may wrap, lose its sign or its precision. */
static const int64_t edges[] = {
	INT64_C(1) << 31, INT64_C(1) << 32, (INT64_C(1) << 53) + 1, (INT64_C(1) << 62) + 4096,
};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

static int make_memfd(int64_t bytes)
{
	const int fd = shim_memfd_create("shim-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || shim_ftruncate(fd, bytes) < 0) {
		printf("no memfd of %lld bytes\n", (long long)bytes);
		exit(2);
	}
	return fd;
}

/* Bytes at, before and behind an edge of a sparse file, whose end is far behind. */
static void test_offsets(void)
{
	const char text[] = "beyond the edge";
	const int other = make_memfd(4096);
	char back[sizeof(text)];

	for (size_t i = 0; i < EDGES; i++) {
		const int64_t edge = edges[i], before = edge - 7;
		const int fd = make_memfd(edge + 8192);
		int64_t status[8];

		CHECK(shim_fstat(fd, status) == 0 && status[0] == edge + 8192);
		CHECK(shim_lseek(fd, edge, SEEK_SET) == edge);
		CHECK(shim_pwrite(fd, text, sizeof(text), before) == sizeof(text));
		memset(back, 0, sizeof(back));
		CHECK(shim_pread(fd, back, sizeof(back), before) == sizeof(back));
		CHECK(memcmp(back, text, sizeof(text)) == 0);
		/* The request goes far beyond the end: the count must be short, not wrapped. */
		CHECK(shim_pread(fd, back, sizeof(back), edge + 8192 - 3) == 3);
		CHECK(shim_pread(fd, back, sizeof(back), edge + 8192) == 0);
		CHECK(shim_copy_file_range(fd, before, other, 100, sizeof(text)) == sizeof(text));
		CHECK(shim_pread(other, back, sizeof(back), 100) == sizeof(back));
		CHECK(memcmp(back, text, sizeof(text)) == 0);
		CHECK(shim_lseek(other, 0, SEEK_SET) == 0);
		CHECK(shim_sendfile(other, fd, before, sizeof(text)) == sizeof(text));
		CHECK(shim_pread(other, back, sizeof(back), 0) == sizeof(back));
		CHECK(memcmp(back, text, sizeof(text)) == 0);
		CHECK(shim_copy_in(fd, before, "BEYOND", 6) == 6);
		CHECK(shim_pread(fd, back, sizeof(back), before) == sizeof(back));
		CHECK(memcmp(back, "BEYOND the edge", 16) == 0);
		shim_close(fd);
	}
	shim_close(other);
}

/* The whole of a size_t, and what has a sign where none may be. */
static void test_sizes(void)
{
	const int fd = make_memfd(4096), pipe_bytes = 65536;
	int fds[2];
	char page[4096];

	CHECK(shim_ftruncate(fd, -1) == -EINVAL);
	CHECK(shim_ftruncate(fd, INT64_MIN) == -EINVAL);
	CHECK(shim_fallocate(fd, -1) == -EINVAL);
	CHECK(shim_pread(fd, page, sizeof(page), -1) == -EINVAL);
	CHECK(shim_pwrite(fd, page, sizeof(page), INT64_MIN) == -EINVAL);
	CHECK(shim_copy_file_range(fd, 0, fd, 0, UINT64_MAX) < 0);
	CHECK(shim_copy_in(fd, -1, page, 1) == -EINVAL);
	CHECK(shim_copy_in(fd, 1, page, UINT64_MAX) == -EINVAL);
	CHECK(shim_copy_in(fd, 0, page, UINT64_MAX) < 0);
	CHECK(shim_mincore(fd, UINT64_MAX) < 0);
	CHECK(shim_mincore(fd, 0) == -EINVAL);
	CHECK(shim_mincore(fd, 4096) >= 0);
	CHECK(shim_mmap(NULL, UINT64_MAX, PROT_READ, MAP_SHARED, fd, 0) == -ENOMEM);
	CHECK(shim_mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0) == -EINVAL);
	CHECK(shim_mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 1) == -EINVAL);
	CHECK(shim_collapse(page, 4096, 0) == -EINVAL);
	CHECK(shim_collapse(page, 4096, UINT64_MAX) == -EINVAL);
	CHECK(shim_pipe(fds) == 0);
	CHECK(shim_set_pipe_bytes(fds[1], pipe_bytes) == pipe_bytes);
	CHECK(shim_get_pipe_bytes(fds[0]) == pipe_bytes);
	/* More than a call moves at most, which is less than 2^31: the count is short. */
	CHECK(shim_splice(fd, 0, fds[1], -1, UINT64_C(1) << 33, SPLICE_F_NONBLOCK) == 4096);
	CHECK(shim_splice(fds[0], -1, fd, 0, 4096, 0) == 4096);
	shim_close(fds[0]);
	shim_close(fds[1]);
	shim_close(fd);
	CHECK(shim_close(fd) == -EBADF);
}

/* Years after 2262 don't fit into nanoseconds of 64 bits. */
static void test_times(void)
{
	const int fd = make_memfd(1);
	const struct timespec late[2] = { { 1, 0 }, { INT64_C(15000000000), 999999999 } };
	int64_t status[8];

	CHECK(futimens(fd, late) == 0);
	CHECK(shim_fstat(fd, status) == 0);
	CHECK(status[1] == INT64_C(15000000000) && status[2] == 999999999);
	CHECK(shim_clock(CLOCK_MONOTONIC) > 0);
	CHECK(shim_clock(12345) == -EINVAL);
	shim_close(fd);
}

static void test_hash(void)
{
	const int fd = make_memfd((INT64_C(1) << 53) + 100);
	char *state = malloc(shim_hash_state_bytes()), text[100];
	uint64_t of_file;

	if (!state)
		exit(2);
	memset(text, 'x', sizeof(text));
	CHECK(shim_pwrite(fd, text, sizeof(text), INT64_C(1) << 53) == sizeof(text));
	shim_hash_reset(state);
	CHECK(shim_hash_file(state, fd, INT64_C(1) << 53, UINT64_MAX) == 100);
	of_file = shim_hash_digest(state);
	shim_hash_reset(state);
	CHECK(shim_hash_memory(state, text, 60) == 60);
	CHECK(shim_hash_memory(state, text + 60, 40) == 40);
	CHECK(shim_hash_digest(state) == of_file);
	CHECK(shim_hash_file(state, fd, -1, 1) == -EINVAL);
	CHECK(shim_hash_file(state, -1, 0, 1) == -EBADF);
	CHECK(shim_hash_file(state, fd, INT64_MAX, 100) == -EINVAL);
	free(state);
	shim_close(fd);
}

static void test_sockets(void)
{
	char path[] = "/tmp/shim-test-XXXXXX", data[8];
	char too_long[200];
	int32_t fds[1 + MAX_DESCRIPTORS], server, client, peer;
	static uint32_t groups[65536];
	uint32_t who[3];

	if (!mkdtemp(path))
		exit(2);
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = 0;
	CHECK(shim_listen(too_long, 0600) == -ENAMETOOLONG);
	CHECK(shim_connect(too_long, 1) == -ENAMETOOLONG);
	CHECK(shim_listen(path, 0600) == -EADDRINUSE);
	rmdir(path);
	CHECK(shim_connect(path, 1) == -ENOENT);
	server = shim_listen(path, 0600);
	CHECK(server >= 0);
	CHECK(shim_accept(server, 1) == -EAGAIN);
	client = shim_connect(path, 1);
	peer = shim_accept(server, 1);
	CHECK(client >= 0 && peer >= 0);
	CHECK(shim_peer_groups(peer, groups, 65536) == getgroups(0, NULL));
	CHECK(shim_peer_groups(-1, groups, 65536) == -EBADF);
	CHECK(shim_group_id("root") == 0 && shim_group_id("no such group") == -ENOENT);
	CHECK(shim_peer(peer, who) == 0 && who[0] == (uint32_t)getpid() && who[1] == getuid());
	for (int i = 0; i < MAX_DESCRIPTORS; i++)
		fds[i] = client;
	CHECK(shim_send(peer, "hello", 5, fds, MAX_DESCRIPTORS) == 5);
	CHECK(shim_receive(client, data, sizeof(data), fds) == 5 && fds[0] == MAX_DESCRIPTORS);
	for (int i = 1; i <= MAX_DESCRIPTORS; i++)
		CHECK(fds[i] > 2 && shim_close(fds[i]) == 0);
	CHECK(shim_send(peer, "x", 1, fds, MAX_DESCRIPTORS + 1) == -EINVAL);
	CHECK(shim_send(peer, "x", 1, fds, UINT32_MAX) == -EINVAL);
	CHECK(shim_send(peer, "x", 1, NULL, 0) == 1);
	CHECK(shim_shutdown(peer, SHUT_WR) == 0);
	CHECK(shim_receive(client, data, sizeof(data), fds) == 1 && fds[0] == 0);
	CHECK(shim_receive(client, data, sizeof(data), fds) == 0 && fds[0] == 0);
	shim_close(client);
	shim_close(peer);
	shim_close(server);
	unlink(path);
}

static int64_t spawn_shell(const char *script, int32_t *fds, uint32_t count)
{
	char argv[256], env[64] = "LISTEN_PID=";
	/* Two strings end in the zeros that separate them. */
	const int length = snprintf(argv, sizeof(argv), "sh%c-c%c%s", 0, 0, script);

	return length < 0 ? -1 : shim_spawn(argv, 3, env, 1, fds, count);
}

static void test_processes(void)
{
	int32_t fds[2] = { make_memfd(5), make_memfd(7) };
	char missing[] = "/proc/none/program", env[32] = "LISTEN_PID=";

	CHECK(shim_wait(spawn_shell("[ \"$LISTEN_PID\" = $$ ] && exit 7", NULL, 0)) == 7);
	CHECK(shim_wait(spawn_shell("kill -9 $$", NULL, 0)) == 128 + 9);
	CHECK(shim_wait(spawn_shell("[ -e /proc/self/fd/3 ] && [ -e /proc/self/fd/4 ]", fds, 2)) == 0);
	CHECK(shim_spawn(missing, 1, env, 1, NULL, 0) == -ENOENT);
	CHECK(shim_spawn(missing, 1, env, 0, NULL, 0) < 0);
	CHECK(spawn_shell("exit 0", (int32_t[]){ -1 }, 1) == -EBADF);
	CHECK(shim_wait(-2) == -ECHILD);
	shim_close(fds[0]);
	shim_close(fds[1]);
}

static void test_dma_bufs(void)
{
	const uint64_t parts[1][3] = { { 0, 0, 4096 } };
	const int fd = make_memfd(4096);

	/* On any kernel: another kind of device gives an error, and nothing leaks. */
	CHECK(shim_dma_heap_alloc(fd, 4096, O_RDWR) == -ENOTTY);
	CHECK(shim_udmabuf_create(fd, fd, 0, 4096) == -ENOTTY);
	CHECK(shim_udmabuf_create_list(fd, parts, 1) == -ENOTTY);
	CHECK(shim_udmabuf_create_list(fd, parts, 0) == -ENOTTY);
	CHECK(shim_dma_buf_sync(fd, 0) == -ENOTTY);
	shim_close(fd);
}

static void test_ring(void)
{
	void *ring = aligned_alloc(64, (shim_ring_bytes() + 63) / 64 * 64);
	const int64_t at = (INT64_C(1) << 53) + 1;
	const int fd = make_memfd(at + 4096);
	char *memory = aligned_alloc(4096, 4096);
	int64_t done[2][2] = { 0 };

	if (!ring || !memory)
		exit(2);
	memset(memory, 1, 4096);
	CHECK(shim_pwrite(fd, "deep", 4, at) == 4);
	if (shim_ring_init(ring, 2) == 0) {
		CHECK(shim_ring_slots(ring, 2) == 0);
		CHECK(shim_ring_register(ring, 0, memory, UINT64_MAX) < 0);
		CHECK(shim_ring_register(ring, 9, memory, 4096) < 0);
		CHECK(shim_ring_register(ring, 0, memory, 4096) >= 0);
		CHECK(shim_ring_read(ring, fd, memory, 4096, at, 0) == 0);
		CHECK(shim_ring_submit(ring) == 1);
		CHECK(shim_ring_wait(ring) == 0);
		CHECK(shim_ring_reap(ring, done, 2) == 1);
		CHECK(done[0][0] == 0 && done[0][1] == 4096 && memcmp(memory, "deep", 5) == 0);
		CHECK(shim_ring_reap(ring, done, 2) == 0);
		shim_ring_exit(ring);
	}
	free(memory);
	free(ring);
	shim_close(fd);
}

static atomic_int alarms;

static void count_alarm(int signal)
{
	(void)signal;
	atomic_fetch_add(&alarms, 1);
}

/* A signal every millisecond, without SA_RESTART, while calls wait. */
static void test_signals(void)
{
	const struct sigaction action = { .sa_handler = count_alarm };
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	char path[] = "/tmp/shim-test-XXXXXX", script[64];
	int32_t fds[2], fifo;
	int64_t pid;

	if (!mkdtemp(path) || rmdir(path) < 0 || mkfifo(path, 0600) < 0)
		exit(2);
	snprintf(script, sizeof(script), "sleep 0.1; : > %s", path);
	sigaction(SIGALRM, &action, NULL);
	/* A fork copies no timer: what is started here gets no signals. */
	pid = spawn_shell(script, NULL, 0);
	setitimer(ITIMER_REAL, &often, NULL);
	fifo = shim_open(path, O_RDONLY | O_CLOEXEC, 0);
	CHECK(fifo >= 0);
	CHECK(shim_ftruncate(fifo, 0) == -EINVAL);
	for (int i = 0; i < 20; i++) {
		const int64_t child = spawn_shell("exit 0", NULL, 0);
		char missing[] = "/proc/none/program", env[32] = "LISTEN_PID=";
		int32_t status;

		CHECK(child > 0);
		while ((status = shim_wait(child)) == -EINTR)
			;
		CHECK(status == 0);
		CHECK(shim_spawn(missing, 1, env, 1, NULL, 0) == -ENOENT);
	}
	CHECK(shim_pipe(fds) == 0);
	/* This one tells: it has a nonblocking form, and who calls that repeats it. */
	CHECK(shim_poll(fds[0], fds[0], 1000) == -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(atomic_load(&alarms) > 0);
	/* It waits for a reader, if there was none. */
	kill(pid, SIGKILL);
	CHECK(shim_wait(pid) >= 0);
	shim_close(fds[0]);
	shim_close(fds[1]);
	shim_close(fifo);
	unlink(path);
}

static void test_rest(void)
{
	const int fd = make_memfd(4096);
	uint64_t cached[5];
	int64_t usage[5];
	uint32_t aligned_to[3];
	int32_t attributes[1];
	char release[4], text[] = "four", names[32];

	CHECK(shim_list("/proc/self/task", names, sizeof(names)) > 1);
	CHECK(shim_list("/proc/self", names, sizeof(names)) == -ENOBUFS);
	CHECK(shim_list("/proc/none", names, sizeof(names)) == -ENOENT);
	CHECK(shim_page_bytes() >= 4096);
	CHECK(shim_kernel_release(release, sizeof(release)) == 0);
	CHECK(shim_getrusage(RUSAGE_SELF, usage) == 0 && usage[2] > 0);
	CHECK(shim_getrusage(12345, usage) == -EINVAL);
	CHECK(shim_fs_type(fd) == 0x01021994);
	CHECK(shim_fs_type(-1) == -EBADF);
	CHECK(shim_dio_align(fd, aligned_to) == 0);
	CHECK(shim_fadvise(fd, 0, -1, POSIX_FADV_DONTNEED) <= 0);
	CHECK(shim_fadvise(-1, 0, 0, POSIX_FADV_DONTNEED) == -EBADF);
	CHECK(shim_cachestat(fd, 0, UINT64_MAX, cached) <= 0);
	CHECK(shim_get_attributes(-1, attributes) == -EBADF);
	CHECK(shim_set_attributes(-1, 0) == -EBADF);
	CHECK(shim_add_seals(fd, F_SEAL_SHRINK) == 0 && shim_get_seals(fd) == F_SEAL_SHRINK);
	CHECK(shim_set_fd_flags(fd, 0) == 0 && shim_set_fd_flags(fd, FD_CLOEXEC) == 0);
	CHECK(shim_fsync(fd) == 0);
	CHECK(shim_fchmod(fd, 0600) == 0 && shim_fchmod(-1, 0) == -EBADF);
	CHECK(shim_link(-1, "/tmp/x") < 0);
	CHECK(shim_close(shim_dup(fd, 0)) == 0);
	shim_peek(release, text, sizeof(release));
	CHECK(memcmp(release, text, sizeof(release)) == 0);
	CHECK(shim_copy(release, text, 0) == 0);
	CHECK(shim_compare("same", "same", 4) == 4);
	CHECK(shim_compare("same", "sane", 4) == 2);
	CHECK(shim_compare("a", "b", 0) == 0);
	CHECK(shim_madvise(NULL, UINT64_MAX, MADV_NORMAL) < 0);
	CHECK(shim_munmap(release, 1) == -EINVAL);
	shim_close(fd);
}

int main(void)
{
	test_offsets();
	test_sizes();
	test_times();
	test_hash();
	test_sockets();
	test_processes();
	test_dma_bufs();
	test_ring();
	test_signals();
	test_rest();
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
