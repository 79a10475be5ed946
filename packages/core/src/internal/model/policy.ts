/**
 * What a task says about every one of its calls, and what it resolves to.
 *
 * @since 0.1.0
 */
import { InvalidOption } from "../../InvalidOption.ts"
import { defaultPolicy, type TaskDefinition, type TaskPolicy, type Validation } from "./definition.ts"
import { own } from "./own.ts"
import { boolean, checkKeys, type Limit, oneOf, toMillis, toPriority } from "./options.ts"

/**
 * The policy of a task.
 *
 * - `idempotent`: it may be run again when its worker dies (G6). Default `false`.
 * - `timeout`: longest run, counted from the start of its handler. `queueTimeout`: longest wait before.
 * - `priority`: an integer from -100 to 100, smaller runs sooner, with ageing (G8). Default 0.
 * - `grace`: overrides the pool's. `"infinity"` exempts the task from G4.
 * - `validate`: who checks data against schemas that do not transform. Default `receiver`.
 * - `needsProcess`: it changes its process (directory, user, signals, native memory), or may end it: a pool whose workers are
 *   no processes refuses it, as a mistake in the program. Default `false`.
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
  readonly needsProcess?: boolean | undefined
  readonly span?: boolean | undefined
}

const known: ReadonlyArray<keyof PolicyOptions> = [
  "idempotent",
  "timeout",
  "queueTimeout",
  "priority",
  "grace",
  "validate",
  "needsProcess",
  "span"
]

/** Throws `InvalidOption`, naming the option. */
export const resolvePolicy = (given: PolicyOptions): TaskPolicy => {
  const options = own(given)
  checkKeys(options, known, "")
  return {
    idempotent: boolean("idempotent", options.idempotent ?? defaultPolicy.idempotent),
    timeout: options.timeout === undefined ? defaultPolicy.timeout : toMillis("timeout", options.timeout),
    queueTimeout:
      options.queueTimeout === undefined
        ? defaultPolicy.queueTimeout
        : toMillis("queueTimeout", options.queueTimeout),
    priority: toPriority(options.priority ?? defaultPolicy.priority),
    grace: options.grace === undefined ? defaultPolicy.grace : toMillis("grace", options.grace),
    validate: oneOf("validate", options.validate ?? defaultPolicy.validate, ["both", "receiver", "none"]),
    needsProcess: boolean("needsProcess", options.needsProcess ?? defaultPolicy.needsProcess),
    span: boolean("span", options.span ?? defaultPolicy.span)
  }
}

/** Throws `InvalidOption` when a task needs a process and the workers of the pool are none. */
export const checkNeeds = ({ name, policy }: TaskDefinition, isProcess: boolean | undefined): void => {
  if (policy.needsProcess && isProcess !== true) {
    throw new InvalidOption(
      "needsProcess",
      `${name} needs a process of its own, and the workers of this pool are none`
    )
  }
}
