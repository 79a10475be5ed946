/**
 * The call site of a task, as lines of a stack.
 *
 * @since 0.1.0
 */
import type { Fiber } from "effect/Fiber"
import type { TaskId, WorkerId } from "../../model/ids.ts"

const mostLines = 12

/** The part of a task which a call site uses. */
interface Called {
  readonly name: string
  readonly id: TaskId
  readonly lastWorker: WorkerId | undefined
  readonly fiber: Fiber<unknown, unknown>
}

/** Returns the call site of a task. The function retains nothing else of the task: errors may live long (S146). */
export const callSiteOf = ({ fiber, id, lastWorker, name }: Called): (() => string) => {
  const where = lastWorker === undefined ? `task ${id}` : `task ${id} on worker ${lastWorker}`
  return callSite(`${name} (${where})`, fiber)
}

/** Returns the call site of a task which was not taken. */
export const callSite = (name: string, fiber: Fiber<unknown, unknown>): (() => string) => {
  let frame = fiber.cache.stackFrame
  return () => {
    const lines = [`    at ${name}`]
    for (; frame !== undefined && lines.length < mostLines; frame = frame.parent) {
      const stack = frame.stack()
      lines.push(
        stack === undefined
          ? `    at ${frame.name}`
          : `    at ${frame.name} (${stack.trim().replace(/^at /, "")})`
      )
    }
    return lines.join("\n")
  }
}
