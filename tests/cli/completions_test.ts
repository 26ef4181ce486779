// The stand-in's scripts in the shells themselves; the genuine library has scripts of its own.
import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { dmacopy } from "./_run.ts";

/** Commands for `sh -c` that ask a shell how the words in "$@" continue: `FILES` means any file. */
const QUESTIONS: Readonly<Record<string, string>> = {
  bash: `. "$SCRIPT"; COMP_LINE="dmacopy $*"; COMP_POINT=\${#COMP_LINE}; cd "$EMPTY"; _dmacopy
    echo "\${COMPREPLY[@]:-FILES}"`,
  zsh: `compdef() { :; }; _files() { echo FILES; }
    _describe() {
      items=("\${(@)items//\\\\:/;}")
      items=("\${(@)items%%:*}"); items=("\${(@)items//;/:}")
      items=(\${(M)items:#$words[CURRENT]*}); (( $#items )) && echo $items
    }
    . "$SCRIPT"; words=(dmacopy "$@"); CURRENT=$#words; _dmacopy`,
  fish: `source $SCRIPT; cd $EMPTY; touch FILES
    complete -C "dmacopy $(string join -- ' ' $argv)" | string replace -r '\\t.*' '' | string join ' '`,
};

async function installed(shell: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${shell}`] })
    .output();
  return success;
}

async function complete(shell: string, script: string, words: string[]): Promise<string> {
  const question = QUESTIONS[shell] ?? "";
  const { stdout, stderr } = await new Deno.Command(shell, {
    args: shell === "fish" ? ["-c", question, ...words] : ["-c", question, shell, ...words],
    env: { SCRIPT: script, EMPTY: script.replace(/[^/]*$/, "empty") },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  assertEquals(decode(stderr), "");
  return decode(stdout);
}

const isLinked = "links" in config;

for (const shell of Object.keys(QUESTIONS)) {
  const missing = isLinked ? await installed(shell) ? "" : ` (no ${shell} here)` : " (not linked)";
  Deno.test({
    name: `The script for ${shell} completes commands, values and files${missing}`,
    ignore: missing !== "",
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        const { stdout } = await dmacopy(["completions", shell]);
        await Deno.mkdir(`${folder}/empty`);
        await Deno.writeTextFile(`${folder}/script`, stdout);
        const ask = (...words: string[]) => complete(shell, `${folder}/script`, words);
        assertEquals(await ask("insp"), "inspect");
        assertEquals(await ask("bench", "s"), "sweep");
        assertEquals(await ask("lab", "ru"), "run");
        assertEquals(await ask("bench", "--clock", ""), "model wall");
        assertEquals(await ask("bench", "--json", ""), "FILES");
        assertEquals(await ask("bench", "sweep", "--csv", ""), "FILES");
        assertEquals(await ask("copy", "--layout", ""), "FILES");
        if (shell !== "fish") assertEquals(await ask("copy", ""), "FILES");
        const offered = async (...words: string[]) =>
          (await ask(...words)).split(/\s+/).filter((word) => !word.endsWith("FILES")).sort();
        const ofUdmabuf = ["udmabuf:", "udmabuf:4k", "udmabuf:hugetlb", "udmabuf:thp"];
        const ofMemfd = ["memfd:", "memfd:4k", "memfd:hugetlb", "memfd:thp"];
        assertEquals(await offered("capture", "d", "f", "--buffer", "u"), ofUdmabuf);
        assertEquals(await offered("copy", "f", ""), ["dmabuf:", ...ofMemfd, ...ofUdmabuf]);
        // Bash puts what it completes after the colon.
        const afterColon = shell === "bash" ? ["4k", "hugetlb", "thp"] : ofMemfd;
        assertEquals(await offered("copy", "f", "memfd:"), afterColon);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
