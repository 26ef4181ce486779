import { assertEquals } from "@std/assert";

/** /proc/cpuinfo's first value of a name. */
function cpu(name: string): string | undefined {
  return new RegExp(`^${name}\\s*: (.*)$`, "m").exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
}

/** The features of QEMU 7.2's `max` without ERMS and FSRM, by which the bench measures. */
const FEATURES = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush " +
  "acpi mmx fxsr sse sse2 ss syscall nx mmxext pdpe1gb rdtscp lm 3dnowext 3dnow rep_good nopl " +
  "xtopology cpuid extd_apicid pni pclmulqdq monitor ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt " +
  "aes xsave avx f16c rdrand hypervisor lahf_lm svm cr8_legacy abm sse4a 3dnowprefetch vmmcall " +
  "fsgsbase bmi1 avx2 smep bmi2 mpx adx smap clflushopt clwb xsaveopt xgetbv1 arat npt vgif umip " +
  "pku vaes";

/** Features that depend on the number of CPUs, or on the kernel. */
const VARYING = ["ht", "cmp_legacy", "la57"];

Deno.test({
  name: "the guest's CPU is the same with every QEMU",
  ignore: !cpu("model name")?.startsWith("QEMU TCG CPU"),
  fn() {
    assertEquals(["vendor_id", "cpu family", "model", "stepping"].map(cpu), [
      ...["AuthenticAMD", "15", "107", "1"],
    ]);
    const features = cpu("flags")!.split(" ").filter((name) => !VARYING.includes(name));
    assertEquals(features.sort(), FEATURES.split(" ").sort());
  },
});
