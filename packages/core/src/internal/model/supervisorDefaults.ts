/**
 * Every default of supervisors, with the reason. `docs/supervision.md` prints this table.
 *
 * @since 0.1.0
 */

/** Times in milliseconds. */
export const supervisorDefaults = {
  restart: "permanent",
  shutdown: 5_000,
  strategy: "oneForOne",
  autoShutdown: "never",
  intensity: 5,
  period: 10_000,
  backoff: { base: 50, factor: 2, cap: 2_000, jitter: 0.2 },
  terminateTimeout: 1_000,
  max: 1_000,
  eventBuffer: 1_024
} as const

const { backoff } = supervisorDefaults

export const defaultsTable: ReadonlyArray<{
  readonly option: string
  readonly default: string
  readonly why: string
}> = [
  {
    option: "restart",
    default: `\`${supervisorDefaults.restart}\``,
    why: "A supervised child is meant to run; name the children that may end."
  },
  {
    option: "shutdown",
    default: `${supervisorDefaults.shutdown} ms; \`infinity\` for supervisors`,
    why: "As in OTP: long enough to close connections; a supervisor's end is bounded by its children's."
  },
  { option: "strategy", default: `\`${supervisorDefaults.strategy}\``, why: "The smallest blast radius." },
  {
    option: "autoShutdown",
    default: `\`${supervisorDefaults.autoShutdown}\``,
    why: "As in OTP: a supervisor without work is no failure."
  },
  {
    option: "intensity",
    default: String(supervisorDefaults.intensity),
    why: "OTP allows 1 in 5 s: a single repeated fault ends a tree. Five attempts outlive a short outage (G11)."
  },
  {
    option: "period",
    default: `${supervisorDefaults.period} ms`,
    why: "Longer than the delays of that many restarts, so that the window can fill."
  },
  {
    option: "backoff",
    default: `none, then ${backoff.base} ms doubling to ${backoff.cap} ms, ±${backoff.jitter * 100} %`,
    why: "OTP has none. The first restart is immediate; a persistent fault causes no storm of restarts (G11)."
  },
  {
    option: "terminateTimeout",
    default: `${supervisorDefaults.terminateTimeout} ms`,
    why: "As for pools: stopping stays bounded; a child that survives is reported as stuck (G4)."
  },
  { option: "max", default: String(supervisorDefaults.max), why: "Bounded (G7)." }
]
