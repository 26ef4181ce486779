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

/**
 * Lines of a `case` on `at/previous word` for words that are not values. The first argument comes next
 * if the previous word is the command's own name.
 */
function wordCases(
  completions: Completion[],
  line: (words: Word[], operands: string[]) => string,
): string {
  return completions.flatMap((completion) => {
    const { path, operands: { first, others } } = completion;
    const words = wordsOf(completion);
    const at = path.join(" ");
    const name = path.at(-1) ?? "";
    return [
      ...(others.length ? [`    ${quote(`${at}/${name}`)}) ${line(words, first)} ;;`] : []),
      `    ${quote(at)}/*) ${line(words, others)} ;;`,
    ];
  }).join("\n");
}

/**
 * A completion script for bash. It offers options only after a dash, and files before. Bash splits
 * words at each colon, so the script reads them from the line.
 */
export function bash(name: string, completions: Completion[]): string {
  const list = (words: string[]) => `words=${quote(words.join(" "))}`;
  const values = valueCases(completions, list);
  const cases = wordCases(completions, (words, operands) => {
    const more = operands.length ? `; operands=${quote(operands.join(" "))}` : "";
    return list(words.map(({ word }) => word)) + more;
  });
  return `# bash completion for ${name}
${functionName(name)}() {
  local at='' word words='' operands='' hidden='-*' line="\${COMP_LINE:0:COMP_POINT}" current colon
  local -a before
  current="\${line##*[[:space:]]}"
  read -ra before <<<"\${line%"$current"}"
  case "$current" in -*) hidden= ;; esac
  for word in "\${before[@]:1}"; do
    case "$at/$word" in
${descend(completions)}
    esac
  done
  case "$at/\${before[-1]}" in
${[values, cases].filter(Boolean).join("\n")}
  esac
  COMPREPLY=(
    $(compgen -W "$words" -X "$hidden" -- "$current")
    $(compgen -W "$operands" -- "$current")
  )
  if [[ $operands && \${#COMPREPLY[@]} -gt 0 ]]; then
    while IFS= read -r word; do
      printf -v word %q "$word"
      COMPREPLY+=("$word")
    done < <(compgen -f -- "$current")
  fi
  colon="\${current%"\${current##*:}"}"
  [[ $COMP_WORDBREAKS != *:* ]] || COMPREPLY=("\${COMPREPLY[@]#"$colon"}")
}
complete -o default -F ${functionName(name)} ${name}`;
}

/** A completion script for zsh, with options after a dash. */
export function zsh(name: string, completions: Completion[]): string {
  const escaped = (word: string) => word.replaceAll(":", "\\:");
  const item = ({ word, description }: Word) => quote(`${escaped(word)}:${description}`);
  const plain = (words: string[]) => words.map((word) => quote(escaped(word))).join(" ");
  const values = valueCases(completions, (allowed) => `items=(${plain(allowed)})`);
  const cases = wordCases(completions, (words, operands) => {
    const files = operands.length ? " files=1" : "";
    return `items=(${[...words.map(item), plain(operands)].join(" ").trim()})${files}`;
  });
  return `#compdef ${name}
${functionName(name)}() {
  local at='' word files=
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in
${descend(completions)}
    esac
  done
  case "$at/\${words[CURRENT-1]}" in
${[values, cases].filter(Boolean).join("\n")}
  esac
  [[ \${words[CURRENT]} == -* ]] || items=(\${items:#-*})
  _describe ${quote(name)} items && [[ -z $files ]] || _files
}
compdef ${functionName(name)} ${name}`;
}

/** A completion script for fish. */
export function fish(name: string, completions: Completion[]): string {
  const lines = completions.flatMap(({ path, commands, options, values, operands }) => {
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
      ...(operands.others.length ? [`${start} -a ${quote(operands.others.join(" "))}`] : []),
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
