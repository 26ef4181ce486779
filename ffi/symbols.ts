/**
 * The shim's functions, each with its C signature. A `u64` where C has a pointer is an address that
 * JavaScript never dereferences (a {@linkcode Mapping}'s).
 */
// deno-fmt-ignore: a table, one line a function
const quick = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" }, // int32_t (const char *path, int32_t flags, uint32_t mode)
  fchmod: { parameters: ["i32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t mode)
  link: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, const char *path)
  close: { parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" }, // int64_t (int32_t fd, int64_t offset, int32_t whence)
  fstat: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, int64_t out[8])
  stat: { parameters: ["buffer", "buffer"], result: "i32" }, // int32_t (const char *path, int64_t out[8])
  pread_into: { name: "shim_pread", parameters: ["i32", "buffer", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, void *to, uint64_t bytes, int64_t offset)
  pwrite_from: { name: "shim_pwrite", parameters: ["i32", "buffer", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, const void *from, uint64_t bytes, int64_t offset)
  dio_align: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t out[3])
  fs_type: { parameters: ["i32"], result: "i64" }, // int64_t (int32_t fd)
  ftruncate: { parameters: ["i32", "i64"], result: "i32" }, // int32_t (int32_t fd, int64_t bytes)
  fadvise: { parameters: ["i32", "i64", "i64", "i32"], result: "i32" }, // int32_t (int32_t fd, int64_t offset, int64_t bytes, int32_t advice)
  get_attributes: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, int32_t out[1])
  set_attributes: { parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t attributes)
  set_fd_flags: { parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t flags)
  list: { parameters: ["buffer", "buffer", "u64"], result: "i64" }, // int64_t (const char *path, char *out, uint64_t bytes)
  cachestat: { parameters: ["i32", "u64", "u64", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint64_t offset, uint64_t bytes, uint64_t out[5])
  mincore: { parameters: ["i32", "u64"], result: "i64" }, // int64_t (int32_t fd, uint64_t bytes)
  page_bytes: { parameters: [], result: "i64" }, // int64_t (void)
  mmap: { parameters: ["u64", "u64", "i32", "i32", "i32", "i64"], result: "i64" }, // int64_t (void *address, uint64_t bytes, int32_t prot, int32_t flags, int32_t fd, int64_t offset)
  munmap: { parameters: ["u64", "u64"], result: "i32" }, // int32_t (void *address, uint64_t bytes)
  peek: { parameters: ["buffer", "u64", "u64"], result: "void" }, // void (void *out, const void *from, uint64_t bytes)
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" }, // int32_t (const char *name, uint32_t flags)
  add_seals: { parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t seals)
  get_seals: { parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  udmabuf_create_list: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // int32_t (int32_t device, const uint64_t parts[][3], uint32_t count)
  dma_buf_sync: { parameters: ["i32", "u64"], result: "i32" }, // int32_t (int32_t fd, uint64_t flags)
  pipe: { parameters: ["buffer"], result: "i32" }, // int32_t (int32_t fds[2])
  set_pipe_bytes: { parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t bytes)
  get_pipe_bytes: { parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  hash_state_bytes: { parameters: [], result: "u64" }, // uint64_t (void)
  hash_reset: { parameters: ["buffer"], result: "void" }, // void (void *state)
  hash_digest: { parameters: ["buffer"], result: "u64" }, // uint64_t (const void *state)
  clock: { parameters: ["i32"], result: "i64" }, // int64_t (int32_t clock)
  getrusage: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t who, int64_t out[5])
  kernel_release: { parameters: ["buffer", "u64"], result: "i32" }, // int32_t (char *out, uint64_t bytes)
  listen: { parameters: ["buffer", "u32"], result: "i32" }, // int32_t (const char *path, uint32_t mode)
  listener_path: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, char out[109])
  set_nonblocking: { parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  notify: { parameters: ["buffer", "buffer"], result: "i32" }, // int32_t (const char *path, const char *text)
  connect: { parameters: ["buffer", "u32"], result: "i32" }, // int32_t (const char *path, uint32_t seconds)
  accept: { parameters: ["i32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t seconds)
  shutdown: { parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t how)
  peer: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t out[3])
  peer_groups: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t *out, uint32_t count)
  group_id: { parameters: ["buffer"], result: "i64" }, // int64_t (const char *name)
  spawn: { parameters: ["buffer", "u32", "buffer", "u32", "buffer", "u32"], result: "i32" }, // int32_t (char *argv_text, uint32_t argc, char *env_text, uint32_t envc, int32_t *fds, uint32_t count)
  video_capabilities: { parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t out[1])
  video_format: { parameters: ["i32", "u32", "u32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t type, uint32_t set, uint32_t io[4 + 2 * 8])
  video_rate: { parameters: ["i32", "u32", "u32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t type, uint32_t set, uint32_t io[2])
  video_timings: { parameters: ["i32", "u32", "u32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t width, uint32_t height, uint32_t per_1000s)
  video_request: { parameters: ["i32", "u32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t type, uint32_t count)
  video_queue: { parameters: ["i32", "u32", "u32", "buffer", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t type, uint32_t index, const int32_t *fds, uint32_t count)
  video_stream: { parameters: ["i32", "u32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t type, uint32_t on)
  ring_bytes: { parameters: [], result: "u64" }, // uint64_t (void)
  ring_init: { parameters: ["buffer", "u32"], result: "i32" }, // int32_t (void *ring, uint32_t entries)
  ring_exit: { parameters: ["buffer"], result: "void" }, // void (void *ring)
  ring_slots: { parameters: ["buffer", "u32"], result: "i32" }, // int32_t (void *ring, uint32_t slots)
  ring_register: { parameters: ["buffer", "u32", "u64", "u64"], result: "i32" }, // int32_t (void *ring, uint32_t slot, void *address, uint64_t bytes)
  ring_read: { parameters: ["buffer", "i32", "u64", "u32", "i64", "u32"], result: "i32" }, // int32_t (void *ring, int32_t fd, void *to, uint32_t bytes, int64_t offset, uint32_t slot)
  ring_submit: { parameters: ["buffer"], result: "i32" }, // int32_t (void *ring)
  ring_reap: { parameters: ["buffer", "buffer", "u32"], result: "i32" }, // int32_t (void *ring, int64_t out[][2], uint32_t count)
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions that can take long. */
// deno-fmt-ignore: a table, one line a function
const long = {
  dup: { parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t least)
  udmabuf_create: { parameters: ["i32", "i32", "u64", "u64"], result: "i32" }, // int32_t (int32_t device, int32_t memfd, uint64_t offset, uint64_t bytes)
  dma_heap_alloc: { parameters: ["i32", "u64", "u32"], result: "i32" }, // int32_t (int32_t heap, uint64_t bytes, uint32_t flags)
  madvise: { parameters: ["u64", "u64", "i32"], result: "i32" }, // int32_t (void *address, uint64_t bytes, int32_t advice)
  pread: { parameters: ["i32", "u64", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, void *to, uint64_t bytes, int64_t offset)
  pwrite: { parameters: ["i32", "u64", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, const void *from, uint64_t bytes, int64_t offset)
  fsync: { parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  fallocate: { parameters: ["i32", "i64"], result: "i32" }, // int32_t (int32_t fd, int64_t bytes)
  collapse: { parameters: ["u64", "u64", "u64"], result: "i32" }, // int32_t (char *address, uint64_t bytes, uint64_t huge_bytes)
  copy: { parameters: ["u64", "u64", "u64"], result: "i64" }, // int64_t (void *to, const void *from, uint64_t bytes)
  compare: { parameters: ["u64", "u64", "u64"], result: "i64" }, // int64_t (const void *a, const void *b, uint64_t bytes)
  copy_in: { parameters: ["i32", "i64", "u64", "u64"], result: "i64" }, // int64_t (int32_t fd, int64_t offset, const void *from, uint64_t bytes)
  poll: { parameters: ["i32", "i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t other, int32_t ms)
  send: { parameters: ["i32", "buffer", "u64", "buffer", "u32"], result: "i64" }, // int64_t (int32_t fd, void *data, uint64_t bytes, const int32_t *fds, uint32_t count)
  receive: { parameters: ["i32", "buffer", "u64", "buffer"], result: "i64" }, // int64_t (int32_t fd, void *data, uint64_t bytes, int32_t out[1 + MAX_DESCRIPTORS])
  wait: { parameters: ["i32"], result: "i32" }, // int32_t (int32_t pid)
  ring_wait: { parameters: ["buffer"], result: "i32" }, // int32_t (void *ring)
  sendfile: { parameters: ["i32", "i32", "i64", "u64"], result: "i64" }, // int64_t (int32_t out, int32_t in, int64_t offset, uint64_t bytes)
  splice: { parameters: ["i32", "i64", "i32", "i64", "u64", "u32"], result: "i64" }, // int64_t (int32_t in, int64_t in_offset, int32_t out, int64_t out_offset, uint64_t bytes, uint32_t flags)
  copy_file_range: { parameters: ["i32", "i64", "i32", "i64", "u64"], result: "i64" }, // int64_t (int32_t in, int64_t in_offset, int32_t out, int64_t out_offset, uint64_t bytes)
  video_store: { parameters: ["buffer", "buffer", "buffer"], result: "i32" }, // int32_t (int64_t io[13], const int64_t ring[][8][4], int64_t out[][4 + 2 * 8])
  hash_memory: { parameters: ["buffer", "u64", "u64"], result: "i64" }, // int64_t (void *state, const void *from, uint64_t bytes)
  hash_file: { parameters: ["buffer", "i32", "i64", "u64"], result: "i64" }, // int64_t (void *state, int32_t fd, int64_t offset, uint64_t bytes)
} as const satisfies Deno.ForeignLibraryInterface;

/** The names of the functions that can take long. */
export type LongSymbol = keyof typeof long;

type Nonblocking<T> = { [K in keyof T & string as `${K}_async`]: T[K] & { nonblocking: true } };

/**
 * The shim's functions as `Deno.dlopen` wants them; C's names begin with `shim_`. The `*_async`
 * forms of those that can take long run on Deno's blocking pool: about 70 µs a call against 10 ns,
 * and they can't be cancelled.
 */
export const symbols = {
  ...derived(quick, {}),
  ...derived(long, {}),
  ...derived(long, { suffix: "_async", nonblocking: true }),
} as typeof quick & typeof long & Nonblocking<typeof long>;

function derived(
  table: Deno.ForeignLibraryInterface,
  { suffix = "", ...more }: { suffix?: string; nonblocking?: boolean },
): Deno.ForeignLibraryInterface {
  return Object.fromEntries(
    Object.entries(table).map(([key, symbol]) => [
      key + suffix,
      { name: `shim_${key}`, ...symbol, ...more },
    ]),
  );
}
