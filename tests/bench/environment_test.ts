import { assertEquals } from "@std/assert";
import { cpuName, labParameters, mountOf } from "../../bench/environment.ts";

const mountinfo = `\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:20 / /mnt rw - tmpfs none rw
24 23 8:1 / /mnt/with\\040space rw master:1 - f2fs /dev/sda1 rw
25 23 8:2 / /mnt/over rw - xfs /dev/sdb rw
26 25 8:3 / /mnt/over rw - btrfs /dev/sdc rw
`;

for (
  const [path, type] of [
    ["/etc/passwd", "ext4"],
    ["/mnt/file", "tmpfs"],
    ["/mntfile", "ext4"],
    ["/mnt/with space/file", "f2fs"],
    ["/mnt/over/file", "btrfs"],
  ] as const
) {
  Deno.test(`mountOf() finds the mount of ${path}`, () => {
    assertEquals(mountOf(path, mountinfo).type, type);
  });
}

Deno.test("labParameters() reads what the lab says on the command line", () => {
  const cmdline = "root=/dev/vda dmacopy.clock=model dmacopy.device=4294967296,100 quiet\n";
  assertEquals(labParameters(cmdline), {
    clock: "model",
    device: { bytesPerSecond: 4294967296, latencyUs: 100 },
  });
  assertEquals(labParameters("quiet dmacopy.clock=wall"), { clock: "wall", device: null });
});

Deno.test("cpuName() takes what each architecture has", () => {
  assertEquals(cpuName("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n"), "Some CPU @ 3 GHz");
  const core = (part: string) => `processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: ${part}\n\n`;
  assertEquals(cpuName(core("0xd0b")), "Arm Cortex-A76");
  // Little cores come first.
  assertEquals(cpuName(core("0xd05") + core("0xd41")), "Arm Cortex-A78");
  assertEquals(cpuName(core("0xfff")), "Arm core 0x41/0xfff");
  assertEquals(cpuName(`${core("0xd0b")}Model\t\t: Raspberry Pi 5\n`), "Raspberry Pi 5");
  assertEquals(cpuName("processor\t: 0\n"), Deno.build.arch);
});
