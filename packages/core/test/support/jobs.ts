import * as Context from "effect/Context"
import { type AnyTask, TypeId } from "../../src/internal/model/definition.ts"
import { CompiledHandler, type HandlerFunction } from "../../src/internal/worker/handlers/handlers.ts"
import { Job } from "../../src/internal/worker/Job.ts"
import * as Claims from "../../src/protocol/claims/Claims.ts"
import type { Extra } from "../../src/protocol/messages/Message.ts"

/** Returns a claimed job on private words. */
export const jobOf = (
  payload: unknown,
  options: { readonly many?: boolean; readonly extra?: Extra; readonly name?: string } = {}
): Job => {
  const { extra, many = false, name = "Task" } = options
  const words = new Int32Array(new SharedArrayBuffer(Claims.byteLength(1)))
  const ref = Claims.refOf(1, 0, Claims.offer(words, 0))
  const route = { number: 0, name, module: undefined, compiled: undefined, count: 0, millis: 0 }
  const job = new Job({ words, claimCapacity: 1 }, many, ref, route, payload, extra)
  job.claim()
  return job
}

export const compiledOf = (task: AnyTask, body: HandlerFunction): CompiledHandler =>
  new CompiledHandler(task[TypeId], body, Context.empty())
