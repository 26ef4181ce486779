import type { CreateMethod, MethodName } from "../method.ts";
import { copyFileRange } from "./copy_file_range.ts";
import { readWrite } from "./read_write.ts";
import { sendfile } from "./sendfile.ts";
import { splice } from "./splice.ts";

/** The functions that make an instance of each method. */
export const methods: Readonly<Record<MethodName, CreateMethod>> = {
  read: readWrite,
  sendfile,
  splice,
  copy_file_range: copyFileRange,
};
