import { EnumType } from "@cliffy/command";
import config from "../deno.json" with { type: "json" };
import { program } from "./program.ts";

type Program = Awaited<ReturnType<typeof program>>;

/** Options without a command. */
const OPTIONS: readonly (readonly [string, string])[] = [
  ["-h, --help", "Show the help; of a command, if its name stands before."],
  ["-V, --version", "Show the version."],
];
/** Terms that all commands share, and their meanings. */
const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "Success."],
  ["1", "Failure. One line on standard error says what failed and what to do."],
  ["2", "The command line is wrong."],
  ["130", "Interrupted by Ctrl-C or SIGTERM."],
  ["other", "The exit status of the program that copy --exec or lab run started."],
];
const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["DMACOPY_DEBUG", "If set, an error is printed with its stack trace."],
  ["DMACOPY_FD", "For programs that --exec starts: the numbers of the buffers' descriptors."],
  [
    "DMACOPY_MANIFEST",
    "For programs that --exec starts: the number of the descriptor with the manifest.",
  ],
  ["DMACOPY_SIZE", "For programs that --exec starts: the sizes of the contents, in bytes."],
  ["DMACOPY_SHIM", "Path of a built shim to use, instead of building one in the cache."],
  [
    "XDG_CACHE_HOME",
    "Parent of the folder dmacopy that holds all built files (default ~/.cache).",
  ],
  ["XDG_DATA_HOME", "Parent of the folder dmacopy that holds baselines (default ~/.local/share)."],
  ["NO_COLOR", "If set, no output is coloured."],
];

/** The manual page of the command line, for man(1); see groff_man(7). */
export async function manPage(): Promise<string> {
  const main = await program();
  return [
    `.TH DMACOPY 1 "" "dmacopy ${config.version}"`,
    ".SH NAME",
    `dmacopy \\- ${text(lowered(main.getDescription()))}`,
    ".SH SYNOPSIS",
    ".B dmacopy",
    text("COMMAND [OPTION]... [ARGUMENT]..."),
    ".br",
    ".B dmacopy",
    text("--help | --version"),
    ".SH OPTIONS",
    ...OPTIONS.flatMap(([term, meaning]) => entry(term, meaning)),
    ".SH COMMANDS",
    ...main.getCommands().flatMap((command) => describe(command)),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([term, meaning]) => entry(term, meaning)),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([term, meaning]) => entry(term, meaning)),
    ".SH SEE ALSO",
    text("copy_file_range(2), sd_listen_fds(3), unix(7)"),
    "",
  ].join("\n");
}

function describe(command: NonNullable<ReturnType<Program["getCommand"]>>): string[] {
  const name = command.getPath().replace(/^dmacopy /, "");
  return [
    `.SS "${text(untyped(`${name} ${command.getUsage()}`))}"`,
    text(firstLine(command.getDescription())),
    ...command.getOptions().flatMap(({ flags, typeDefinition = "", description, ...option }) => {
      const handler = command.getType(option.args[0]?.type ?? "")?.handler;
      const values = handler instanceof EnumType ? ` Values: ${handler.values().join(", ")}.` : "";
      // The genuine library's own commands compute some texts.
      const isFixed = ["string", "number"].includes(typeof option.default);
      const usual = isFixed ? ` Default: ${option.default}.` : "";
      return entry(untyped(`${flags.join(", ")} ${typeDefinition}`), description + values + usual);
    }),
    ...command.getExamples().flatMap(({ name, description }) => [
      ".PP",
      text(description),
      ".PP",
      ".RS",
      `.B ${text(name)}`,
      ".RE",
    ]),
    ...command.getCommands().flatMap(describe),
  ];
}

function entry(term: string, meaning: string): string[] {
  return [".TP", `.B ${text(term)}`, text(meaning)];
}

/** The genuine library's own commands have more lines, which describe themselves. */
function firstLine(description: string): string {
  return description.split("\n", 1)[0] ?? "";
}

/** Shows `<size:size>` as `<size>`. */
function untyped(spec: string): string {
  return spec.replaceAll(/:\w+(?=[>\]])/g, "").trim();
}

/** Escapes text for troff. */
function text(value: string): string {
  return value.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll('"', "\\(dq")
    .replaceAll(/[^ -~]/gu, (character) => `\\[u${hex(character)}]`).replace(/^([.'])/, "\\&$1");
}

function hex(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}
