import { exists } from "../../base/exists.ts";
import { LabError } from "./error.ts";

const INIT = new URL("./init", import.meta.url).pathname;

/**
 * Throws an error if this project's source is missing and only the command line in one file exists.
 *
 * @throws {LabError} in a package
 */
export function checkSourceTree(): void {
  if (exists(INIT)) return;
  throw new LabError(
    "the lab is not in this package: it needs dmacopy's whole source, where ./run starts it " +
      "(bench --host measures this machine)",
  );
}
