/** The reason why numbers of a header don't fit the file. */
export const CUT_OR_DAMAGED = "it is cut short, still being written, or damaged";
