// The messages of docs/troubleshooting.md are still those that the program prints.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { exists } from "../base/exists.ts";
import { dmacopy } from "./cli/_run.ts";

const PAGE = Deno.readTextFileSync(new URL("../docs/troubleshooting.md", import.meta.url));
const RUN = new URL("../run", import.meta.url).pathname;

async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Commands whose message is the same on any kernel, in an empty folder. */
const SAME: [message: string, args: string[]][] = [
  ["open model.gguf: ENOENT (No such file or directory)", ["copy", "model.gguf"]],
  ["/etc/passwd exists and is not a socket", ["copy", "/etc/hosts", "--serve", "/etc/passwd"]],
];

for (const [message, args] of SAME) {
  Deno.test(`docs/troubleshooting.md has what dmacopy ${args.join(" ")} says`, async () => {
    assert(PAGE.includes(`dmacopy: ${message}\n`));
    await withFolder(async (cwd) => {
      const { code, stderr } = await dmacopy(args, { cwd });
      assertEquals([code, stderr], [1, `dmacopy: ${message}\n`]);
    });
  });
}

Deno.test({
  name: "docs/troubleshooting.md has the order that dmacopy gives for huge pages (with hugetlbfs)",
  ignore: !exists("/proc/sys/vm/nr_hugepages"),
  async fn() {
    const order =
      /^dmacopy: .*: \d+ huge pages are needed, \d+ are free: echo \d+ > \/proc\/sys\/vm\/nr_hugepages$/m;
    assertMatch(PAGE, order);
    await withFolder(async (cwd) => {
      const meminfo = Deno.readTextFileSync("/proc/meminfo");
      const [free = 0, pageKiB = 0] = ["HugePages_Free", "Hugepagesize"].map((name) =>
        Number(meminfo.match(`${name}: +(\\d+)`)?.[1])
      );
      // Zeros that take no space, a few pages more than there are.
      await Deno.writeFile(`${cwd}/model.bin`, new Uint8Array());
      await Deno.truncate(`${cwd}/model.bin`, (free + 4) * pageKiB * 1024);
      const { code, stderr } = await dmacopy(["copy", "model.bin", "memfd:hugetlb"], { cwd });
      assertMatch(stderr, order);
      assertEquals(code, 1);
    });
  },
});

Deno.test("docs/troubleshooting.md quotes what dmacopy says of a descriptor", async () => {
  const words = "neither a memfd nor a dma-buf";
  assert(PAGE.includes(words));
  const { code, stderr } = await dmacopy(["copy", "fd:0", "/proc/none"]);
  assertEquals([code, stderr], [1, `dmacopy: fd:0 is /dev/null, ${words}\n`]);
});

Deno.test("docs/troubleshooting.md quotes what ./run says of another Deno", async () => {
  const [words = ""] = PAGE.match(/^run: npm delivered .*$/m) ?? [];
  await withFolder(async (folder) => {
    await Deno.copyFile(RUN, `${folder}/run`);
    await Deno.mkdir(`${folder}/bin`);
    // An npm that leaves a package with another checksum.
    const npm = '#!/bin/sh\nwhile [ "$1" != --prefix ]; do shift; done\n' +
      'mkdir "$2/node_modules" && echo "{}" > "$2/node_modules/.package-lock.json"\n';
    await Deno.writeTextFile(`${folder}/bin/npm`, npm, { mode: 0o755 });
    const { code, stderr } = await new Deno.Command("sh", {
      args: [`${folder}/run`],
      env: { PATH: `${folder}/bin:/usr/bin:/bin` },
    }).output();
    const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    const known = words.replace("x64", Deno.build.arch === "aarch64" ? "arm64" : "x64");
    assertEquals([code, said], [1, known]);
  });
});
