import { SystemError } from "../ffi/mod.ts";

/** Errors of the kernel that mean that it can't do it in this way, while another method may work. */
const REFUSALS: readonly string[] = [
  // The call doesn't know this kind of file, or the flags, or exceeds a limit of the driver.
  ...["EINVAL", "ENOSYS", "EOPNOTSUPP", "ENOTTY", "EXDEV"],
  // The device is missing, or closed to this user; io_uring is forbidden.
  ...["ENOENT", "ENODEV", "EPERM", "EACCES"],
  // The mapping can't be pinned.
  "EFAULT",
  // There are too few of these pages, or too much would be locked: other pages may do.
  "ENOMEM",
];

/** Whether an error means that the kernel can't do it in this way. */
export function isRefusal(error: unknown): error is SystemError {
  return error instanceof SystemError && REFUSALS.includes(error.code);
}
