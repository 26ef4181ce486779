// Tests that dmacopy uses the best method of Debian's own kernels: run by
// ./run lab test --kernel debian-6.1 and the like.
import "./_guest.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";

const MODEL = "/data/model.bin";
const { size: BYTES } = Deno.statSync(MODEL);
const PART_BYTES = 64 * 2 ** 20;

/** The expectation for a kernel. */
interface Expected {
  /** Which buffers can be made. */
  buffers: string[];
  /** The most that a udmabuf may have, in MiB; null means unlimited. */
  udmabufMiB: number | null;
  /** The way of the file: buffer, pages, method and CPU copies. */
  large: [buffer: string, pages: string, method: string, copies: number];
  /** The way of parts of 64 MiB, which no limit is below. */
  parts: Expected["large"];
  /** The advice after a copy by the CPU, or null. */
  hint: RegExp | null;
}

const HUGE_UDMABUF: Expected["large"] = ["udmabuf", "thp", "read", 0];
const HUGE_MEMFD: Expected["large"] = ["memfd", "thp", "read", 0];

const KERNELS: Record<string, Expected> = {
  "6.1": {
    ...{ buffers: ["memfd"], udmabufMiB: null },
    ...{ large: HUGE_MEMFD, parts: HUGE_MEMFD, hint: null },
  },
  "6.12": {
    ...{ buffers: ["memfd", "udmabuf", "dmabuf"], udmabufMiB: 64 },
    ...{ large: ["dmabuf", "4k", "bounce", 1], parts: HUGE_UDMABUF },
    hint: /without a CPU copy, but .*limited to 64 MiB: .*--split 64MiB/,
  },
  "7.3": {
    ...{ buffers: ["memfd", "udmabuf", "dmabuf"], udmabufMiB: null },
    ...{ large: HUGE_UDMABUF, parts: HUGE_UDMABUF, hint: null },
  },
};

const [, release = ""] = /^(\d+\.\d+)\./.exec(Deno.osRelease()) ?? [];
const expected = KERNELS[release]!;

async function dmacopy(...args: string[]): Promise<{ out: string; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command("dmacopy", { args }).output();
  const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, `${args.join(" ")}: ${said}`);
  return { out: out!, said: said! };
}

async function asJson(...args: string[]) {
  return JSON.parse((await dmacopy(...args, "--json")).out);
}

function wayOf(
  { buffer, pages, method, cpuCopies }: Record<string, unknown>,
): unknown[] {
  return [buffer, pages, method, cpuCopies];
}

Deno.test("the kernel is Debian's own, with its own settings", () => {
  assertMatch(Deno.osRelease(), /^(6\.1\.0-\d+|\d+\.\d+\.\d+\+deb13)-(amd64|arm64)$/);
  const setting = Deno.readTextFileSync("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  assertMatch(setting, /\[never\]/);
});

Deno.test("doctor tells what this kernel offers", async () => {
  const { buffers, udmabufLimits, series, transparentHugePages, advice, direct } = await asJson(
    ...["doctor", MODEL],
  );
  const made = Object.keys(buffers).filter((kind) => buffers[kind].supported);
  assertEquals(made, expected.buffers);
  assertEquals([series, transparentHugePages.supported], [false, true]);
  if (made.includes("udmabuf")) assertEquals(udmabufLimits.sizeMiB, expected.udmabufMiB);
  assertEquals(direct.alignment.offsetBytes, 512);
  const [buffer] = expected.large;
  assertMatch(advice.command, new RegExp(`^dmacopy copy FILE ${buffer}`));
  const { out } = await dmacopy("doctor");
  assertMatch(out, /^carries the series +✗$/m);
});

Deno.test("copy takes the fastest way, and what it copied is right", async () => {
  const { out, said } = await dmacopy("copy", MODEL, "--verify", "--json");
  const copied = JSON.parse(out);
  assertEquals(wayOf(copied), expected.large);
  assertEquals([copied.bytes, copied.direct, copied.verified], [BYTES, true, true]);
  assertEquals(said.includes("fragmented"), false, said);
});

Deno.test("copy says how the CPU need not copy", async () => {
  const { out, said } = await dmacopy("copy", MODEL);
  assertMatch(out, expected.large[3] === 0 ? /0 CPU copies/ : /1 CPU copy/);
  if (expected.hint) assertMatch(said, expected.hint);
  else assertEquals(/without a CPU copy|is faster/.test(said), false, said);
});

Deno.test("copy --split 64MiB needs no CPU copy and no root, whatever the limits are", async () => {
  const { files, bytes } = await asJson("copy", MODEL, "--split", "64MiB", "--verify");
  assertEquals([files.length, bytes], [BYTES / PART_BYTES, BYTES]);
  for (const file of files) {
    assertEquals([...wayOf(file), file.verified], [...expected.parts, true]);
  }
});

Deno.test("copy --exec hands the buffer over, and copy fd:N saves it", async () => {
  const saved = "/data/saved.bin";
  await dmacopy("copy", MODEL, "--exec", "dmacopy", "copy", "fd:3", saved);
  const { success } = await new Deno.Command("cmp", { args: [MODEL, saved] }).output();
  assert(success, "what was saved is not what was copied");
  Deno.removeSync(saved);
});
