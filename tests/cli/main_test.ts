// Spawns the real command line: its streams and exit status are what users and scripts see.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { roundUp } from "../../base/round_up.ts";
import { placeBytes } from "../../ffi/mod.ts";
import { dmacopy, type RunOptions } from "./_run.ts";

/** Larger than a chunk, and no multiple of a sector, of a page or of a chunk. */
const BYTES = 33 * 2 ** 20 + 12345;
/** Here, as it loads the shim, which stays. */
const PLACE_BYTES = placeBytes();

/** Runs an action with a file of random data in a folder of its own. */
async function withModel(action: (path: string, folder: string) => Promise<void>): Promise<void> {
  // Direct I/O needs a disk: /tmp may be a tmpfs, as on Debian 13.
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    const data = new Uint8Array(BYTES);
    for (let at = 0; at < BYTES; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
    await Deno.writeFile(`${folder}/model.bin`, data);
    await action(`${folder}/model.bin`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The run must fail with one line on stderr, and nothing on stdout. */
async function refuse(line: string, pattern: RegExp, options: RunOptions & { code?: number } = {}) {
  const { code, stdout, stderr } = await dmacopy(line.split(" "), options);
  assertMatch(stderr, /^dmacopy: [^\n]+\n$/);
  assertMatch(stderr, pattern);
  assertEquals([stdout, code], ["", options.code ?? 2]);
}

Deno.test("dmacopy --help names the commands and needs no compiler", async () => {
  const env = { PATH: "/nowhere", DMACOPY_SHIM: "/nowhere/shim.so" };
  const { code, stdout, stderr } = await dmacopy(["--help"], { env });
  assertEquals([code, stderr], [0, ""]);
  for (
    const name of [
      "copy",
      "capture",
      "snapshot",
      "restore",
      "inspect",
      "bench",
      "doctor",
      "lab",
      "completions",
      "help",
    ]
  ) {
    assertMatch(stdout, new RegExp(`^ +${name}\\b`, "m"));
  }
});

Deno.test("dmacopy refuses a wrong command line in one line", async () => {
  await refuse("cpy", /unknown command "cpy".*did you mean.*copy/i);
  await refuse("lab biuld", /unknown command "biuld".*did you mean.*build/i);
  await refuse("copy", /missing.*src/i);
  await refuse("copy a memfd c", /"memfd" is a destination: write it last/);
  await refuse("copy fd:3", /write copy fd:N PATH/);
  await refuse("copy fd:3 a b", /write copy fd:N PATH/);
  await refuse(`copy fd:3 a --sha256 ${"0".repeat(64)}`, /--sha256 is for loading files/);
  await refuse("copy fd:3 a --method read", /--method is for loading files/);
  await refuse("copy fd:3 a --hold", /--hold is for loading files/);
  await refuse("copy a memfd --chunk 3", /--chunk "3" is not a multiple of 4096 bytes/);
  await refuse("copy a --size 4k", /--size is for saving a buffer/);
  await refuse(
    "copy a memfd:8k",
    /"8k" is not an option of memfd: write memfd\[:thp\|hugetlb\|4k\]/,
  );
  await refuse("copy a memfd --method telepathy", /"read", "io_uring"/);
  await refuse("copy a --verfy", /unknown option "--verfy"/i);
  await refuse("copy a memfd --verfy", /unknown option "--verfy"/i);
  await refuse("bench --rws 1", /unknown option "--rws".*did you mean.*--rows/i);
  await refuse("copy a memfd --exec", /missing the command after --exec/i);
  await refuse("copy /etc/passwd nowhere:", /"nowhere:" is not a destination/);
  await refuse("bench --rows 99", /no row "99"/);
  await refuse("bench --size 4x", /--size "4x" is not a size/);
  await refuse("bench --size -4k", /--size "-4k" is not a size/);
  await refuse("bench --clock sun", /"model", "wall"/);
  await refuse("bench --device-bandwidth 4", /"4" is too slow: write at least 1MiB/);
  await refuse("bench --device-latency 1ms", /"1ms" is not a latency: write microseconds/);
  await refuse("bench --device-latency 9 --clock wall", /leave out --clock wall/);
  await refuse("bench --device-latency 9 --host", /--host.*--device-latency/);
  await refuse("bench --guests 0", /--guests must be a whole number from 1, not "0"/);
  await refuse("bench swep", /unknown command "swep".*did you mean.*sweep.*bench --help\)/i);
  await refuse("bench --chunk 4MiB sweep --chunk 4,8MiB", /--chunk|"sweep"/);
  await refuse("bench -- sweep", /dmacopy bench takes nothing after --: leave out sweep/);
  await refuse("bench --host --runs -1", /--runs must be a whole number from 1, not "-1"/);
  await refuse("bench --host --size 5", /--size "5" is not a multiple of 4096 bytes/);
  await refuse("bench --host --seed -1", /--seed must be a whole number from 0/);
  await refuse("bench --host --chunk 2GiB", /--chunk must be at most 1.00 GiB/);
  await refuse("bench --save a/b", /--save: "a\/b" can't name a baseline/);
  await refuse("bench sweep --chunk 1,4GiB", /--chunk must be at most 1.00 GiB/);
  await refuse("copy a --depth 0", /--depth must be a whole number from 1 to 32, not "0"/);
  await refuse("copy a --split 5", /--split "5" is not a multiple of 4096 bytes/);
  await refuse("copy a --sha256 00", /--sha256 "00" is not a SHA-256/);
  await refuse("copy a -- b memfd c", /"memfd" is a destination: write it last/);
  await refuse("lab run --memory 1k -- true", /--memory must be at least 512MiB/);
  await refuse("bench copy --memory 1GiB", /--memory must be at least 1536MiB/);
  await refuse("bench copy --host --file x --memory 4GiB", /--host.*--memory|--memory.*--host/);
  await refuse("bench sweep --rows 1", /a sweep needs several values/);
  await refuse("bench sweep --chunk 4,8MiB --rows 99", /no row "99"/);
  await refuse("bench --host --kernel stock", /--host.*--kernel|--kernel.*--host/);
  await refuse("bench --host --json /nowhere/x.json", /can't write --json \/nowhere\/x.json/);
  await refuse("copy /etc/passwd --layout /nowhere/l", /can't write --layout \/nowhere\/l: /);
  await refuse("copy /etc/passwd --layout /", /can't write --layout \/: it is a folder/);
  await refuse("copy a --serve s --mode 60", /--mode "60" is not a mode: write 600/);
  await refuse("copy /etc/hosts --serve s --group no:such", /--group "no:such" does not exist/);
  await refuse("lab run", /lab run -- CMD/);
  await refuse("lab run --input a/x --input b/x -- true", /two files can't both be \/job\/x/);
  await refuse("doctor --race", /--race needs a large file/);
  await refuse("doctor / --rounds 3", /--rounds is for --race.*\(see dmacopy doctor --help\)/);
});

Deno.test("dmacopy says in one line what it can't read or do", async () => {
  await refuse("copy missing.bin", /open missing.bin: ENOENT/, { code: 1 });
  await refuse("copy / memfd", /not a regular file/, { code: 1 });
  await refuse("copy fd:2 x", /fd:2 is .*, neither a memfd nor a dma-buf/, { code: 1 });
  await refuse("copy x.index.json", /there is no x.index.json/, { code: 1 });
  await refuse("doctor / --race", /\/ is not a file with content/, { code: 1 });
  await refuse("doctor /proc/none", /none: ENOENT/, { code: 1 });
  await refuse("bench --host -q --file missing.bin", /can't read missing.bin: ENOENT/, { code: 1 });
  await refuse("copy /etc/passwd", /nowhere\/shim.so/, {
    code: 1,
    env: { DMACOPY_SHIM: "/nowhere/shim.so" },
  });
});

Deno.test("dmacopy shows a stack only with DMACOPY_DEBUG", async () => {
  const { stderr } = await dmacopy(["copy", "missing.bin"], { env: { DMACOPY_DEBUG: "1" } });
  assertMatch(stderr, /^dmacopy: open missing.bin: ENOENT.*\n[^]*\n +at /);
});

Deno.test("dmacopy copy says how much, how long, how fast, by which way", async () => {
  await withModel(async (path) => {
    const { code, stdout, stderr } = await dmacopy(["copy", path, "memfd", "--verify"]);
    assertMatch(
      stdout,
      /^33\.0 MiB in [\d.]+ m?s \([\d.]+ [MG]iB\/s\), memfd(\+\w+)?, direct read, 0 CPU copies, verified\n$/,
    );
    assertMatch(stderr, /^the buffer is gone now: use --exec/m);
    assertEquals(code, 0);
  });
});

Deno.test("dmacopy copy --exec hands the whole file over", async () => {
  await withModel(async (path) => {
    const script = 'head -c "$DMACOPY_SIZE" "/proc/self/fd/$DMACOPY_FD" | sha256sum; exit 7';
    const { code, stdout, stderr } = await dmacopy(
      ["copy", path, "memfd", "--verify", "--exec", "sh", "-c", script],
    );
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
    assertEquals(stdout, `${new Uint8Array(digest).toHex()}  -\n`);
    assertMatch(stderr, /, verified\n$/);
    assertEquals(code, 7);
  });
});

Deno.test("dmacopy copy --exec gives the file's size, and a memfd of it", async () => {
  await withModel(async (path) => {
    const script = 'stat -L -c %s "/proc/self/fd/$DMACOPY_FD"; echo "$DMACOPY_SIZE"';
    // Huge pages of hugetlbfs would make the memfd longer.
    const { stdout } = await dmacopy(["copy", path, "memfd:4k", "--exec", "sh", "-c", script]);
    assertEquals(stdout.trim().split("\n").map(Number), [BYTES, BYTES]);
  });
});

Deno.test("dmacopy copy --exec names a program that is not there", async () => {
  const { code, stderr } = await dmacopy(["copy", "/etc/passwd", "memfd", "-q", "--exec", "nope"]);
  assertEquals([code, stderr], [1, "dmacopy: can't run nope: there is no such program\n"]);
});

Deno.test("dmacopy copy --json prints one document, --quiet nothing", async () => {
  const { stdout } = await dmacopy([
    "copy",
    "/etc/passwd",
    "memfd",
    "--verify",
    "--checksum",
    "--json",
  ]);
  const { bytes, buffer, verified, xxh64, cpuMs } = JSON.parse(stdout);
  assert(cpuMs > 0, `${cpuMs} ms`);
  assertEquals([bytes, buffer, verified], [(await Deno.stat("/etc/passwd")).size, "memfd", true]);
  assertMatch(xxh64, /^[0-9a-f]{16}$/);
  const quiet = await dmacopy(["copy", "/etc/passwd", "memfd", "--quiet"]);
  assertEquals(quiet, { code: 0, stdout: "", stderr: "" });
});

Deno.test("dmacopy copy --explain says which way was taken", async () => {
  const { stderr } = await dmacopy(["copy", "/etc/passwd", "memfd", "--explain"]);
  assertMatch(stderr, /^memfd, \w+ read, 4 × 8\.00 MiB at once: /);
  assertMatch(stderr, /^not memfd\+THP, read.*: the buffer is smaller than a huge page$/m);
});

Deno.test("dmacopy copy saves a buffer that was handed over, as large as its content", async () => {
  await withModel(async (path, folder) => {
    const main = new URL("../../cli/main.ts", import.meta.url).pathname;
    const save = `"${Deno.execPath()}" run -A ${main} copy "fd:$DMACOPY_FD" ${folder}/saved`;
    const { code, stdout } = await dmacopy(
      ["copy", path, "memfd", "-q", "--exec", "sh", "-c", save],
    );
    assertMatch(stdout, /, direct write, 0 CPU copies, verified\n$/);
    assertEquals(await Deno.readFile(`${folder}/saved`), await Deno.readFile(path));
    assertEquals(code, 0);
  });
});

Deno.test("dmacopy copy loads shards into buffers of their own, or packs them into one", async () => {
  await withModel(async (path, folder) => {
    const names = ["m-1-of-2.safetensors", "m-2-of-2.safetensors"];
    for (const name of names) await Deno.copyFile(path, `${folder}/${name}`);
    const map = { a: names[1], b: names[0], c: names[1] };
    const index = `${folder}/m.safetensors.index.json`;
    await Deno.writeTextFile(index, JSON.stringify({ weight_map: map }));
    const separate = await dmacopy(["copy", index, "memfd", "--json"]);
    const { files: documents, ...total } = JSON.parse(separate.stdout) as {
      files: { bytes: number; layout: { path: string }[] }[];
      bytes: number;
      cpuMs: number;
    };
    assertEquals([total.bytes, total.cpuMs > 0], [2 * BYTES, true]);
    assertEquals(documents.map(({ bytes }) => bytes), [BYTES, BYTES]);
    assertEquals(
      documents.map(({ layout }) => layout[0]?.path),
      names.map((name) => `${folder}/${name}`),
    );
    const packed = await dmacopy(["copy", "--pack", index, "memfd", "--verify", "--json"]);
    const { bytes, verified, layout } = JSON.parse(packed.stdout);
    const second = Number(roundUp(BigInt(BYTES), PLACE_BYTES));
    assertEquals([bytes, verified, layout[1].bufferOffset], [second + BYTES, true, second]);
  });
});

Deno.test("dmacopy copy --split loads a file into several buffers", async () => {
  await withModel(async (path) => {
    const script = 'cat <&3 > "$0/a"; cat <&4 > "$0/b"; cat <&5 | head -c 1060921 > "$0/c"; ' +
      'cat "$0/a" "$0/b" "$0/c" | cmp - "$0/model.bin" && echo "$DMACOPY_SIZE"';
    const folder = path.slice(0, path.lastIndexOf("/"));
    const exec = ["--exec", "sh", "-c", script.replaceAll("$0", folder)];
    const { stdout, stderr } = await dmacopy(["copy", path, "memfd", "--split", "16M", ...exec]);
    assertEquals(stdout, `${16 << 20} ${16 << 20} ${(1 << 20) + 12345}\n`, stderr);
    assertMatch(stderr, /model\.bin: 3 × memfd\S*, 34615353 bytes$/m);
  });
  await refuse("copy a b memfd --split 1M --pack", /--pack makes one buffer, --split several/);
});

Deno.test("dmacopy copy ends at Ctrl-C with status 130, and leaves nothing", async () => {
  await withModel(async (path, folder) => {
    const main = new URL("../../cli/main.ts", import.meta.url).pathname;
    // The buffer comes through the shell; the save is stopped once its file is open.
    const script = `"${Deno.execPath()}" run -A ${main} copy fd:$DMACOPY_FD ${folder}/saved ` +
      `--chunk 4k --depth 1 & while ! ls -l /proc/$!/fd | grep -qE "${folder}/(#|\\.)"; do :; done; ` +
      `kill -INT $!; wait $!; echo $?`;
    const { stdout } = await dmacopy(["copy", path, "memfd", "-q", "--exec", "bash", "-c", script]);
    assertEquals(stdout, "130\n");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["model.bin"]);
  });
});

Deno.test("deno task copy takes paths from the caller's folder and passes words on", async () => {
  await withModel(async (_path, folder) => {
    // A task that runs this test has set its own.
    const { INIT_CWD: _, ...env } = Deno.env.toObject();
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const copy = ["copy", "model.bin", "memfd", "--quiet", "--exec", "sh", "-c"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "--config", config, ...copy, 'echo "a  b" $DMACOPY_SIZE; exit 3'],
      cwd: folder,
      clearEnv: true,
      env,
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals([new TextDecoder().decode(stdout), code], [`a  b ${BYTES}\n`, 3]);
  });
});

Deno.test("dmacopy doctor lists what the kernel offers", async () => {
  const [text, json] = await Promise.all([dmacopy(["doctor"]), dmacopy(["doctor", "--json", "/"])]);
  assertMatch(text.stdout, /^buffer memfd +✓$/m);
  assertMatch(text.stdout, new RegExp(`^kernel +${Deno.osRelease()}$`, "m"));
  // Other programs may leave less memory than the file of the advice needs.
  const isShort = /MiB of memory available/;
  if (!isShort.test(text.stdout)) {
    assertMatch(text.stdout, /\n\nrecommended: dmacopy copy FILE \w+(:\w+)?\n/);
  }
  const { kernel, buffers, direct, advice } = JSON.parse(json.stdout);
  assertMatch(advice.command ?? advice.reason, /^dmacopy copy FILE |MiB of memory available/);
  assertEquals([kernel, buffers.memfd.supported, direct.path], [Deno.osRelease(), true, "/"]);
});

Deno.test("dmacopy bench --host writes what it measured, and why a row could not be", async () => {
  await withModel(async (path, folder) => {
    const args = "bench --host --rows 4,22 --size 16MiB --chunk 4MiB --runs 1";
    const { code, stdout, stderr } = await dmacopy([
      ...args.split(" "),
      ...["--file", path, "--json", `${folder}/o.json`, "--csv", `${folder}/o.csv`],
    ]);
    assertEquals(code, 0);
    assertMatch(
      stderr,
      /^measuring here: as --host asks\nwarming up\n(row (4|22), round 1 of 1, \d of \d done.*\n)+$/,
    );
    assertMatch(stdout, /^ +4 memfd +direct R\/W/m);
    const document = JSON.parse(await Deno.readTextFile(`${folder}/o.json`));
    const [row4, row22] = document.rows;
    assertEquals([document.sizeBytes, row4.id, row4.verified], [2 ** 24, 4, true]);
    assert(row22.ioMs > 0 || row22.unsupported.reason.length > 0);
    assertEquals((await Deno.readTextFile(`${folder}/o.csv`)).trim().split("\n").length, 3);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, ["model.bin", "o.csv", "o.json"]);
  });
});

Deno.test("dmacopy completions bash writes a script that bash accepts", async () => {
  const { stdout } = await dmacopy(["completions", "bash"]);
  const { success } = await new Deno.Command("bash", { args: ["-n", "-c", stdout] }).output();
  assert(success);
});
