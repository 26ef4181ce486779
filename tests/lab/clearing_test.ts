// Nobody sees what was in memory before: each way to load it, with each way to see it, before, amid
// and after the load. A disk that holds its requests back makes sure that it is amid.
import { exists } from "../../base/exists.ts";
import { assert, assertEquals } from "@std/assert";
import type { BufferKind, SharedBuffer } from "../../copy/mod.ts";
import {
  copyFileRange,
  createMemfd,
  dropFromCache,
  Mapping,
  openFile,
  SystemError,
} from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";
import { faultyDisk } from "./_device_mapper.ts";
import { assertSame, bufferOf, content, PAGE, PATCHED } from "./_guest.ts";
import { assertNothingLeaked, held } from "./_held.ts";
import {
  begin,
  BYTES,
  letGo,
  type Load,
  makeStale,
  type Scene,
  type Stage,
  TIMES,
  untilBlocked,
} from "./_load.ts";
import { attachDevice, HAS_DEVICE } from "./_vgem.ts";

const MIB = 2 ** 20;
const INJECTION = "/sys/kernel/debug/fail_page_alloc";

const whole = { from: 0, to: 0, bytes: BYTES };
const LOADS: Record<string, Load> = {
  "a load of all": whole,
  "a load of a part": { from: PAGE, to: MIB - PAGE, bytes: MIB + 3 * PAGE },
  "a load that is not aligned": { from: 3, to: 1, bytes: BYTES - 3 },
  "a load beyond the file's end": { from: 5 * PAGE, to: 0, bytes: BYTES },
  ...Object.fromEntries([0, 200, 256, 545].map((badPage) => [
    `a load whose page ${badPage} can't be read`,
    { ...whole, badPage },
  ])),
};

const SECOND_LOAD = "a second load";

/** Makes the memory visible; returns the content that it shows, or nothing. */
type Use = (scene: Scene) => Uint8Array | null | Promise<null>;

const USES: Record<string, Use> = {
  "a look at the mapping": ({ buffer }) => content(buffer),
  "a copy to elsewhere": ({ buffer }) => copiedOut(buffer),
  [SECOND_LOAD]: async (scene) => {
    await begin(scene);
    return null;
  },
  ...(HAS_DEVICE
    ? {
      "a device": ({ buffer }: Scene) => {
        if (buffer.kind === "memfd") return null;
        using _ = attachDevice(buffer.share);
        return content(buffer);
      },
    }
    : {}),
};

function copiedOut(buffer: SharedBuffer): Uint8Array {
  using memfd = createMemfd("test");
  const bytes = BigInt(BYTES);
  copyFileRange({ from: buffer.io, to: memfd, fromOffset: 0n, toOffset: 0n, bytes }).sync();
  using mapping = new Mapping(memfd, bytes, { access: "read" });
  const out = new Uint8Array(BYTES);
  mapping.peek(0n, out);
  return out;
}

/**
 * Has this thread's allocations of `order` and above fail. What turns them off again is open before,
 * as the debug kernel needs such an allocation now and then to open a file.
 */
function failingOrders(order: number): Disposable {
  const settings = { "min-order": order, "task-filter": "Y", "verbose": 0, "times": -1 };
  for (const [name, value] of Object.entries(settings)) set(name, value);
  for (const name of ["ignore-gfp-highmem", "ignore-gfp-wait"]) set(name, "N");
  Deno.writeTextFileSync("/proc/thread-self/make-it-fail", "1");
  const probability = Deno.openSync(`${INJECTION}/probability`, { write: true });
  const fail = (percent: number) => probability.writeSync(new TextEncoder().encode(`${percent}`));
  fail(100);
  return {
    [Symbol.dispose]() {
      fail(0);
      probability.close();
    },
  };
}

function set(name: string, value: unknown): void {
  Deno.writeTextFileSync(`${INJECTION}/${name}`, String(value));
}

function staleBuffer(kind: BufferKind, belowOrder?: number): SharedBuffer {
  makeStale();
  return belowOrder === undefined ? bufferOf(kind, BYTES) : bufferOfPieces(kind, belowOrder);
}

