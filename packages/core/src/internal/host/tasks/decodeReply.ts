/**
 * From the reply of a worker to the exit of its task, by the task's codec. Nothing that a worker says throws here: a reply that does not
 * fit is the task's failure.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { CauseData } from "../../../protocol/messages/Message.ts"
import * as CauseCodec from "../../../protocol/values/CauseCodec.ts"
import type { Unclonable } from "../../../protocol/values/Clonable.ts"
import * as Packed from "../../../protocol/values/Packed.ts"
import { Malformed, NotSerializable, type TaskError } from "../../../TaskError.ts"
import { isInstance } from "../../model/foreign.ts"
import { argumentPath } from "../../model/module.ts"
import { withPorts } from "../../model/ports.ts"
import { isTypedArray } from "../../model/typedArray.ts"
import { callSiteOf } from "./callSite.ts"
import type { HostTask } from "./HostTask.ts"
import { failTask } from "./outcomes.ts"

/** Returns the exit of a task whose handler has succeeded. The results of a chunk are as many as its items. */
export const succeeded = (task: HostTask, value: unknown): Exit.Exit<unknown, unknown> => {
  try {
    const { codec } = task.served
    if (task.items !== undefined) return succeededMany(task, value)
    return Exit.succeed(codec.needsPorts.reply ? withEnds(task, value) : codec.host.decodeSuccess(value))
  } catch (error) {
    return malformed(task, error)
  }
}

// Functions of their own: their closures would cost every reply a context.

const withEnds = ({ served: { codec, ports } }: HostTask, value: unknown): unknown =>
  withPorts(ports, () => codec.host.decodeSuccess(value))

const succeededMany = (task: HostTask, value: unknown): Exit.Exit<unknown, unknown> => {
  const { codec, ports } = task.served
  const values = Array.isArray(value) || isTypedArray(value) ? value : undefined
  if (values === undefined || values.length !== task.items) {
    const detail = `expected ${task.items} results`
    return failTask(task, new Malformed({ side: "host", what: "success", path: "$", detail }))
  }
  return Exit.succeed(withPorts(ports, () => Packed.mapAll(values, codec.host.decodeSuccess)))
}

/** Returns the exit of a task whose handler has failed. */
export const failed = (task: HostTask, data: CauseData): Exit.Exit<never, unknown> => {
  try {
    const { codec, ports } = task.served
    const below = callSiteOf(task)()
    return Exit.failCause(withPorts(ports, () => CauseCodec.decode(data, task.name, codec, below)))
  } catch (error) {
    return malformed(task, error)
  }
}

/** Returns the exit of a task whose payload could not be posted. */
export const refused = (task: HostTask, { detail, path }: Unclonable): Exit.Exit<never, TaskError> => {
  const where = argumentPath(task.definition.module, path)
  return failTask(task, new NotSerializable({ side: "host", what: "payload", path: where, detail }))
}

const malformed = (task: HostTask, error: unknown): Exit.Exit<never, TaskError> =>
  isInstance(error, Malformed) ? failTask(task, error) : Exit.die(error)
