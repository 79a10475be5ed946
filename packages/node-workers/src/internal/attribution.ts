/**
 * Worker: writes the name of the running task around what that prints. The host takes it out again (`printed.ts`).
 *
 * Names travel within the stream itself, since output and replies go different ways: by the time a line arrives, its task
 * may have ended and the next one begun. What does not come through `process.stdout` and `process.stderr` (other
 * processes, native code, words printed while a file is imported) carries no name and is the worker's.
 *
 * A mark is an escape sequence that no terminal shows, with a text of its own for each worker, so that no output is taken
 * for a mark by accident.
 *
 * @since 0.1.0
 */
import { types } from "node:util"

/** The name of the task that runs right now, if one does. */
export type CurrentTask = () => string | undefined

/** After a mark's own text and the name of a task; without a name nobody's output begins. */
export const markEnd = "\x1b\\"

/** The part of a worker's endpoint that sees to it. */
export const attribution = (
  mark: string | undefined
): { readonly onServe?: (currentTask: CurrentTask) => void } =>
  mark === undefined
    ? {}
    : {
        onServe: (currentTask) => {
          for (const stream of [process.stdout, process.stderr]) attribute(stream, mark, currentTask)
        }
      }

/** In one piece, so that another process on the same pipe does not get in. */
const attribute = (
  stream: Pick<NodeJS.WriteStream, "write">,
  mark: string,
  currentTask: CurrentTask
): void => {
  const original = stream.write.bind(stream) as (...args: Array<unknown>) => boolean
  const after = Buffer.from(mark + markEnd)
  stream.write = (chunk: unknown, ...rest: ReadonlyArray<unknown>): boolean => {
    const task = currentTask()
    const bytes = task === undefined ? undefined : toBytes(chunk, rest[0])
    if (bytes === undefined) return original(chunk, ...rest)
    const before = Buffer.from(mark + JSON.stringify(task) + markEnd)
    return original(
      Buffer.concat([before, bytes, after]),
      ...rest.filter((argument) => typeof argument === "function")
    )
  }
}

/** `undefined`: nothing that can be printed; the stream will say so. */
const toBytes = (chunk: unknown, encoding: unknown): Uint8Array | undefined => {
  if (typeof chunk !== "string") return types.isUint8Array(chunk) ? chunk : undefined
  if (typeof encoding !== "string") return Buffer.from(chunk)
  return Buffer.isEncoding(encoding) ? Buffer.from(chunk, encoding) : undefined
}
