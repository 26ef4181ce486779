import { sendDatagram } from "../ffi/mod.ts";

/**
 * Tells systemd, if it waits for that, that this service is ready; see sd_notify(3).
 *
 * @example
 * ```ts
 * import { notifyReady } from "dmacopy";
 *
 * notifyReady("holding 4.2 GiB");
 * ```
 *
 * @param status What `systemctl status` shows.
 * @throws {SystemError} if it does not listen where `NOTIFY_SOCKET` says
 */
export function notifyReady(status: string): void {
  const path = Deno.env.get("NOTIFY_SOCKET");
  if (path) sendDatagram(path, `READY=1\nSTATUS=${status.replaceAll("\n", " ")}`);
}
