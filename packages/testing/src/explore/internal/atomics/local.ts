/**
 * The place of a thread: its performed operations and their results.
 *
 * A synchronous function cannot be stopped halfway and resumed. So a thread's next operation is found by running
 * the thread again from its start, answering its first operations with their earlier results, and throwing at the next. This
 * is done once for each place, whatever the other threads did. Requires threads decided by their answers alone.
 *
 * @since 0.1.0
 */
import { intercepting } from "./intercept.ts"
import { format, type Operation, show } from "./operation.ts"

/** The next event at a place. */
export type Next =
  | { readonly _tag: "Performs"; readonly operation: Operation }
  | { readonly _tag: "Ended"; readonly value: unknown }
  | { readonly _tag: "Threw"; readonly error: unknown }

export interface Local {
  /** Unique within its thread. */
  readonly id: number
  readonly steps: number
  readonly next: Next
  /** The place after the operation gave this. */
  readonly after: (answer: unknown) => Local
}

export type Body = () => unknown

/** Thrown into a thread at an operation the thread may not perform yet. */
class Suspended extends Error {
  override readonly name = "Suspended"
}

/** The place before a thread's first operation. */
export const start = (name: string, body: Body): Local => {
  let ids = 0
  const make = (answers: ReadonlyArray<unknown>, performed: ReadonlyArray<Operation>): Local => {
    const next = nextOf(name, body, answers, performed)
    const places = new Map<string, Local>()
    return {
      id: ids++,
      steps: answers.length,
      next,
      after: (answer) => {
        const key = show(answer)
        let place = places.get(key)
        if (place === undefined) {
          const operation = next._tag === "Performs" ? [next.operation] : []
          place = make([...answers, answer], [...performed, ...operation])
          places.set(key, place)
        }
        return place
      }
    }
  }
  return make([], [])
}

const nextOf = (
  name: string,
  body: Body,
  answers: ReadonlyArray<unknown>,
  performed: ReadonlyArray<Operation>
): Next => {
  let position = 0
  let pending: Operation | undefined
  let strayed: Error | undefined
  const run = () =>
    intercepting((operation) => {
      // While a suspended thread unwinds, its finally blocks may try more.
      if (pending === undefined && strayed === undefined) {
        if (position < answers.length) {
          const expected = format(performed[position]!)
          if (format(operation) === expected) return answers[position++]
          strayed = new Error(
            `${name} is not decided by what it reads: “${expected}” became “${format(operation)}” when it ran again`
          )
        } else {
          pending = operation
        }
      }
      throw new Suspended()
    }, body)
  let end: Next
  try {
    const value = run()
    end =
      value instanceof Promise
        ? { _tag: "Threw", error: new TypeError(`${name} returned a promise: threads are synchronous`) }
        : { _tag: "Ended", value }
  } catch (error) {
    end = { _tag: "Threw", error }
  }
  if (strayed !== undefined) return { _tag: "Threw", error: strayed }
  return pending === undefined ? end : { _tag: "Performs", operation: pending }
}
