/**
 * The pool, or one of its workers, as a `Caller`: chunks become tasks of the host. This file holds wiring only.
 *
 * @since 0.1.0
 */
import * as Payload from "../../../protocol/values/Payload.ts"
import type { Caller } from "../../shared/Caller.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"
import type { HostTask, Pin } from "../tasks/HostTask.ts"
import { submit } from "./submission.ts"

/** With `pin`, chunks go to one worker. */
export const hostCaller = (engine: PoolEngine, pin?: Pin): Caller<HostTask> => ({
  get width() {
    return pin === undefined ? engine.chunksInFlight : 2 * engine.settings.concurrency
  },
  sharedChunks: engine.sharedChunks,
  drawing: (definition) =>
    Payload.drawing(engine.servedTasks.of(definition).codec, engine.transport, engine.channels),
  chunkSize: (definition, most) => engine.servedTasks.of(definition).measure.chunkSize(most),
  start: ({ definition, fiber, onSettled, options, payloads }) =>
    submit(engine, definition, payloads, payloads.length, options, fiber, onSettled, pin),
  endAsSibling: (task) => engine.lifecycle.end(task, { _tag: "Sibling" })
})
