import { assert, assertEquals } from "@std/assert";
import { type BufferKind, loadFile } from "../../copy/mod.ts";
import { Descriptor, Mapping, openFile } from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";

const BYTES = 3 * 2 ** 20 + 12345;
/** linux/drm.h: DRM_IOCTL_PRIME_HANDLE_TO_FD, _FD_TO_HANDLE, _GEM_CLOSE */
const HANDLE_TO_FD = 0xc00c642dn;
const FD_TO_HANDLE = 0xc00c642en;
const GEM_CLOSE = 0x40086409n;
const DRM_RDWR_CLOEXEC = 0o2000002;
const CARDS = ["/dev/dri/card0", "/dev/dri/card1"];

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

function drm(card: Descriptor, request: bigint, argument: Int32Array<ArrayBuffer>): void {
  const result = libc.symbols.ioctl(card.number, request, argument);
  if (result < 0) throw new Error(`${card.name} refuses the request ${request.toString(16)}`);
}

for (const path of CARDS) {
  const driver = driverOf(path);
  for (const kind of ["udmabuf", "dmabuf"] as BufferKind[]) {
    Deno.test(`a ${kind} becomes ${driver}'s GEM object, and comes back with the file in it`, async () => {
      using file = randomFile(BYTES);
      using loaded = await loadFile(file.path, { to: kind, verify: true });
      using card = openFile(path, { access: "read-write" });
      const imported = Int32Array.of(0, 0, loaded.buffer.share.number);
      drm(card, FD_TO_HANDLE, imported);
      const [handle = 0] = imported;
      assert(handle > 0);
      const exported = Int32Array.of(handle, DRM_RDWR_CLOEXEC, -1);
      drm(card, HANDLE_TO_FD, exported);
      using back = Descriptor.adopt(exported[2]!, "dma-buf");
      using mapping = new Mapping(back, loaded.buffer.bytes, { access: "read" });
      const content = new Uint8Array(BYTES);
      mapping.peek(0n, content);
      assertEquals(content, file.data);
      drm(card, GEM_CLOSE, Int32Array.of(handle, 0));
    });
  }
}

function driverOf(path: string): string {
  const name = path.split("/").at(-1);
  const link = Deno.readLinkSync(`/sys/class/drm/${name}/device`);
  return link.split("/").at(-1) ?? path;
}
