/**
 * Streaming tasks and others: which call fits which, and what travels with a streaming task.
 *
 * @since 0.2.0
 */
import { InvalidOption } from "../../../InvalidOption.ts"
import type { Extra } from "../../../protocol/messages/Message.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import type { TaskPort } from "./StreamCaller.ts"

/** Throws `InvalidOption` for a streaming task that is called for a single result. */
export const checkKind = ({ name, stream }: TaskDefinition, port: TaskPort | undefined): void => {
  if (stream === undefined || port?.isStream === true) return
  throw new InvalidOption("task", `${name} is a streaming task: call it, or use TaskPool.runStream`)
}

/** Adds the first credit of a streaming task. */
export const withCredit = (extra: Extra | undefined, { stream }: TaskDefinition): Extra | undefined =>
  stream === undefined ? extra : { ...extra, credit: stream.buffer }
