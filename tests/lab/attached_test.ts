// Bytes that an attached device writes get to the file, and a file's bytes to the device, where the device
// has a copy of the memory.
import { assertEquals } from "@std/assert";
import {
  createBuffer,
  loadFile,
  type LoadMethod,
  saveBuffer,
  type SharedBuffer,
  type Via,
} from "../../copy/mod.ts";
import { assertSame, IS_BOUNCED, randomBytes, write } from "./_guest.ts";
import { attachDevice, HAS_DEVICE } from "./_vgem.ts";

const ignore = !HAS_DEVICE;
const BYTES = 64 << 10;
/** Less than a buffer, and not a multiple of a block. */
const FILE_BYTES = 40_000;

function content(buffer: SharedBuffer): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Number(buffer.bytes));
  buffer.mapping.peek(0n, out);
  return out;
}

/** A udmabuf with a device, and the bytes that are there for the CPU and for the device. */
function attached(via: Via) {
  using stack = new DisposableStack();
  const buffer = stack.use(createBuffer("udmabuf", BigInt(BYTES), { via }));
  const ofDevice = randomBytes(BYTES);
  write(ofDevice, buffer.mapping);
  const device = stack.use(attachDevice(buffer.share));
  // As if the device had written the bytes that it has, and no one had looked since.
  const unseen = randomBytes(BYTES);
  write(unseen, buffer.mapping);
  const current = IS_BOUNCED ? ofDevice : unseen;
  const owned = stack.move();
  return { buffer, device, current, [Symbol.dispose]: () => owned.dispose() };
}

for (const via of ["memfd", "dmabuf"] as const) {
  for (const direct of [true, false]) {
    const way = `${direct ? "direct" : "buffered"}, through the ${via}`;

    Deno.test({
      name: `saveBuffer() saves the bytes that a device wrote to a udmabuf, ${way}`,
      ignore,
      async fn() {
        using made = attached(via);
        const path = "/data/saved";
        await saveBuffer(made.buffer, path, { direct, bytes: BigInt(BYTES) });
        try {
          assertSame(Deno.readFileSync(path), made.current);
        } finally {
          Deno.removeSync(path);
        }
      },
    });
  }
}

const LOADS: [Via, LoadMethod | undefined, boolean][] = [
  ["memfd", undefined, true],
  ["memfd", undefined, false],
  ["dmabuf", undefined, true],
  ["dmabuf", undefined, false],
  ["dmabuf", "bounce", true],
  ["dmabuf", "read", false],
];

for (const [via, method, direct] of LOADS) {
  const way = `${direct ? "direct" : "buffered"} ${method ?? "load"}, through the ${via}`;

  Deno.test({
    name: `loadFile() gives a udmabuf's device the file, and leaves it the rest, ${way}`,
    ignore,
    async fn() {
      using made = attached(via);
      const path = "/data/loaded";
      const data = randomBytes(FILE_BYTES);
      Deno.writeFileSync(path, data);
      try {
        const { bytes } = await loadFile(path, { into: made.buffer, method, direct });
        assertEquals(bytes, BigInt(FILE_BYTES));
      } finally {
        Deno.removeSync(path);
      }
      // The device's copy comes back as it leaves.
      made.device[Symbol.dispose]();
      const expected = made.current.slice();
      expected.set(data);
      assertSame(content(made.buffer), expected);
    },
  });
}
