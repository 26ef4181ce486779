/** The look of a table: no lines, two spaces between columns. */
export const PLAIN = {
  chars: Object.fromEntries(
    ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
      ["", "-mid", "-left", "-right"].map((end) => [side + end, ""])
    ).concat([["middle", "  "]]),
  ),
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
};
