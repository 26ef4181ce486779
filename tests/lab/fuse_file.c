/*
 * Mounts a FUSE filesystem with one file, "f", that has a source file's bytes.
 *
 * fuse_file MOUNT SOURCE BLOCK_BYTES [GATE OFFSET]
 *
 * The file claims blocks of BLOCK_BYTES. A read that reaches OFFSET is answered
 * once GATE exists: until then, a reader of the file waits in its read.
 * Prints "ready" when mounted, and "waiting" when a read gets there. When the
 * process ends, all its reads end, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILE_ID 2
#define MAX_WRITE 131072
#define MAX_READ (1 << 20)

static int device, source;
static uint32_t block_bytes;
static const char *gate;
static uint64_t gate_offset;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void reply(uint64_t unique, int error, const void *data, size_t bytes)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + bytes,
		.error = -error,
		.unique = unique,
	};
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)data, bytes } };

	/* ENOENT: nobody waits for it any more. */
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		fail("reply");
}

static struct fuse_attr attributes(uint64_t id)
{
	struct fuse_attr attr = { .ino = id, .nlink = 1, .blksize = block_bytes };
	struct stat stat;

	if (id != FILE_ID) {
		attr.mode = S_IFDIR | 0755;
		return attr;
	}
	if (fstat(source, &stat))
		fail("fstat");
	attr.mode = S_IFREG | 0644;
	attr.size = stat.st_size;
	return attr;
}

static void wait_for_gate(void)
{
	char *folder = strdup(gate), event[4096];
	int notify = inotify_init();

	*strrchr(folder, '/') = '\0';
	if (notify < 0 || inotify_add_watch(notify, folder, IN_CREATE) < 0)
		fail("inotify");
	printf("waiting\n");
	fflush(stdout);
	while (access(gate, F_OK))
		if (read(notify, event, sizeof(event)) < 0)
			fail("read");
	close(notify);
	free(folder);
}

static void read_file(uint64_t unique, const struct fuse_read_in *in)
{
	static char data[MAX_READ];
	ssize_t bytes;

	if (gate && in->offset + in->size > gate_offset) {
		wait_for_gate();
		gate = NULL;
	}
	bytes = pread(source, data, in->size, in->offset);
	reply(unique, bytes < 0 ? errno : 0, data, bytes < 0 ? 0 : bytes);
}

static void handle(const struct fuse_in_header *head, const void *data)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = MAX_WRITE,
		.flags = FUSE_MAX_PAGES,
		.max_pages = MAX_READ / 4096,
	};
	struct fuse_entry_out entry = { .nodeid = FILE_ID, .attr = attributes(FILE_ID) };
	struct fuse_attr_out attr = { .attr = attributes(head->nodeid) };
	struct fuse_open_out open = {};

	switch (head->opcode) {
	case FUSE_INIT:
		return reply(head->unique, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		if (strcmp(data, "f"))
			return reply(head->unique, ENOENT, NULL, 0);
		return reply(head->unique, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return reply(head->unique, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
		return reply(head->unique, 0, &open, sizeof(open));
	case FUSE_READ:
		return read_file(head->unique, data);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return reply(head->unique, ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char request[MAX_WRITE + 4096];
	char options[64];

	if (argc != 4 && argc != 6) {
		fprintf(stderr, "usage: fuse_file MOUNT SOURCE BLOCK_BYTES [GATE OFFSET]\n");
		return 2;
	}
	source = open(argv[2], O_RDONLY | O_CLOEXEC);
	block_bytes = strtoul(argv[3], NULL, 10);
	if (argc == 6) {
		gate = argv[4];
		gate_offset = strtoull(argv[5], NULL, 10);
	}
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (source < 0 || device < 0)
		fail("open");
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	if (mount("fuse_file", argv[1], "fuse", MS_NOSUID | MS_NODEV, options))
		fail("mount");
	printf("ready\n");
	fflush(stdout);
	while (read(device, request, sizeof(request)) > 0) {
		const struct fuse_in_header *head = (void *)request;

		handle(head, head + 1);
	}
	return errno == ENODEV ? 0 : 1;
}
