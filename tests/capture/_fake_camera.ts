import type { Camera } from "../../capture/camera.ts";
import type { SharedBuffer } from "../../copy/mod.ts";
import { roundUp } from "../../base/round_up.ts";
import {
  clockMs,
  type FrameStore,
  SystemError,
  type VideoFrame,
  waitToRead,
  writeAt,
} from "../../ffi/mod.ts";

/** A camera of a test's. */
export interface FakeOptions {
  planeBytes: readonly number[];
  /** Its frames; null waits, an error ends it. */
  frames: Iterable<Partial<VideoFrame> | SystemError | null>;
}

/** A camera whose frames are full of their sequence numbers. It takes memfds, as any host has. */
export function fakeCamera({ planeBytes, frames }: FakeOptions): Camera & { queued: number } {
  const script = frames[Symbol.iterator]();
  const waiting: { index: number; buffers: readonly SharedBuffer[] }[] = [];
  let sequence = 0;
  return {
    format: "2x2@30:TEST",
    planeBytes,
    lineBytes: planeBytes.map(() => 0),
    rate: 30,
    request: (count) => count,
    queue: (index, buffers) => void waiting.push({ index, buffers }),
    stream: () => {},
    get queued() {
      return waiting.length;
    },
    async store({ frames: ring, to, count, untilMs, endNs, wake }) {
      const stored: VideoFrame[] = [];
      let position = to?.position ?? 0n;
      const end = (inHand: VideoFrame | null, error: SystemError | null = null) => ({
        ...{ stored, inHand, error },
      });
      while (stored.length < count) {
        const { value, done } = script.next();
        if (done || value === null) {
          await waitToRead(wake, { wake, timeoutMs: Math.max(0, Math.ceil(untilMs - clockMs())) });
          return end(null);
        }
        if (value instanceof SystemError) return end(null, value);
        const { index, buffers } = waiting.shift()!;
        const frame: VideoFrame = {
          ...{ index, sequence: sequence++, timestampNs: BigInt(sequence) * 33_000_000n },
          isDamaged: false,
          planes: planeBytes.map((bytes) => ({ offset: 0, bytes })),
          ...value,
        };
        for (const { share } of buffers) {
          using memfd = Deno.openSync(`/proc/self/fd/${share.number}`, { write: true });
          memfd.writeSync(new Uint8Array(Number(buffers[0]!.bytes)).fill(frame.sequence));
        }
        const isLate = endNs !== null && frame.timestampNs >= endNs;
        const next = to && !isLate && !frame.isDamaged
          ? write(frame, ring, { ...to, position })
          : null;
        if (next === null) return end(frame);
        position = next;
        stored.push(frame);
        waiting.push({ index, buffers });
      }
      return end(null);
    },
    [Symbol.dispose]() {},
  };
}

/** A device that was unplugged. */
export function unplugged(): SystemError {
  return new SystemError(19, { call: "VIDIOC_DQBUF", subject: "/dev/video0" });
}

/** Writes a frame as a device's loop does; returns where it ends, or null where that fails. */
function write(
  { index, planes }: VideoFrame,
  ring: readonly (readonly SharedBuffer[])[],
  { file, alignBytes, position, limit }: FrameStore,
): bigint | null {
  for (const [i, plane] of planes.entries()) {
    const bytes = roundUp(BigInt(plane.bytes), alignBytes);
    const { mapping } = ring[index]![i]!;
    if (position + bytes > limit) return null;
    writeAt(file, { address: mapping.address, bytes, offset: position }).sync();
    position += bytes;
  }
  return position;
}
