// The kernel's own mapping of a buffer of the heap, which vivid makes of each that it is given: it must
// show what all others see, and nothing that was in the memory before.
import { assert, assertEquals } from "@std/assert";
import { type Camera, openCamera } from "../../capture/camera.ts";
import type { SharedBuffer } from "../../copy/mod.ts";
import { clockMs, createPipe, dropFromCache, openFile } from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";
import { faultyDisk } from "./_device_mapper.ts";
import { assertSame, bufferOf, content, PAGE, PATCHED } from "./_guest.ts";
import {
  begin,
  BYTES,
  letGo,
  type Load,
  makeStale,
  type Stage,
  TIMES,
  untilBlocked,
} from "./_load.ts";
import { CAMERAS, chooseInput, INPUTS } from "./_vivid.ts";

const MIB = 2 ** 20;
const FRAME = { width: 320, height: 180, fourcc: "YUYV" };
const PATIENCE_MS = 60_000;

const whole: Load = { from: 0, to: 0, bytes: BYTES };
const LOADS: Record<string, Load> = {
  "no load": { ...whole, bytes: 0 },
  "a load of all": whole,
  "a load of a part": { from: PAGE, to: MIB - PAGE, bytes: MIB + 3 * PAGE },
  "a load whose page 200 can't be read": { ...whole, badPage: 200 },
  "a load whose page 545 can't be read": { ...whole, badPage: 545 },
};

/** Has the camera map the buffer and write a frame there; returns the frame's size. */
async function takeFrame(camera: Camera, buffer: SharedBuffer): Promise<number> {
  using pipe = createPipe(PAGE);
  camera.queue(0, [buffer]);
  camera.stream(true);
  const untilMs = clockMs() + PATIENCE_MS;
  const wait = { count: 1, untilMs, endNs: null, wake: pipe.readEnd };
  const { inHand } = await camera.store({ frames: [[buffer]], to: null, ...wait });
  camera.stream(false);
  assert(inHand && !inHand.isDamaged, "no frame");
  const { bytes } = inHand.planes[0]!;
  assert(bytes >= 2 * FRAME.width * FRAME.height && bytes < BYTES, `a frame of ${bytes} bytes`);
  return bytes;
}

/** Without what a load that failed may have read beyond its answer into memory that all see. */
function assertHolds(seen: Uint8Array, expected: Uint8Array, data: Uint8Array, load: Load): void {
  if (load.badPage !== undefined) {
    const isSound = (byte: number, i: number) => byte === expected[i] || byte === data[i];
    assertEquals(seen.findIndex((byte, i) => !isSound(byte, i)), -1);
  } else {
    assertSame(seen, expected);
  }
}

interface CameraStage extends Stage {
  camera: Camera;
}

async function play(stage: CameraStage): Promise<void> {
  const { camera, disk, data, scene, when } = stage;
  const { buffer, file, load } = scene;
  const expected = new Uint8Array(BYTES);
  // Nobody looks between the mapping and the frame: a look makes memory ready, too.
  const film = async () => {
    const frame = await takeFrame(camera, buffer);
    const seen = content(buffer);
    const lastLine = seen.subarray(frame - 2 * FRAME.width, frame);
    assert(new Set(lastLine).size > 4, "the camera's bars are not in the buffer");
    expected.set(seen.subarray(0, frame));
    assertHolds(seen, expected, data, load);
  };

  letGo(stage);
  if (when === "before") await film();
  dropFromCache(file);
  if (when === "amid") disk.hold();
  const loading = begin(scene);
  if (when === "amid") {
    await untilBlocked();
    await film();
    letGo(stage);
  }
  const answer = await loading;
  const bytes = typeof answer === "number" ? answer : 0;
  expected.set(data.subarray(load.from, load.from + bytes), load.to);
  if (when !== "after") assertHolds(content(buffer), expected, data, load);
  await film();
}

for (const direct of [false, true]) {
  const way = direct ? "directly" : "through the page cache";

  Deno.test({
    name: `a camera that maps a dma-buf loaded ${way} writes where all look, and bares nothing`,
    ignore: !PATCHED,
    async fn(test) {
      chooseInput(CAMERAS.single, INPUTS.webcam);
      using made = randomFile(BYTES);
      using disk = faultyDisk();
      using file = openFile(made.path, { direct });
      using camera = openCamera(CAMERAS.single, FRAME);
      for (const [name, load] of Object.entries(LOADS)) {
        for (const when of TIMES) {
          if (when === "amid" && load.bytes === 0) continue;
          await test.step(`${when} ${name}`, async () => {
            makeStale();
            using buffer = bufferOf("dmabuf", BYTES);
            camera.request(1);
            const scene = { buffer, file, load };
            try {
              await play({ camera, disk, path: made.path, data: made.data, scene, when });
            } finally {
              disk.repair();
              camera.request(0);
            }
          });
        }
      }
    },
  });
}
