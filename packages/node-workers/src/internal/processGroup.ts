/**
 * Process groups: each worker process leads a group with all processes below, and the group ends as one.
 *
 * Separate groups also keep a Ctrl-C in the terminal from workers: the signal reaches the host alone, which decides (G2).
 *
 * @since 0.1.0
 */

/** Windows has no groups: a worker is ended alone there. */
export const hasGroups = process.platform !== "win32"

/** The leaders of all groups that end with this host. */
const leaders = new Set<number>()

/** Sends a signal to a worker and its descendants. An empty group is no error. */
export const signal = (leader: number, name: "SIGTERM" | "SIGKILL"): void => {
  try {
    process.kill(hasGroups ? -leader : leader, name)
  } catch {
    // The group is empty.
  }
}

/** Registers a group, to be killed when this host exits by itself. When the host is killed, the watchdogs kill the group. */
export const enter = (leader: number): void => {
  if (leaders.size === 0) process.on("exit", killAll)
  leaders.add(leader)
}

/**
 * Kills the rest of a group whose leader was reaped, and forgets the group. The number of a group with members is not
 * reused. The number of an empty group is free, but the system hands out every other number first.
 */
export const leave = (leader: number): void => {
  if (!leaders.delete(leader)) return
  signal(leader, "SIGKILL")
  if (leaders.size === 0) process.off("exit", killAll)
}

/** Kills every registered group at once. */
export const killAll = (): void => {
  for (const leader of leaders) signal(leader, "SIGKILL")
}
