/** `--direct` */
export const DIRECT_HELP =
  "Fail if the page cache can't be bypassed (default: bypass it where possible).";

/** `--no-direct` */
export const NO_DIRECT_HELP = "Go through the page cache.";
