/** The look of a table in the terminal: no lines at all. */
export const plain = {
  style: { head: [], border: [], "padding-left": 1, "padding-right": 0 },
  chars: {
    "top": "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    "bottom": "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    "left": "",
    "left-mid": "",
    "mid": "",
    "mid-mid": "",
    "right": "",
    "right-mid": "",
    "middle": "",
  },
};

/** A table as text, without blanks at the ends of lines. */
export function trimmed(table: { toString(): string }): string {
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}
