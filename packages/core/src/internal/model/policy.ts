/**
 * The policy options of a task, and the settings they resolve to.
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
 * - `idempotent`: the task may run again when its worker dies (G6). Default `false`.
 * - `timeout`: longest run, counted from the start of the handler. `queueTimeout`: longest wait before the start.
 * - `priority`: an integer from -100 to 100, smaller runs sooner, with ageing (G8). Default 0.
 * - `grace`: overrides the pool's grace. `"infinity"` exempts the task from G4.
 * - `validate`: which side checks data against schemas that do not transform. Default `receiver`.
 * - `needsProcess`: the task changes its process (directory, user, signals, native memory), or may end it. A pool whose
 *   workers are threads refuses the task, as a mistake in the program. Default `false`.
 * - `span`: whether each call gets a span on the caller's side. Default `false`; the trace context always travels.
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

/** Throws `InvalidOption` when a task needs a process and the pool's workers are not processes. */
export const checkNeeds = ({ name, policy }: TaskDefinition, isProcess: boolean | undefined): void => {
  if (policy.needsProcess && isProcess !== true) {
    throw new InvalidOption(
      "needsProcess",
      `${name} needs a process of its own, and the workers of this pool are none`
    )
  }
}
