/**
 * Runs a task before the first real task. V8 compiles a function at the first call. A spare has time for compiling,
 * while a caller waiting for the first reply has not.
 *
 * Receives calls from `TaskRunner.serve`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Claims from "../../protocol/claims/Claims.ts"
import * as Message from "../../protocol/messages/Message.ts"
import { defaultPolicy, type TaskDefinition } from "../model/definition.ts"
import { HandlerTable } from "./handlers/handlers.ts"
import { NestedCalls } from "./nested/NestedCalls.ts"
import { Runner } from "./Runner.ts"

const definition: TaskDefinition = {
  name: "warmUp",
  payload: Schema.Finite,
  success: Schema.Finite,
  error: Schema.Never,
  policy: defaultPolicy,
  module: undefined
}

/** Runs on a private Runner whose replies are discarded; no side effects. */
export const warmUp = (start: Message.Start, context: Context.Context<never>): void => {
  const table = new HandlerTable()
  table.add({ definition, kind: "effect", handler: (n: number) => Effect.sync(() => n), context })
  const endpoint = {
    start: { ...start, words: undefined, claimCapacity: 1 },
    post: () => {},
    listen: () => {},
    endOfTurn: () => {},
    importModule: () => Promise.reject(new Error("the warm-up imports nothing")),
    close: () => {}
  }
  const runner = new Runner(endpoint, table, context, new NestedCalls(() => {}, endpoint))
  const frame = Message.emptyFrame(start.workerEpoch, 0)
  Message.pushRoute(frame, 0, definition.name, undefined)
  Message.pushRun(frame, false, Claims.refOf(1, 0, firstTicket), 0, 1, undefined)
  runner.receive(frame)
}

const firstTicket = 4
