import { assert, assertEquals, assertMatch } from "@std/assert";
import { randomBytes, run } from "./_guest.ts";

/** A root of Debian with Mesa's lavapipe: a Vulkan device that computes on the CPU. */
const ROOT = "/vulkan";
const ENVIRONMENT = {
  VK_DRIVER_FILES: "/usr/share/vulkan/icd.d/lvp_icd.json",
  MESA_SHADER_CACHE_DISABLE: "true",
};
const ELEMENTS = 300_001;
/** More than lavapipe's shaders see of a buffer at once, which is 128 MiB. */
const LONG_BYTES = 130 * 2 ** 20 + 12;

/** Floats whose sum is exact in any order. */
const weights = Float32Array.from({ length: ELEMENTS }, (_, i) => (i * 7919) % 97 - 48);

const noise = randomBytes(40_004);

/** A safetensors file of tensors one after the other: they lie at no multiple of more than 4. */
function modelOf(tensors: Record<string, { dtype: string; data: Uint8Array<ArrayBuffer> }>) {
  const path = Deno.makeTempFileSync({ dir: "/data", suffix: ".safetensors" });
  using file = Deno.openSync(path, { write: true });
  let end = 0;
  const header = Object.entries(tensors).map(([name, { dtype, data }]) => {
    const start = end;
    end += data.length;
    return [name, { dtype, shape: [data.length / 4], data_offsets: [start, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
  for (const part of [length, json, ...Object.values(tensors).map(({ data }) => data)]) {
    for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

const model = () =>
  modelOf({
    weights: { dtype: "F32", data: new Uint8Array(weights.buffer) },
    noise: { dtype: "U32", data: noise },
  });

/** The sum of 32-bit words, as the program prints it. */
function checksum(data: Uint8Array<ArrayBuffer>): string {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
  const sum = words.reduce((sum, word) => (sum + word) >>> 0, 0);
  return `words 0x${sum.toString(16).padStart(8, "0")}`;
}

/** The parts of the system that its programs need, mounted in the root. */
function entered(): Disposable {
  using mounting = new DisposableStack();
  for (const name of ["dev", "proc", "tmp"]) {
    run("mount", "--bind", `/${name}`, `${ROOT}/${name}`);
    mounting.defer(() => void run("umount", `${ROOT}/${name}`));
  }
  // Not from the host's folder: a program's pages are read when they are first used.
  Deno.copyFileSync("/job/sum_tensor", "/tmp/sum_tensor");
  mounting.defer(() => Deno.removeSync("/tmp/sum_tensor"));
  return mounting.move();
}

const SUM = ["chroot", ROOT, "/tmp/sum_tensor"];

async function output(command: string, args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, env: ENVIRONMENT })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

for (const kind of ["udmabuf", "dmabuf"]) {
  Deno.test(`a Vulkan device sums a tensor in a ${kind} that --exec hands over`, async () => {
    using _root = entered();
    using file = model();
    const copy = ["copy", file.path, kind, "--quiet", "--align", "4KiB", "--exec", ...SUM];
    const floats = await output("dmacopy", [...copy, "weights"]);
    assertEquals([floats.code, floats.stderr], [0, ""]);
    const [device, ...sums] = floats.stdout.trim().split("\n");
    assertMatch(device!, /^llvmpipe/);
    assertEquals(sums, [
      checksum(new Uint8Array(weights.buffer)),
      `sum ${weights.reduce((a, b) => a + b)}`,
    ]);
    const words = await output("dmacopy", [...copy, "noise"]);
    assertEquals(words.stdout.trim().split("\n").slice(1), [checksum(noise)]);
  });
}

Deno.test("a Vulkan device sums a tensor longer than its shaders see, taken at a socket", async () => {
  using _root = entered();
  const data = randomBytes(LONG_BYTES);
  using file = modelOf({ long: { dtype: "I32", data } });
  const socket = "/tmp/vulkan-test.sock";
  const args = ["copy", file.path, "udmabuf", "--quiet", "--align", "4KiB"];
  const serving = ["--serve", socket, "--max-clients", "1"];
  const served = output("dmacopy", [...args, ...serving]);
  const give = async (): ReturnType<typeof output> => {
    const got = await output(SUM[0]!, [...SUM.slice(1), "long", socket]);
    return /No such file|refused/.test(got.stderr) ? await give() : got;
  };
  const { code, stdout, stderr } = await give();
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.trim().split("\n").slice(1), [checksum(data)]);
  assertEquals((await served).code, 0);
});

Deno.test("the Vulkan client says why it can't: no device, no dma-buf, no such tensor", async () => {
  using _root = entered();
  using file = model();
  const fails = async (kind: string, name: string, env: Record<string, string>, why: RegExp) => {
    const set = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const args = [
      "copy",
      file.path,
      kind,
      "--quiet",
      "--tensors",
      "*",
      "--exec",
      "env",
      ...set,
      ...SUM,
      name,
    ];
    const { code, stdout, stderr } = await output("dmacopy", args);
    assert(code !== 0);
    assertEquals(stdout, "");
    assertMatch(stderr, why);
  };
  await fails("memfd", "weights", {}, /^sum_tensor: a memfd is not a dma-buf: load to dmabuf or/);
  await fails("udmabuf", "other", {}, /^sum_tensor: no tensor is named other\n/);
  await fails("udmabuf", "weights", { VK_DRIVER_FILES: "/tmp/none.json" }, /no Vulkan device/);
});
