/**
 * Worker: writes the name of the running task around the output of that task. The host takes the names out again
 * (`workerOutput.ts`).
 *
 * Names travel within the stream itself, since output and replies travel separately: by the time a line arrives, its task
 * may have ended and the next task begun. Output beside `process.stdout` and `process.stderr` (other processes, native
 * code, text printed while a file is imported) carries no name and counts as the worker's.
 *
 * A mark is an escape sequence that no terminal shows, with a random text for each worker, so that no output is mistaken
 * for a mark.
 *
 * @since 0.1.0
 */
import { types } from "node:util"

/** Returns the name of the running task, if any. */
export type CurrentTask = () => string | undefined

/** Ends a mark. Between the mark's text and this end stands the name of a task, or nothing for output of no task. */
export const markEnd = "\x1b\\"

/** Returns the part of a worker's endpoint that marks output; nothing without a mark. */
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

/** Writes mark, output and mark in one piece, so that output of another process on the same pipe cannot come between. */
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

/** `undefined`: the chunk cannot be printed, and the stream will throw. */
const toBytes = (chunk: unknown, encoding: unknown): Uint8Array | undefined => {
  if (typeof chunk !== "string") return types.isUint8Array(chunk) ? chunk : undefined
  if (typeof encoding !== "string") return Buffer.from(chunk)
  return Buffer.isEncoding(encoding) ? Buffer.from(chunk, encoding) : undefined
}
