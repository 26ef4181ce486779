import { SystemError } from "../ffi/mod.ts";

/** The kernel's answers to what it can't do: another way may be worth a try. */
const REFUSALS: readonly string[] = [
  ...["EINVAL", "ENOSYS", "EOPNOTSUPP", "EXDEV", "EPERM", "EACCES"],
  ...["EFAULT", "ENOMEM", "ENODEV", "ENOENT", "ENOTTY"],
];

/** Whether an error says that the kernel can't do it this way. */
export function isRefusal(error: unknown): error is SystemError {
  return error instanceof SystemError && REFUSALS.includes(error.code);
}
