/**
 * `copy_child.js FROM TO BYTES [forever]`: one copy_file_range(2), in a process that limits and
 * signals can hit. FROM and TO are paths or, inherited, descriptors' numbers. Prints the bytes
 * copied or the error's name.
 */
import { copyFileRange, Descriptor, openFile, SystemError } from "../../ffi/mod.ts";

const [from = "", to = "", bytes = "", forever] = Deno.args;

function open(name: string, access: "read" | "write"): Descriptor {
  return /^\d+$/.test(name) ? Descriptor.adopt(Number(name), name) : openFile(name, { access });
}

const call = copyFileRange({
  from: open(from, "read"),
  to: open(to, "write"),
  fromOffset: 0n,
  toOffset: 0n,
  bytes: BigInt(bytes),
});
if (forever) console.log("copying");
do {
  try {
    console.log(String(call.sync()));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    console.log(error.code);
  }
} while (forever);
