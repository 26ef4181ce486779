import { assertEquals } from "@std/assert";
import { loadFiles } from "../../copy/mod.ts";
import { manifestOf, serveBuffers } from "../../handover/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";
import { run } from "./_guest.ts";

const DISK = "/dev/vdc";
const FOLDER = "/tmp/kept";
const KINDS = ["dmabuf", "udmabuf", "memfd"] as const;
const BYTES = 5 * 2 ** 20 + 777;
const isRebooted = Deno.readTextFileSync("/proc/cmdline").includes("dmacopy.boot=2");

function keptDisk(): Disposable {
  if (!isRebooted) run("mke2fs", "-q", "-t", "ext4", DISK);
  Deno.mkdirSync(FOLDER, { recursive: true });
  run("mount", "-t", "ext4", DISK, FOLDER);
  return { [Symbol.dispose]: () => void run("umount", FOLDER) };
}

/** Acts as a task that shares its buffers, each of another kind. */
async function serveTask(action: (socket: string) => Promise<void>): Promise<void> {
  using stack = new DisposableStack();
  const loaded = [];
  for (const to of KINDS) {
    using file = randomFile(BYTES);
    const { files: [buffer] } = stack.use(await loadFiles([file.path], { to }));
    loaded.push(buffer!);
    Deno.writeFileSync(`${FOLDER}/${to}.expected`, file.data);
  }
  const listening = Promise.withResolvers<void>();
  const end = new AbortController();
  const served = serveBuffers("/tmp/task.sock", {
    buffers: loaded.map(({ buffer }) => buffer),
    manifest: manifestOf(loaded),
    signal: end.signal,
    onListening: listening.resolve,
  });
  await listening.promise;
  await action("/tmp/task.sock");
  end.abort();
  await served;
}

async function dmacopy(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("dmacopy", { args }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stderr)], [0, ""]);
  return text(stdout);
}

Deno.test({
  name: "one command takes a task's buffers over a reboot: before it",
  ignore: isRebooted,
  async fn() {
    using _disk = keptDisk();
    await serveTask(async (socket) => {
      await dmacopy("snapshot", socket, `${FOLDER}/task.snapshot`, "--quiet");
    });
  },
});

Deno.test({
  name: "one command takes a task's buffers over a reboot: after it",
  ignore: !isRebooted,
  async fn() {
    using _disk = keptDisk();
    const script = [
      'fd=3; for kind in "$@"; do',
      // busybox's cmp takes no length: what is beyond the content is not compared.
      `dmacopy copy fd:$fd /tmp/out --size ${BYTES} --quiet`,
      `&& cmp /tmp/out ${FOLDER}/$kind.expected && readlink /proc/self/fd/$fd; fd=$((fd + 1)); done`,
    ].join("\n").replace("\n&&", " &&");
    const what = await dmacopy(
      ...["restore", `${FOLDER}/task.snapshot`, "--quiet"],
      ...["--exec", "sh", "-c", script, "sh", ...KINDS],
    );
    const links = what.trim().split("\n").map((link) => link.replace(/^(\/\w+).*/, "$1"));
    assertEquals(links, ["/dmabuf", "/dmabuf", "/memfd"]);
  },
});
