/** A file or, without data, a folder; its folder comes before it. */
export interface CpioEntry {
  name: string;
  data?: Uint8Array;
}

const FOLDER = 0o40755;
const PROGRAM = 0o100755;
const ALIGN_BYTES = 4;

/** An archive as the kernel unpacks it, all of root's; see Documentation/driver-api/early-userspace/buffer-format. */
export function cpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const parts = [...entries.entries()].flatMap(([i, { name, data }]) =>
    packed(name, { inode: i + 1, mode: data ? PROGRAM : FOLDER, data })
  );
  const all = [...parts, ...packed("TRAILER!!!", { inode: 0, mode: 0 })];
  const archive = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

function packed(
  name: string,
  { inode, mode, data = new Uint8Array() }: {
    inode: number;
    mode: number;
    data?: Uint8Array | undefined;
  },
): Uint8Array[] {
  const owner = [0, 0];
  const links = 1;
  const modified = 0;
  const devices = [0, 0, 0, 0];
  const fields = [inode, mode, ...owner, links, modified, data.length, ...devices];
  const numbers = [...fields, name.length + 1, 0].map((field) =>
    field.toString(16).padStart(8, "0")
  );
  const header = new TextEncoder().encode(`070701${numbers.join("")}${name}\0`);
  return [padded(header), padded(data)];
}

function padded(data: Uint8Array): Uint8Array {
  const rest = data.length % ALIGN_BYTES;
  if (rest === 0) return data;
  const longer = new Uint8Array(data.length + ALIGN_BYTES - rest);
  longer.set(data);
  return longer;
}
