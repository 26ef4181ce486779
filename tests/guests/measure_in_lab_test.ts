import { assert, assertEquals } from "@std/assert";
import { dealRows, guestsHere } from "../../guests/measure_in_lab.ts";

Deno.test("dealRows() deals each row out once, rows 1 and 23 together", () => {
  assertEquals(dealRows("1,12,22", 1), ["1,12,22"]);
  assertEquals(dealRows("12,22", 3), ["12", "22"]);
  for (const guests of [1, 2, 3, 5]) {
    const hands = dealRows(undefined, guests).map((hand) => hand.split(","));
    assertEquals(hands.length, guests);
    assertEquals(new Set(hands.flat()).size, 24);
    assert(hands.some((hand) => hand.includes("1") && hand.includes("23")));
    const sizes = hands.map((hand) => hand.length);
    assert(Math.max(...sizes) - Math.min(...sizes) <= 2);
  }
});

Deno.test("guestsHere() is at least one, and no more than there are cores", () => {
  assert(guestsHere() >= 1 && guestsHere() <= navigator.hardwareConcurrency);
});
