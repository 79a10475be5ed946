/**
 * What a task says about every one of its calls, and what it resolves to.
 *
 * @since 0.1.0
 */
import { defaultPolicy, type TaskPolicy, type Validation } from "./definition.ts"
import { checkKeys, type Limit, oneOf, toMillis, toPriority } from "./options.ts"

/**
 * The policy of a task.
 *
 * - `idempotent`: it may be run again when its worker dies (G6). Default `false`.
 * - `timeout`: longest run, counted from the start of its handler. `queueTimeout`: longest wait before.
 * - `priority`: an integer from -100 to 100, smaller runs sooner, with ageing (G8). Default 0.
 * - `grace`: overrides the pool's. `"infinity"` exempts the task from G4.
 * - `validate`: who checks data against schemas that do not transform. Default `receiver`.
 * - `span`: whether each call gets a span on the caller's side. Default `false`; the trace crosses anyway.
 *
 * @category models
 * @since 0.1.0
 */
export interface PolicyOptions {
  readonly idempotent?: boolean | undefined
  readonly timeout?: Limit | undefined
  readonly queueTimeout?: Limit | undefined
  readonly priority?: number | undefined
  readonly grace?: Limit | undefined
  readonly validate?: Validation | undefined
  readonly span?: boolean | undefined
}

const known: ReadonlyArray<keyof PolicyOptions> = [
  "idempotent",
  "timeout",
  "queueTimeout",
  "priority",
  "grace",
  "validate",
  "span"
]

/** Throws `InvalidOption`, naming the option. */
export const resolvePolicy = (options: PolicyOptions): TaskPolicy => {
  checkKeys(options, known, "")
  return {
    idempotent: options.idempotent ?? defaultPolicy.idempotent,
    timeout: options.timeout === undefined ? defaultPolicy.timeout : toMillis("timeout", options.timeout),
    queueTimeout:
      options.queueTimeout === undefined
        ? defaultPolicy.queueTimeout
        : toMillis("queueTimeout", options.queueTimeout),
    priority: toPriority(options.priority ?? defaultPolicy.priority),
    grace: options.grace === undefined ? defaultPolicy.grace : toMillis("grace", options.grace),
    validate: oneOf("validate", options.validate ?? defaultPolicy.validate, ["both", "receiver", "none"]),
    span: options.span ?? defaultPolicy.span
  }
}
