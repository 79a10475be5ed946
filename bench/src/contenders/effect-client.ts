// The callers of a pool that answers by Effect: looping fibers.
import * as Effect from "effect/Effect"
import type { Pool } from "./contender.ts"

type Client = Required<Pick<Pool, "burst" | "loop">>

export const effectClient = <R>(
  runPromise: <A>(effect: Effect.Effect<A, unknown, R>) => Promise<A>,
  call: (payload: any) => Effect.Effect<unknown, unknown, R>
): Client => ({
  loop: (job, meter, inFlight) => {
    const caller = (index: number) =>
      Effect.gen(function* () {
        while (!meter.stop) {
          const payload = job.next(index)
          job.check(payload, yield* call(payload), index)
          meter.count++
        }
      })
    const callers = Array.from({ length: inFlight }, (_, index) => caller(index))
    return runPromise(Effect.all(callers, { concurrency: "unbounded", discard: true }))
  },
  burst: (payloads, answered) =>
    runPromise(
      Effect.forEach(
        payloads,
        (payload, index) => Effect.map(call(payload), (answer) => answered(index, answer)),
        { concurrency: "unbounded", discard: true }
      )
    )
})
