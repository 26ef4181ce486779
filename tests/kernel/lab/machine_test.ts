import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  dataDevice,
  kernelCommandLine,
  type Machine,
  qemuArguments,
} from "../../../kernel/lab/machine.ts";

const MACHINE: Machine = {
  arch: "x86-64",
  image: "/k",
  initrd: null,
  system: { image: "/s.img", bytes: 2048 * 512 },
  data: { image: "/d.img", bytes: 1024 * 512, device: { bytesPerSecond: 4096, latencyUs: 7 } },
  kept: null,
  job: "/tmp/a,b",
  clock: "model",
  accelerator: "tcg",
  memoryMiB: 2048,
  hugepages: 0,
  kernelArguments: [],
};

Deno.test("kernelCommandLine() describes the modelled disks to the kernel and to programs", () => {
  const line = kernelCommandLine(MACHINE);
  assertStringIncludes(
    line,
    'dm-mod.create="data,,,rw,0 1024 lab-disk /dev/vdb 0 4096 7;' +
      'system,,,ro,0 2048 lab-disk /dev/vda 0 4096 7"',
  );
  assertStringIncludes(line, "root=/dev/dm-1 ");
  assertStringIncludes(line, "dmacopy.clock=model dmacopy.device=4096,7");
});

Deno.test("kernelCommandLine() has no model where there is none", () => {
  const line = kernelCommandLine({ ...MACHINE, data: { ...MACHINE.data!, device: null } });
  assertEquals(line.includes("dm-mod") || line.includes("dmacopy.device"), false);
  assertStringIncludes(line, "root=/dev/vda ");
});

Deno.test("kernelCommandLine() sets pages of 2 MiB aside, whatever size is usual", () => {
  const line = kernelCommandLine({ ...MACHINE, hugepages: 64 });
  assertStringIncludes(line, " default_hugepagesz=2M hugepages=64 ");
});

Deno.test("dataDevice() is the modelled disk, the virtio disk or none", () => {
  assertEquals(dataDevice(MACHINE), "/dev/dm-0");
  assertEquals(dataDevice({ ...MACHINE, data: { ...MACHINE.data!, device: null } }), "/dev/vdb");
  assertEquals(dataDevice({ ...MACHINE, data: null }), "");
});

Deno.test("qemuArguments() counts instructions for a model clock only", () => {
  assertEquals(qemuArguments(MACHINE).includes("-icount"), true);
  assertEquals(qemuArguments({ ...MACHINE, clock: "wall" }).includes("-icount"), false);
});

Deno.test("qemuArguments() doubles commas in paths", () => {
  assertStringIncludes(qemuArguments(MACHINE).join(" "), "path=/tmp/a,,b,mount_tag=job");
});

Deno.test("qemuArguments() protects the images from the guest", () => {
  const drives = qemuArguments(MACHINE).filter((word) => word.startsWith("if=none"));
  assertEquals(drives.map((drive) => /readonly=on|snapshot=on/.test(drive)), [true, true]);
});

Deno.test("qemuArguments() has the guest write to the kept disk for good", () => {
  const drives = qemuArguments({ ...MACHINE, kept: "/k,1.img" })
    .filter((word) => word.startsWith("if=none"));
  assertEquals(drives.at(-1), "if=none,id=kept,format=raw,file=/k,,1.img");
});

Deno.test("qemuArguments() puts the memory into one zone, above 4 GiB", () => {
  assertStringIncludes(qemuArguments(MACHINE).join(" "), "-machine max-ram-below-4g=512M -m 2048M");
  // There 3 GiB of addresses are below.
  assertStringIncludes(qemuArguments({ ...MACHINE, arch: "arm64" }).join(" "), "-m 5120M");
});

Deno.test("qemuArguments() gives arm64 its own board, by the accelerator", () => {
  const arm = { ...MACHINE, arch: "arm64" } as const;
  assertStringIncludes(qemuArguments(arm).join(" "), "virt,gic-version=3 -accel tcg -icount");
  const kvm = { ...arm, clock: "wall", accelerator: "kvm" } as const;
  assertStringIncludes(qemuArguments(kvm).join(" "), "virt,gic-version=host -accel kvm");
  assertStringIncludes(kernelCommandLine(arm), "console=ttyAMA0 ");
});
