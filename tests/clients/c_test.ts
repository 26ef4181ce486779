// The client for C as a package: installed by make, found by pkg-config.
import { assertEquals, assertMatch } from "@std/assert";
import type { Handed } from "../../handover/mod.ts";
import { works } from "../_works.ts";
import { CLIENTS, output, serveWhile, withHanded } from "../handover/_fixtures.ts";

const FLAGS = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror"];

async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const part = (name: string, bufferOffset = 8, bytes = 4) => ({
  ...{ path: "/model", fileOffset: 0, bufferOffset, bytes },
  tensor: { name, dtype: "F32", shape: [1] },
});

function withLayout({ buffers, manifest }: Handed, layout: ReturnType<typeof part>[]): Handed {
  const infos = manifest.buffers.map((info) => ({ ...info, layout }));
  return { buffers, manifest: { ...manifest, buffers: infos } };
}

Deno.test({
  name: "make installs the C client, and pkg-config and the example find it",
  ignore: !works("cc") || !works("make") || !works("pkg-config"),
  async fn() {
    await withFolder((folder) =>
      withHanded(async ({ handed, data, folder: sockets }) => {
        const install = ["-C", CLIENTS.c, "install", `PREFIX=${folder}/usr`];
        assertEquals((await output("make", install)).code, 0);
        const env = { PKG_CONFIG_PATH: `${folder}/usr/share/pkgconfig` };
        const flags = (await output("pkg-config", ["--cflags", "dmacopy"], { env })).stdout.trim();
        assertMatch(flags, /^-I\S+\/include$/);
        const example = ["-o", `${folder}/read_tensor`, `${CLIENTS.c}read_tensor.c`];
        const built = await output("cc", [...FLAGS, flags, ...example]);
        assertEquals(built, { code: 0, stdout: "", stderr: "" });

        const path = `${sockets}/socket`;
        await serveWhile(path, withLayout(handed, [part("a"), part("q.0", 64)]), async () => {
          const read = (name: string) => output(`${folder}/read_tensor`, [path, name]);
          const bytes = data.subarray(64, 68).toHex().replaceAll(/(..)/g, " $1");
          assertEquals(await read("q.0"), {
            ...{ code: 0, stderr: "" },
            stdout: `q.0: F32 [1], 4 bytes:${bytes}\n`,
          });
          const { code, stderr } = await read("none");
          const why = "No such file or directory";
          assertEquals([code, stderr], [1, `read_tensor: none of ${path}: ${why}\n`]);
        });
      })
    );
  },
});

/** With something that a later version may add. */
const manifestOf = (parts: unknown[], bytes = 4096) =>
  JSON.stringify({
    later: [{ "}": '"]' }],
    dmacopy: 1,
    buffers: [{ bytes: 0, layout: [] }, { bytes, layout: parts }],
  });
const NAMES = ['"', "\\", "\u0001\t", "ü/€/😀", "a b"];
/** The manifest, the name to find, and the output: buffer, offset, bytes, type and shape, or -errno. */
const CASES: [manifest: string, name: string, printed: string][] = [
  [
    manifestOf([part("a"), { ...part("b"), tensor: { name: "b", dtype: "Q4_K", shape: [2, 3] } }]),
    "b",
    "1 8 4 Q4_K 2 3",
  ],
  [JSON.stringify(JSON.parse(manifestOf([part("a")])), null, 1), "a", "1 8 4 F32 1"],
  [manifestOf([{ ...part("a"), tensor: undefined }]), "a", "-2"],
  [manifestOf([part("a".repeat(2000)), part("a")]), "a", "1 8 4 F32 1"],
  [manifestOf([part("a"), part("a")]), "a", "-76"],
  [manifestOf([part("a", 4095, 2)]), "a", "-74"],
  [manifestOf([part("a", -1)]), "a", "-74"],
  [manifestOf([part("a", 2 ** 53)]), "a", "-74"],
  [manifestOf([part("a")]).replace('"dmacopy":1', '"dmacopy":2'), "a", "-74"],
  [manifestOf([{ ...part("a"), tensor: { name: "a", dtype: "F32", shape: 7 } }]), "a", "-74"],
  [manifestOf([part("ab")]).replace('"ab"', '"\\u0061\\u0062"'), "ab", "1 8 4 F32 1"],
  ["no JSON", "a", "-74"],
  ["[".repeat(1000), "a", "-74"],
  ...NAMES.map((name): [string, string, string] => [
    manifestOf([part(name)]),
    name,
    "1 8 4 F32 1",
  ]),
];

Deno.test({
  name: "dmacopy_find_tensor() finds what the manifest has, and reads no further",
  ignore: !works("cc"),
  async fn() {
    await withFolder(async (folder) => {
      const source = new URL("find_tensor.c", import.meta.url).pathname;
      const sanitizers = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
      const program = `${folder}/find_tensor`;
      const args = [...FLAGS, ...sanitizers, `-I${CLIENTS.c}`, "-o", program, source];
      assertEquals(await output("cc", args), { code: 0, stdout: "", stderr: "" });
      for (const [manifest, name, printed] of CASES) {
        const { stdout, stderr } = await output(program, [manifest, name]);
        assertEquals([stdout, stderr], [`${printed}\n`, ""], manifest.slice(0, 1000));
      }
    });
  },
});
