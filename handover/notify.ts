import { sendDatagram } from "../ffi/mod.ts";

/**
 * Tells systemd that this service is ready, if systemd waits for that; see sd_notify(3).
 *
 * @example
 * ```ts
 * import { notifyReady } from "dmacopy";
 *
 * notifyReady("holding 4.2 GiB");
 * ```
 *
 * @param status The text that `systemctl status` shows.
 * @throws {SystemError} if systemd does not listen at `NOTIFY_SOCKET`
 */
export function notifyReady(status: string): void {
  const path = Deno.env.get("NOTIFY_SOCKET");
  if (path) sendDatagram(path, `READY=1\nSTATUS=${status.replaceAll("\n", " ")}`);
}
