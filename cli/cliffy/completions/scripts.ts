import type { Completion, Word } from "./completion.ts";

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const wordsOf = (
  { commands, options }: Completion,
) => [...commands, ...options];
const functionName = (name: string) => `_${name.replaceAll(/\W/g, "_")}`;

/** Lines of a `case` that follow the words typed so far into `at`. */
function descend(completions: Completion[]): string {
  return completions.filter(({ path }) => path.length)
    .map(({ path }) => {
      const parent = path.slice(0, -1).join(" ");
      return `      ${quote(`${parent}/${path.at(-1)}`)}) at=${quote(path.join(" "))} ;;`;
    }).join("\n");
}

/** Lines of a `case` on `at/previous word` for options that take a value. */
function valueCases(
  completions: Completion[],
  line: (values: string[]) => string,
): string {
  return completions.flatMap(({ path, values }) =>
    values.map(([flags, allowed]) => {
      const patterns = flags.map((flag) => quote(`${path.join(" ")}/${flag}`))
        .join("|");
      return `    ${patterns}) ${line(allowed)} ;;`;
    })
  ).join("\n");
}

/** A completion script for bash. Options are offered after a dash: before it, files are meant. */
export function bash(name: string, completions: Completion[]): string {
  const list = (words: string[]) => `words=${quote(words.join(" "))}`;
  const cases = completions.map((completion) => {
    const words = wordsOf(completion).map(({ word }) => word);
    return `    ${quote(completion.path.join(" "))}/*) ${list(words)} ;;`;
  });
  return `# bash completion for ${name}
${functionName(name)}() {
  local at='' word words='' hidden='-*'
  case "\${COMP_WORDS[COMP_CWORD]}" in -*) hidden= ;; esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at/$word" in
${descend(completions)}
    esac
  done
  case "$at/\${COMP_WORDS[COMP_CWORD-1]}" in
${[valueCases(completions, list), ...cases].filter(Boolean).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -X "$hidden" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F ${functionName(name)} ${name}`;
}

/** A completion script for zsh, with options after a dash. */
export function zsh(name: string, completions: Completion[]): string {
  const item = ({ word, description }: Word) => quote(`${word}:${description}`);
  const cases = completions.map((completion) =>
    `    ${quote(completion.path.join(" "))}/*) items=(${
      wordsOf(completion).map(item).join(" ")
    }) ;;`
  );
  const values = valueCases(
    completions,
    (allowed) => `items=(${allowed.map(quote).join(" ")})`,
  );
  return `#compdef ${name}
${functionName(name)}() {
  local at='' word
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in
${descend(completions)}
    esac
  done
  case "$at/\${words[CURRENT-1]}" in
${[values, ...cases].filter(Boolean).join("\n")}
  esac
  [[ \${words[CURRENT]} == -* ]] || items=(\${items:#-*})
  _describe ${quote(name)} items || _files
}
compdef ${functionName(name)} ${name}`;
}

/** A completion script for fish. */
export function fish(name: string, completions: Completion[]): string {
  const lines = completions.flatMap(({ path, commands, options, values }) => {
    const below = commands.map(({ word }) => word).join(" ");
    const conditions = [
      ...path.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(below ? [`not __fish_seen_subcommand_from ${below}`] : []),
    ];
    const start = `complete -c ${name}` +
      (conditions.length ? ` -n ${quote(conditions.join("; and "))}` : "");
    const allowed = new Map(
      values.flatMap(([flags, list]) => flags.map((flag) => [flag, list])),
    );
    return [
      ...commands.map(({ word, description }) => `${start} -f -a ${word} -d ${quote(description)}`),
      ...options.map(({ word, description }) => {
        const flag = word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
        const choice = allowed.get(word);
        const value = choice?.length ? ` -x -a ${quote(choice.join(" "))}` : choice ? " -r" : "";
        return `${start} ${flag} -d ${quote(description)}${value}`;
      }),
    ];
  });
  return [`# fish completion for ${name}`, ...lines].join("\n");
}
