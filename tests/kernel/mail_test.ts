import { assertEquals } from "@std/assert";
import {
  isFix,
  parseMaintainers,
  parseMessage,
  parsePeople,
  parsePerson,
} from "../../kernel/mail/message.ts";
import { dmacopy } from "../cli/_run.ts";

const PATCH = `From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
Date: Mon, 23 Nov 2026 20:51:40 +0000
Subject: [PATCH] udmabuf: make the sg_table of the first CPU access
 only once

Nothing keeps a second thread from it.

Make it under the lock.

Fixes: 284562e1f348 ("udmabuf: implement hooks")
Cc: stable@vger.kernel.org
---
 drivers/dma-buf/udmabuf.c | 1 +

diff --git a/drivers/dma-buf/udmabuf.c b/drivers/dma-buf/udmabuf.c
`;

Deno.test("parseMessage() reads a folded subject without its tags, and the body without the diff", () => {
  assertEquals(parseMessage(PATCH), {
    subject: "udmabuf: make the sg_table of the first CPU access only once",
    body: "Nothing keeps a second thread from it.\n\nMake it under the lock.\n\n" +
      'Fixes: 284562e1f348 ("udmabuf: implement hooks")\nCc: stable@vger.kernel.org',
  });
});

Deno.test("isFix() asks for what is fixed and for stable", () => {
  assertEquals(isFix(parseMessage(PATCH).body), true);
  assertEquals(isFix('Text.\n\nFixes: 1234 ("x")'), false);
  assertEquals(isFix("Text that says Fixes: 1\nCc: stable@vger.kernel.org"), false);
});

Deno.test("parsePerson() takes a name and an address", () => {
  assertEquals(parsePerson("A. Name <a@b.org>"), { name: "A. Name", address: "a@b.org" });
  for (const text of ["", "a@b.org", "<a@b.org>", "A. Name", "A <a>", "A <a@b> B", "A\nB <a@b>"]) {
    assertEquals(parsePerson(text), null, text);
  }
});

Deno.test("parsePeople() skips comments", () => {
  assertEquals(parsePeople("# why\nA <a@b>\n\nB <b@c> # too\n"), ["A <a@b>", "B <b@c>"]);
});

Deno.test("parseMaintainers() tells who maintains from who is to know, each once", () => {
  const text = `A <a@b.org> (maintainer:ONE)
B <b@b.org> (supporter:TWO)
C <c@b.org> (reviewer:ONE)
A again <A@b.org> (reviewer:TWO)
list@b.org (open list:ONE)
list2@b.org (moderated list:ONE (moderated for non-subscribers))
`;
  assertEquals(parseMaintainers(text), {
    to: ["A <a@b.org>", "B <b@b.org>"],
    cc: ["C <c@b.org>", "list@b.org", "list2@b.org"],
  });
});

Deno.test("dmacopy lab mail says in a line what is wrong with its arguments", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const mail = async (from: string, to: string) => {
      const { code, stderr } = await dmacopy(["lab", "mail", "--from", from, to]);
      assertEquals(code, 1);
      return stderr.trim();
    };
    assertEquals(
      await mail("me", `${folder}/new`),
      'dmacopy: --from: write a name and an address, as "A. Name <a@b.org>"',
    );
    await Deno.writeTextFile(`${folder}/mine`, "");
    assertEquals(
      await mail("A <a@b.org>", folder),
      `dmacopy: ${folder} is not empty: name a new folder for the mails`,
    );
    assertEquals(
      await mail("A <a@b.org>", `${folder}/mine`),
      `dmacopy: ${folder}/mine is not a folder`,
    );
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["mine"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
