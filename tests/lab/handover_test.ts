import { assertEquals } from "@std/assert";
import { type BufferKind, loadFile, loadRanges, saveBuffer } from "../../copy/mod.ts";
import {
  type ManifestBuffer,
  manifestOf,
  receiveBuffers,
  runWithBuffers,
  serveBuffers,
} from "../../handover/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { content } from "./_guest.ts";

const BYTES = 3 * 2 ** 20 + 12345;
const KINDS: readonly BufferKind[] = ["dmabuf", "udmabuf"];

for (const kind of KINDS) {
  Deno.test(`a ${kind} that is served is the same dma-buf elsewhere`, async () => {
    const before = openDescriptors();
    const socket = "/tmp/handover-test.sock";
    {
      using file = randomFile(BYTES);
      using loaded = await loadFile(file.path, { to: kind, verify: true });
      const { promise, resolve } = Promise.withResolvers<void>();
      const served = serveBuffers(socket, {
        buffers: [loaded.buffer],
        manifest: manifestOf([loaded]),
        maxClients: 1,
        onListening: resolve,
      });
      await promise;
      using received = await receiveBuffers(socket);
      assertEquals(await served, 1);
      const [buffer] = received.buffers;
      const [{ cpuSync, pinned }] = received.manifest.buffers as [ManifestBuffer];
      assertEquals([cpuSync, pinned], [true, true]);
      assertEquals([buffer?.kind, buffer?.bytes], ["dmabuf", loaded.buffer.bytes]);
      assertEquals(content(buffer!).subarray(0, BYTES), file.data);
    }
    assertNoneLeft(before);
  });

  Deno.test(`a program gets a ${kind} as its descriptor 3`, async () => {
    using file = randomFile(BYTES);
    using loaded = await loadFile(file.path, { to: kind });
    const handed = { buffers: [loaded.buffer], manifest: manifestOf([loaded]) };
    const script = 'readlink /proc/self/fd/3 | grep -q dmabuf && [ "$LISTEN_FDS" = 1 ]';
    assertEquals(await runWithBuffers(["sh", "-c", script], handed), 0);
  });

  Deno.test(`parts of files go into a ${kind} wherever they lie, and out again`, async () => {
    using file = randomFile(BYTES);
    const parts = [[100n, 999_999n, 0n], [1_100_001n, 5n, 1_003_520n], [
      2_000_033n,
      1_000_000n,
      1_007_616n,
    ]];
    const ranges = parts.map(([fileOffset = 0n, bytes = 0n, bufferOffset = 0n]) => ({
      ...{ path: file.path, fileOffset, bytes, bufferOffset },
    }));
    using loaded = await loadRanges(ranges, { to: kind, verify: true });
    assertEquals([loaded.verified, loaded.direct, loaded.method], [true, true, "bounce"]);
    const saved = await saveBuffer(loaded.buffer, `${file.path}.saved`, { bytes: loaded.bytes });
    try {
      const expected = new Uint8Array(Number(loaded.bytes));
      for (const { fileOffset, bytes, bufferOffset } of ranges) {
        const from = Number(fileOffset);
        expected.set(file.data.subarray(from, from + Number(bytes)), Number(bufferOffset));
      }
      assertEquals(Deno.readFileSync(saved.path), expected);
    } finally {
      Deno.removeSync(saved.path);
    }
  });
}
