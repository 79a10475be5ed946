/**
 * Process groups: each worker process leads one, with whatever it spawned, and they end together.
 *
 * A group of its own also keeps a Ctrl-C in the terminal from workers: it reaches the host, which decides (G2).
 *
 * @since 0.1.0
 */

/** Windows has no groups; there a worker is ended alone. */
export const hasGroups = process.platform !== "win32"

/** The leaders whose groups are to end with this host. */
const leaders = new Set<number>()

/** Sends a signal to a worker and to all that it spawned. That nobody is left to get it is no error. */
export const signal = (leader: number, name: "SIGTERM" | "SIGKILL"): void => {
  try {
    process.kill(hasGroups ? -leader : leader, name)
  } catch {
    // All of them have gone.
  }
}

/** From now on the group dies with this host, when it exits by itself; when it is killed the watchdogs see to it. */
export const enter = (leader: number): void => {
  if (leaders.size === 0) process.on("exit", killAll)
  leaders.add(leader)
}

/**
 * The leader has gone; what is left of its group goes as well. A group keeps its number while it has members; without
 * any, that number is free, but not taken again before every other one has been.
 */
export const leave = (leader: number): void => {
  if (!leaders.delete(leader)) return
  signal(leader, "SIGKILL")
  if (leaders.size === 0) process.off("exit", killAll)
}

/** Kills every group of this host, at once. */
export const killAll = (): void => {
  for (const leader of leaders) signal(leader, "SIGKILL")
}
