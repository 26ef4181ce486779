import type { Camera } from "../../capture/camera.ts";
import type { SharedBuffer } from "../../copy/mod.ts";
import { SystemError, type VideoFrame, waitToRead } from "../../ffi/mod.ts";

/** A camera of a test's. */
export interface FakeOptions {
  planeBytes: readonly number[];
  /** What it gives, frame by frame; null waits, an error is thrown. */
  frames: Iterable<Partial<VideoFrame> | Error | null>;
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
    async next({ wake, timeoutMs }) {
      const { value, done } = script.next();
      if (done || value === null) {
        await waitToRead(wake, { wake, timeoutMs });
        return null;
      }
      if (value instanceof Error) throw value;
      await new Promise((resolve) => setTimeout(resolve));
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
      return frame;
    },
    [Symbol.dispose]() {},
  };
}

/** A device that was unplugged. */
export function unplugged(): SystemError {
  return new SystemError(19, { call: "VIDIOC_DQBUF", subject: "/dev/video0" });
}