/** A buffer without pieces of `order` and above. */
function bufferOfPieces(kind: BufferKind, order: number): SharedBuffer {
  for (let tries = 0;; tries++) {
    try {
      using _ = failingOrders(order);
      return bufferOf(kind, BYTES);
    } catch (error) {
      // Opening the heap failed; the next time there may be room for its path.
      if (!(error instanceof SystemError && error.code === "ENOMEM" && tries < 20)) throw error;
    }
  }
}

/** The result that a look may have: this much of a load, and perhaps more of it. */
interface Expected {
  answer: number | string;
  more: boolean;
}

const NOTHING: Expected = { answer: 0, more: false };

/** That what was seen is the file's as far as it was loaded, and zeroes elsewhere. */
function assertSound(
  seen: Uint8Array,
  data: Uint8Array,
  { load, answer, more }: Expected & { load: Load },
): void {
  const loaded = typeof answer === "number" ? answer : 0;
  const expected = new Uint8Array(BYTES);
  expected.set(data.subarray(load.from, load.from + loaded), load.to);
  const end = more ? load.bytes : loaded;
  for (let i = loaded; i < end; i++) {
    if (seen[load.to + i] === data[load.from + i]) expected[load.to + i] = seen[load.to + i]!;
  }
  assertSame(seen, expected);
}

function assertAnswer(answer: number | string, { from, bytes, badPage }: Load): void {
  if (badPage === undefined) return assertEquals(answer, Math.min(bytes, BYTES - from));
  assert(answer === "EIO" || Number(answer) <= badPage * PAGE, `answer ${answer}`);
}

interface UseStage extends Stage {
  use: Use;
}

/** Plays a case through, from fresh memory on. */
async function play(stage: UseStage): Promise<void> {
  const { disk, data, scene, use, when } = stage;
  const { load, file } = scene;
  const look = async (expected: Expected) => {
    const seen = await use(scene);
    if (seen) assertSound(seen, data, { load, ...expected });
  };
  const repeats = use === USES[SECOND_LOAD];
  let looking: Promise<void> | undefined;

  letGo(stage);
  if (when === "before") await look(NOTHING);
  dropFromCache(file);
  if (when === "amid") disk.hold();
  const loading = begin(scene);
  if (when === "amid") {
    await untilBlocked();
    looking = look(NOTHING);
    // A second load waits for the disk as well.
    if (!repeats) await looking;
    letGo(stage);
  }
  const answer = await loading;
  await looking;
  assertAnswer(answer, load);
  // Into memory that is visible, what is read comes at once.
  const expected = { answer, more: when === "before" || repeats };
  if (when === "after") await look(expected);
  assertSound(content(scene.buffer), data, { load, ...expected });
}

const ORDERS = exists(INJECTION) ? [undefined, 5, 1] : [undefined];

for (const kind of ["dmabuf", "memfd"] as BufferKind[]) {
  for (const belowOrder of kind === "dmabuf" ? ORDERS : [undefined]) {
    for (const direct of [false, true]) {
      const pieces = belowOrder === undefined ? "" : ` of pieces below order ${belowOrder}`;
      const way = direct ? "directly" : "through the page cache";

      Deno.test({
        name: `nobody sees what was in the memory of a ${kind}${pieces} that is loaded ${way}`,
        ignore: !PATCHED,
        async fn(test) {
          using made = randomFile(BYTES);
          const before = held();
          {
            using disk = faultyDisk();
            using file = openFile(made.path, { direct });
            for (const [name, load] of Object.entries(LOADS)) {
              // Direct I/O is of whole sectors.
              if (direct && load.from % 512 !== 0) continue;
              await test.step(name, async () => {
                for (const [what, use] of Object.entries(USES)) {
                  for (const when of TIMES) {
                    using buffer = staleBuffer(kind, belowOrder);
                    const scene = { buffer, file, load };
                    const stage = { disk, path: made.path, data: made.data, scene, use, when };
                    try {
                      await play(stage);
                    } catch (cause) {
                      throw new Error(`${what} ${when} ${name}`, { cause });
                    } finally {
                      disk.repair();
                    }
                  }
                }
              });
            }
          }
          assertNothingLeaked(before);
        },
      });
    }
  }
}
