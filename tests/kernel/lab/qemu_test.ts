import { assertEquals, assertRejects } from "@std/assert";
import { archs, factsOf, HOST_ARCH } from "../../../kernel/lab/arch.ts";
import { LabError } from "../../../kernel/lab/error.ts";
import { complaintReport, kernelComplaints, runQemu } from "../../../kernel/lab/qemu.ts";

const arch = HOST_ARCH;
const { qemu } = factsOf(arch);

/** Runs the tests' `action` with a shell script in the place of QEMU. */
async function withQemu(script: string, action: () => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = Deno.env.get("PATH")!;
  await Deno.writeTextFile(`${folder}/${qemu}`, `#!/bin/sh\n${script}\n`, {
    mode: 0o755,
  });
  Deno.env.set("PATH", `${folder}:${path}`);
  try {
    await action();
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runQemu() returns the console", () =>
  withQemu("printf 'one\\r\\ntwo\\r\\n'", async () => {
    assertEquals(await runQemu([], { arch, timeoutMs: 60_000 }), "one\ntwo\n");
  }));

Deno.test("runQemu() reports why QEMU failed, with the console's last lines", () =>
  withQemu("echo booting; echo 'no such image' >&2; exit 1", async () => {
    const run = () => runQemu([], { arch, timeoutMs: 60_000 });
    const error = await assertRejects(run, LabError, "QEMU failed: no such image (exit status 1)");
    assertEquals(error.lines, ["booting", "no such image"]);
  }));

Deno.test("runQemu() reports a QEMU that was killed", () =>
  withQemu("kill -9 $$", async () => {
    await assertRejects(() => runQemu([], { arch, timeoutMs: 60_000 }), LabError, "SIGKILL");
  }));

Deno.test("runQemu() ends a guest at its time limit", () =>
  withQemu("echo stuck; exec sleep 60", async () => {
    const run = () => runQemu([], { arch, timeoutMs: 2000 });
    const error = await assertRejects(run, LabError, "limit of 2 s");
    assertEquals(error.lines, ["stuck"]);
  }));

Deno.test("runQemu() ends a guest that nothing is seen of, not one that prints", () =>
  withQemu("echo stuck; exec sleep 60", async () => {
    const run = () => runQemu([], { arch, timeoutMs: 60_000, silenceMs: 2000 });
    const error = await assertRejects(run, LabError, "printed nothing for 2 s");
    assertEquals(error.lines, ["stuck"]);
    const limits = { arch, timeoutMs: 3000, silenceMs: 1000, onTick: () => true };
    await assertRejects(() => runQemu([], limits), LabError, "limit of 3 s");
  }));

Deno.test("runQemu() gives a guest more time until it prints than between its lines", () =>
  withQemu("exec sleep 60", async () => {
    const limits = { arch, timeoutMs: 60_000, startMs: 2000, silenceMs: 500 };
    await assertRejects(() => runQemu([], limits), LabError, "printed nothing for 2 s");
    let ticks = 0;
    const printsOnce = { ...limits, onTick: () => ticks++ === 0 };
    await assertRejects(() => runQemu([], printsOnce), LabError, "printed nothing for 0.5 s");
  }));

Deno.test("runQemu() ends a guest when it is aborted", () =>
  withQemu("exec sleep 60", async () => {
    const signal = AbortSignal.abort(new LabError("interrupted"));
    await assertRejects(
      () => runQemu([], { arch, timeoutMs: 60_000, signal }),
      LabError,
      "interrupted",
    );
    const later = new AbortController();
    const timer = setTimeout(() => later.abort(new LabError("interrupted")), 100);
    const run = () => runQemu([], { arch, timeoutMs: 60_000, signal: later.signal });
    await assertRejects(run, LabError, "interrupted");
    clearTimeout(timer);
  }));

Deno.test("kernelComplaints() finds warnings and bugs, not ordinary lines", () => {
  const bad = [
    "[    1.0] WARNING: CPU: 0 PID: 1 at mm/gup.c:10",
    "[    1.1] BUG: kernel NULL pointer dereference",
    "[    1.2] EXT4-fs error (device dm-0): bad inode",
  ];
  const meant = "[    1.4] Buffer I/O error on device dm-99, logical block 7";
  const counted =
    "[    1.5] kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)";
  const log = ["[    0.5] Memory: 1 KiB", ...bad, meant, counted, "[    2.0] debug: fine"].join(
    "\n",
  );
  for (const arch of archs) assertEquals(kernelComplaints(log, arch), bad);
});

Deno.test("kernelComplaints() knows each architecture's own words", () => {
  const arm =
    "[    1.0] Unable to handle kernel paging request at virtual address ffff8000deadbeef";
  const x86 = "[    1.0] general protection fault, probably for non-canonical address";
  assertEquals(kernelComplaints(`${arm}\n[    2.0] fine`, "arm64"), [arm]);
  assertEquals(kernelComplaints(`${x86}\n[    2.0] fine`, "x86-64"), [x86]);
});

Deno.test("kernelComplaints() takes buffers that several devices map for what they are", () => {
  const shared = [
    "[    1.0] WARNING: CPU: 1 PID: 517 at kernel/dma/debug.c:601 add_dma_entry+0x3c3/0x570",
    "[    1.1] Call Trace:",
    "[    1.2] ---[ end trace 0000000000000000 ]---",
  ];
  const bad = "[    1.3] WARNING: CPU: 0 PID: 1 at kernel/dma/debug.c:1129 check_sync+0x1/0x2";
  assertEquals(kernelComplaints([...shared, bad, ...shared].join("\n"), "x86-64"), [bad]);
});

Deno.test("complaintReport() has the message before the warning, and the trace after it", () => {
  const before = Array.from({ length: 100 }, (_, i) => `[    0.${i}] fine`);
  const splat = [
    "[    1.0] ------------[ cut here ]------------",
    "[    1.1] DMA-API: vgem vgem: device driver tries to sync DMA memory [size=4096 bytes]",
    "[    1.2] WARNING: CPU: 0 PID: 1 at kernel/dma/debug.c:1108 check_sync+0x1/0x2",
    "[    1.3] ---[ end trace 0000000000000000 ]---",
  ];
  const log = [...before, ...splat].join("\n");
  const [complaint = ""] = kernelComplaints(log, "arm64");
  assertEquals(complaintReport(log, complaint), [before.at(-1), ...splat]);
  assertEquals(complaintReport(splat.join("\n"), complaint), splat);
});
