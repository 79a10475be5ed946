/**
 * `forEach` inside a handler: inputs drawn on demand, in chunks, in order, failing fast.
 *
 * Receives inputs from `nestedPool.ts`, hands chunks to `NestedCalls`. Upholds G7: a bounded number of chunks in flight.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { TypedArray } from "../../model/typedArray.ts"
import * as Inputs from "../../shared/inputs.ts"
import { Results, type Values } from "../../shared/results.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import { toCount } from "../../model/options.ts"
import type { ForEachOptions } from "../../model/pool.ts"
import { own } from "../../model/own.ts"
import type { NestedCalls, Returned } from "./NestedCalls.ts"

/** `width`: the default number of chunks in flight. */
export const nestedForEach = (
  calls: NestedCalls,
  definition: TaskDefinition,
  inputs: Iterable<unknown>,
  given: ForEachOptions | undefined,
  width: number
): Effect.Effect<any, any> =>
  Effect.suspend(() => {
    const options = own(given)
    const lanes = toCount("concurrency", options?.concurrency) ?? width
    const chunkSize = toCount("chunkSize", options?.chunkSize)
    const source = Inputs.from(inputs, calls.drawing(definition))
    const results = new Results(options?.into, source.remaining)
    let isExhausted = false
    const nextSize = (): number => {
      if (chunkSize !== undefined) return chunkSize
      const timed = calls.chunkSize(definition, source.chunkMax)
      const share = Math.max(Math.ceil(source.remaining / lanes), Math.ceil(timed / 8))
      return Math.max(1, Math.min(timed, share))
    }
    const chunk = (payloads: ReadonlyArray<unknown> | TypedArray, offset: number) =>
      Effect.callback<void, any>((resume) => {
        const onReturned = ({ exit }: Returned) => {
          if (exit._tag === "Failure") return resume(exit)
          resume(Effect.sync(() => results.place(offset, exit.value as Values)))
        }
        const request = { definition, payload: payloads, items: payloads.length, options, onReturned }
        const call = calls.start(Fiber.getCurrent()!, request)
        if (Exit.isExit(call)) return resume(call)
        return calls.cancel(call)
      })
    const lane: Effect.Effect<void, any> = Effect.suspend(() => {
      if (isExhausted) return Effect.void
      const size = nextSize()
      const payloads = source.draw(size)
      if (payloads.length < size || source.remaining === 0) isExhausted = true
      if (payloads.length === 0) return Effect.void
      const offset = results.reserve(payloads.length)
      return Effect.flatMap(chunk(payloads, offset), () => lane)
    })
    const count = Math.max(1, Math.min(lanes, source.remaining))
    return Effect.forEach(Array.from({ length: count }), () => lane, {
      concurrency: "unbounded",
      discard: true
    }).pipe(
      Effect.map(() => results.build()),
      Effect.onExit(() =>
        Effect.sync(() => {
          if (!isExhausted) source.giveUp()
          isExhausted = true
        })
      )
    )
  })
