import { openFile } from "../../ffi/mod.ts";

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

/** _IOWR('V', 28, struct v4l2_control), _IOWR('V', 39, int) */
const VIDIOC_S_CTRL = 0xc008561cn;
const VIDIOC_S_INPUT = 0xc0045627n;
/** drivers/media/test-drivers/vivid/vivid-ctrls.c */
const VIVID = 0x00f0_f000;
const CONTROLS = { dropped: VIVID + 64, disconnect: VIVID + 65, dequeueError: VIVID + 66 };

/** vivid's cameras, in the order of the guest's kernel command line. */
export const CAMERAS = { single: "/dev/video0", planar: "/dev/video1", contiguous: "/dev/video2" };

/** vivid's inputs there. */
export const INPUTS = { webcam: 0, hdmi: 1 };

/** Chooses what a camera sees. */
export function chooseInput(path: string, input: number): void {
  call(path, VIDIOC_S_INPUT, Int32Array.of(input));
}

/** Has a camera misbehave. */
export function control(path: string, name: keyof typeof CONTROLS, value: number): void {
  call(path, VIDIOC_S_CTRL, Int32Array.of(CONTROLS[name], value));
}

function call(path: string, request: bigint, argument: Int32Array<ArrayBuffer>): void {
  using device = openFile(path, { access: "read-write" });
  if (libc.symbols.ioctl(device.number, request, argument) < 0) {
    throw new Error(`${path} refuses the request ${request.toString(16)}`);
  }
}
