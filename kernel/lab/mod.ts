/**
 * The lab: builds a kernel, boots it in QEMU and runs a command there.
 *
 * @module
 */
export { type Arch, archs, factsOf, HOST_ARCH } from "./arch.ts";
export { type Base, bases } from "./bases.ts";
export { buildKernel, type BuildOptions } from "./build.ts";
export { bundle } from "./bundle.ts";
export { type LabProgress, makeOnce, type OnProgress, shortHash } from "./cache.ts";
export {
  type Check,
  type CheckOptions,
  CHECKS,
  checkSeries,
  type Complaints,
  type SeriesCheck,
} from "./check_series.ts";
export { type DebianPackage, DebianSuite } from "./debian.ts";
export { debianRoot, type DebianRootOptions } from "./debian_root.ts";
export { type DebianKernel, isDebianKernel } from "./debian_kernels.ts";
export { DEFAULT_MODEL_BYTES, diskImage, type DiskOptions } from "./disk.ts";
export { type Filesystem, filesystems } from "./filesystems.ts";
export { LabError } from "./error.ts";
export { codename, type Compiler, compilerFor, compilerIn, denoOf } from "./foreign.ts";
export { makeExt4 } from "./guest.ts";
export { guestShim } from "./guest_shim.ts";
export { run } from "./host.ts";
export type { Job } from "./job.ts";
export type { Clock, Device } from "./machine.ts";
export { complaintReport } from "./qemu.ts";
export { DEFAULT_DEVICE, type LabOptions, type LabResult, runInLab } from "./run.ts";
export { buildSelftests } from "./selftests.ts";
export { findSource, type Source } from "./source.ts";
export { checkSourceTree } from "./source_tree.ts";
export { carriesSeries, hasDevices, type Variant, variants } from "./variants.ts";
