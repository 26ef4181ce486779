/**
 * The shim's functions as `Deno.dlopen` wants them, each with its C signature. A `u64` where C has a
 * pointer is an address that JavaScript never dereferences (a {@linkcode Mapping}'s). `*_async` forms
 * run on Deno's blocking pool: about 70 µs a call against 10 ns, and they can't be cancelled.
 */
// deno-fmt-ignore: a table, one line a function
export const symbols = {
  open: { name: "shim_open", parameters: ["buffer", "i32", "u32"], result: "i32" }, // int32_t (const char *path, int32_t flags, uint32_t mode)
  fchmod: { name: "shim_fchmod", parameters: ["i32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t mode)
  link: { name: "shim_link", parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, const char *path)
  dup: { name: "shim_dup", parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  close: { name: "shim_close", parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  lseek: { name: "shim_lseek", parameters: ["i32", "i64", "i32"], result: "i64" }, // int64_t (int32_t fd, int64_t offset, int32_t whence)
  fstat: { name: "shim_fstat", parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, int64_t out[8])
  pread_into: { name: "shim_pread", parameters: ["i32", "buffer", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, void *to, uint64_t bytes, int64_t offset)
  dio_align: { name: "shim_dio_align", parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t out[3])
  fs_type: { name: "shim_fs_type", parameters: ["i32"], result: "i64" }, // int64_t (int32_t fd)
  ftruncate: { name: "shim_ftruncate", parameters: ["i32", "i64"], result: "i32" }, // int32_t (int32_t fd, int64_t bytes)
  fadvise: { name: "shim_fadvise", parameters: ["i32", "i64", "i64", "i32"], result: "i32" }, // int32_t (int32_t fd, int64_t offset, int64_t bytes, int32_t advice)
  get_attributes: { name: "shim_get_attributes", parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, int32_t out[1])
  set_attributes: { name: "shim_set_attributes", parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t attributes)
  get_flags: { name: "shim_get_flags", parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  set_flags: { name: "shim_set_flags", parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t flags)
  set_fd_flags: { name: "shim_set_fd_flags", parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t flags)
  list: { name: "shim_list", parameters: ["buffer", "buffer", "u64"], result: "i64" }, // int64_t (const char *path, char *out, uint64_t bytes)
  cachestat: { name: "shim_cachestat", parameters: ["i32", "u64", "u64", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint64_t offset, uint64_t bytes, uint64_t out[5])
  mincore: { name: "shim_mincore", parameters: ["i32", "u64"], result: "i64" }, // int64_t (int32_t fd, uint64_t bytes)
  page_bytes: { name: "shim_page_bytes", parameters: [], result: "i64" }, // int64_t (void)
  mmap: { name: "shim_mmap", parameters: ["u64", "u64", "i32", "i32", "i32", "i64"], result: "i64" }, // int64_t (void *address, uint64_t bytes, int32_t prot, int32_t flags, int32_t fd, int64_t offset)
  munmap: { name: "shim_munmap", parameters: ["u64", "u64"], result: "i32" }, // int32_t (void *address, uint64_t bytes)
  peek: { name: "shim_peek", parameters: ["buffer", "u64", "u64"], result: "void" }, // void (void *out, const void *from, uint64_t bytes)
  memfd_create: { name: "shim_memfd_create", parameters: ["buffer", "u32"], result: "i32" }, // int32_t (const char *name, uint32_t flags)
  add_seals: { name: "shim_add_seals", parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t seals)
  get_seals: { name: "shim_get_seals", parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  udmabuf_create_list: { name: "shim_udmabuf_create_list", parameters: ["i32", "buffer", "u32"], result: "i32" }, // int32_t (int32_t device, const uint64_t parts[][3], uint32_t count)
  dma_buf_sync: { name: "shim_dma_buf_sync", parameters: ["i32", "u64"], result: "i32" }, // int32_t (int32_t fd, uint64_t flags)
  pipe: { name: "shim_pipe", parameters: ["buffer"], result: "i32" }, // int32_t (int32_t fds[2])
  set_pipe_bytes: { name: "shim_set_pipe_bytes", parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t bytes)
  get_pipe_bytes: { name: "shim_get_pipe_bytes", parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  hash_state_bytes: { name: "shim_hash_state_bytes", parameters: [], result: "u64" }, // uint64_t (void)
  hash_reset: { name: "shim_hash_reset", parameters: ["buffer"], result: "void" }, // void (void *state)
  hash_digest: { name: "shim_hash_digest", parameters: ["buffer"], result: "u64" }, // uint64_t (const void *state)
  clock: { name: "shim_clock", parameters: ["i32"], result: "i64" }, // int64_t (int32_t clock)
  getrusage: { name: "shim_getrusage", parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t who, int64_t out[5])
  kernel_release: { name: "shim_kernel_release", parameters: ["buffer", "u64"], result: "i32" }, // int32_t (char *out, uint64_t bytes)
  listen: { name: "shim_listen", parameters: ["buffer", "u32"], result: "i32" }, // int32_t (const char *path, uint32_t mode)
  connect: { name: "shim_connect", parameters: ["buffer", "u32"], result: "i32" }, // int32_t (const char *path, uint32_t seconds)
  accept: { name: "shim_accept", parameters: ["i32", "u32"], result: "i32" }, // int32_t (int32_t fd, uint32_t seconds)
  shutdown: { name: "shim_shutdown", parameters: ["i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t how)
  peer: { name: "shim_peer", parameters: ["i32", "buffer"], result: "i32" }, // int32_t (int32_t fd, uint32_t out[3])
  spawn: { name: "shim_spawn", parameters: ["buffer", "u32", "buffer", "u32", "buffer", "u32"], result: "i32" }, // int32_t (char *argv_text, uint32_t argc, char *env_text, uint32_t envc, int32_t *fds, uint32_t count)
  ring_bytes: { name: "shim_ring_bytes", parameters: [], result: "u64" }, // uint64_t (void)
  ring_init: { name: "shim_ring_init", parameters: ["buffer", "u32"], result: "i32" }, // int32_t (void *ring, uint32_t entries)
  ring_exit: { name: "shim_ring_exit", parameters: ["buffer"], result: "void" }, // void (void *ring)
  ring_slots: { name: "shim_ring_slots", parameters: ["buffer", "u32"], result: "i32" }, // int32_t (void *ring, uint32_t slots)
  ring_register: { name: "shim_ring_register", parameters: ["buffer", "u32", "u64", "u64"], result: "i32" }, // int32_t (void *ring, uint32_t slot, void *address, uint64_t bytes)
  ring_read: { name: "shim_ring_read", parameters: ["buffer", "i32", "u64", "u32", "i64", "u32"], result: "i32" }, // int32_t (void *ring, int32_t fd, void *to, uint32_t bytes, int64_t offset, uint32_t slot)
  ring_submit: { name: "shim_ring_submit", parameters: ["buffer"], result: "i32" }, // int32_t (void *ring)
  ring_reap: { name: "shim_ring_reap", parameters: ["buffer", "buffer", "u32"], result: "i32" }, // int32_t (void *ring, int64_t out[][2], uint32_t count)

  // Those that can take long, in both forms.
  udmabuf_create: { name: "shim_udmabuf_create", parameters: ["i32", "i32", "u64", "u64"], result: "i32" }, // int32_t (int32_t device, int32_t memfd, uint64_t offset, uint64_t bytes)
  udmabuf_create_async: { name: "shim_udmabuf_create", parameters: ["i32", "i32", "u64", "u64"], result: "i32", nonblocking: true },
  dma_heap_alloc: { name: "shim_dma_heap_alloc", parameters: ["i32", "u64", "u32"], result: "i32" }, // int32_t (int32_t heap, uint64_t bytes, uint32_t flags)
  dma_heap_alloc_async: { name: "shim_dma_heap_alloc", parameters: ["i32", "u64", "u32"], result: "i32", nonblocking: true },
  madvise: { name: "shim_madvise", parameters: ["u64", "u64", "i32"], result: "i32" }, // int32_t (void *address, uint64_t bytes, int32_t advice)
  madvise_async: { name: "shim_madvise", parameters: ["u64", "u64", "i32"], result: "i32", nonblocking: true },
  pread: { name: "shim_pread", parameters: ["i32", "u64", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, void *to, uint64_t bytes, int64_t offset)
  pread_async: { name: "shim_pread", parameters: ["i32", "u64", "u64", "i64"], result: "i64", nonblocking: true },
  pwrite: { name: "shim_pwrite", parameters: ["i32", "u64", "u64", "i64"], result: "i64" }, // int64_t (int32_t fd, const void *from, uint64_t bytes, int64_t offset)
  pwrite_async: { name: "shim_pwrite", parameters: ["i32", "u64", "u64", "i64"], result: "i64", nonblocking: true },
  fsync: { name: "shim_fsync", parameters: ["i32"], result: "i32" }, // int32_t (int32_t fd)
  fsync_async: { name: "shim_fsync", parameters: ["i32"], result: "i32", nonblocking: true },
  fallocate: { name: "shim_fallocate", parameters: ["i32", "i64"], result: "i32" }, // int32_t (int32_t fd, int64_t bytes)
  fallocate_async: { name: "shim_fallocate", parameters: ["i32", "i64"], result: "i32", nonblocking: true },
  collapse: { name: "shim_collapse", parameters: ["u64", "u64", "u64"], result: "i32" }, // int32_t (char *address, uint64_t bytes, uint64_t huge_bytes)
  collapse_async: { name: "shim_collapse", parameters: ["u64", "u64", "u64"], result: "i32", nonblocking: true },
  copy: { name: "shim_copy", parameters: ["u64", "u64", "u64"], result: "i64" }, // int64_t (void *to, const void *from, uint64_t bytes)
  copy_async: { name: "shim_copy", parameters: ["u64", "u64", "u64"], result: "i64", nonblocking: true },
  copy_in: { name: "shim_copy_in", parameters: ["i32", "i64", "u64", "u64"], result: "i64" }, // int64_t (int32_t fd, int64_t offset, const void *from, uint64_t bytes)
  copy_in_async: { name: "shim_copy_in", parameters: ["i32", "i64", "u64", "u64"], result: "i64", nonblocking: true },
  poll: { name: "shim_poll", parameters: ["i32", "i32", "i32"], result: "i32" }, // int32_t (int32_t fd, int32_t other, int32_t ms)
  poll_async: { name: "shim_poll", parameters: ["i32", "i32", "i32"], result: "i32", nonblocking: true },
  send: { name: "shim_send", parameters: ["i32", "buffer", "u64", "buffer", "u32"], result: "i64" }, // int64_t (int32_t fd, void *data, uint64_t bytes, const int32_t *fds, uint32_t count)
  send_async: { name: "shim_send", parameters: ["i32", "buffer", "u64", "buffer", "u32"], result: "i64", nonblocking: true },
  receive: { name: "shim_receive", parameters: ["i32", "buffer", "u64", "buffer"], result: "i64" }, // int64_t (int32_t fd, void *data, uint64_t bytes, int32_t out[1 + MAX_DESCRIPTORS])
  receive_async: { name: "shim_receive", parameters: ["i32", "buffer", "u64", "buffer"], result: "i64", nonblocking: true },
  wait: { name: "shim_wait", parameters: ["i32"], result: "i32" }, // int32_t (int32_t pid)
  wait_async: { name: "shim_wait", parameters: ["i32"], result: "i32", nonblocking: true },
  ring_wait: { name: "shim_ring_wait", parameters: ["buffer"], result: "i32" }, // int32_t (void *ring)
  ring_wait_async: { name: "shim_ring_wait", parameters: ["buffer"], result: "i32", nonblocking: true },
  sendfile: { name: "shim_sendfile", parameters: ["i32", "i32", "i64", "u64"], result: "i64" }, // int64_t (int32_t out, int32_t in, int64_t offset, uint64_t bytes)
  sendfile_async: { name: "shim_sendfile", parameters: ["i32", "i32", "i64", "u64"], result: "i64", nonblocking: true },
  splice: { name: "shim_splice", parameters: ["i32", "i64", "i32", "i64", "u64", "u32"], result: "i64" }, // int64_t (int32_t in, int64_t in_offset, int32_t out, int64_t out_offset, uint64_t bytes, uint32_t flags)
  splice_async: { name: "shim_splice", parameters: ["i32", "i64", "i32", "i64", "u64", "u32"], result: "i64", nonblocking: true },
  copy_file_range: { name: "shim_copy_file_range", parameters: ["i32", "i64", "i32", "i64", "u64"], result: "i64" }, // int64_t (int32_t in, int64_t in_offset, int32_t out, int64_t out_offset, uint64_t bytes)
  copy_file_range_async: { name: "shim_copy_file_range", parameters: ["i32", "i64", "i32", "i64", "u64"], result: "i64", nonblocking: true },
  hash_memory: { name: "shim_hash_memory", parameters: ["buffer", "u64", "u64"], result: "i64" }, // int64_t (void *state, const void *from, uint64_t bytes)
  hash_memory_async: { name: "shim_hash_memory", parameters: ["buffer", "u64", "u64"], result: "i64", nonblocking: true },
  hash_file: { name: "shim_hash_file", parameters: ["buffer", "i32", "i64", "u64"], result: "i64" }, // int64_t (void *state, int32_t fd, int64_t offset, uint64_t bytes)
  hash_file_async: { name: "shim_hash_file", parameters: ["buffer", "i32", "i64", "u64"], result: "i64", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;
