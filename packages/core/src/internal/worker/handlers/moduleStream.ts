/**
 * Exported functions that make a stream: generators, async generators, and functions that return a `Stream`.
 *
 * @since 0.2.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as CauseCodec from "../../../protocol/values/CauseCodec.ts"
import { isEffect, isStream, isThenable } from "../../model/genuine.ts"
import { type Emit, forEachArray, untilDone } from "../../model/streamPull.ts"

/**
 * Emits what a function has returned. Failures arrive as plain data, as those of a single result do. A throw of a generator is a
 * defect, as of any function.
 */
export const emitAnswer = (answered: unknown, emit: Emit): Effect.Effect<void, unknown> => {
  if (isStream(answered)) return forEachArray(answered, emit, CauseCodec.plainFailure)
  // An Effect can be iterated, but is no list of elements.
  if (isEffect(answered)) {
    return Effect.flatMap(Effect.mapError(answered, CauseCodec.plainFailure), (made) =>
      emitAnswer(made, emit)
    )
  }
  if (isAsyncIterable(answered)) return emitAsync(answered, emit)
  if (Array.isArray(answered)) return emit(answered)
  if (isIterable(answered)) return emitEach(answered, emit)
  if (isThenable(answered)) {
    return Effect.flatMap(
      Effect.promise(() => Promise.resolve(answered)),
      (made) => emitAnswer(made, emit)
    )
  }
  return Effect.die(new TypeError("the function returned neither a Stream nor an async iterable"))
}

const emitAsync = (iterable: AsyncIterable<unknown>, emit: Emit): Effect.Effect<void, unknown> =>
  Effect.suspend(() => {
    const iterator = iterable[Symbol.asyncIterator]()
    let state: "idle" | "pulling" | "ended" = "idle"
    const next = Effect.promise(async () => {
      state = "pulling"
      try {
        const result = await iterator.next()
        state = result.done === true ? "ended" : "idle"
        return result
      } catch (error) {
        state = "ended"
        throw error
      }
    })
    const step = Effect.flatMap(next, ({ done, value }) => (done === true ? Cause.done() : emit([value])))
    const close = Effect.suspend(() => {
      if (state === "ended") return Effect.void
      // A generator ends after its pending step, which may take for ever.
      const ended = Promise.resolve(iterator.return?.())
      if (state === "idle") return Effect.promise(() => ended)
      ended.catch(() => {})
      return Effect.void
    })
    return Effect.ensuring(untilDone(step), close)
  })

/** Emits one element at a time: the next one may take long. */
const emitEach = (iterable: Iterable<unknown>, emit: Emit): Effect.Effect<void, unknown> =>
  Effect.suspend(() => {
    const iterator = iterable[Symbol.iterator]()
    let isOver = false
    const step = Effect.suspend(() => {
      // A throw ends the generator.
      isOver = true
      const { done, value } = iterator.next()
      isOver = done === true
      return isOver ? Cause.done() : emit([value])
    })
    return Effect.ensuring(
      untilDone(step),
      Effect.sync(() => {
        if (!isOver) iterator.return?.()
      })
    )
  })

const isAsyncIterable = (u: unknown): u is AsyncIterable<unknown> => hasMethod(u, Symbol.asyncIterator)

const isIterable = (u: unknown): u is Iterable<unknown> => hasMethod(u, Symbol.iterator)

const hasMethod = (u: unknown, key: symbol): boolean =>
  typeof u === "object" && u !== null && typeof (u as Record<symbol, unknown>)[key] === "function"
