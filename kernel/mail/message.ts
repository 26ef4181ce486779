/** A patch's message, as its author wrote it. */
export interface Message {
  subject: string;
  /** The text without trailing blank lines. */
  body: string;
}

/** The message of a patch, or of a cover letter, in the form of a mail. */
export function parseMessage(text: string): Message {
  const [head = "", ...rest] = text.replace(/^From [0-9a-f]{40} .*\n/, "").split("\n\n");
  const subject = head.replace(/\n[ \t]+/g, " ").match(/^Subject: (.*)$/m)?.[1] ?? "";
  return {
    subject: subject.replace(/^(\[[^\]]*\] *)+/, ""),
    body: rest.join("\n\n").split(/^---$/m)[0]!.trimEnd(),
  };
}

/** Whether a patch fixes kernels in use: it does not depend on the series, and goes to stable. */
export function isFix(body: string): boolean {
  return /^Fixes: /m.test(body) && /^Cc: .*stable@vger\.kernel\.org/m.test(body);
}

/** The person that `NAME <ADDRESS>` names, or null. */
export function parsePerson(text: string): { name: string; address: string } | null {
  const [, name, address] = /^\s*([^<>@\n]+?)\s*<([^<>\s@]+@[^<>\s@]+)>\s*$/.exec(text) ?? [];
  return name && address ? { name, address } : null;
}

/** The lines of a list of people, `NAME <ADDRESS>` each; `#` starts a comment. */
export function parsePeople(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
}

/**
 * The maintainers and the other recipients in the output of `get_maintainer.pl` with roles; if an
 * address has several names, the first counts.
 */
export function parseMaintainers(text: string): { to: string[]; cc: string[] } {
  const to = new Map<string, string>();
  const cc = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, person, role] = /^(.*?) \((.*)\)$/.exec(line.trim()) ?? [];
    if (!person || !role) continue;
    const known = to.has(addressOf(person)) || cc.has(addressOf(person));
    if (!known) (/^(maintainer|supporter)\b/.test(role) ? to : cc).set(addressOf(person), person);
  }
  return { to: [...to.values()], cc: [...cc.values()] };
}

/** The address alone, which identifies a person. */
export function addressOf(person: string): string {
  return (/<(.*)>/.exec(person)?.[1] ?? person).toLowerCase();
}
