// The callers of a pool, for pools that answer by promise and for those that answer by callback.
import type { Pool } from "./contender.ts"

type Client = Required<Pick<Pool, "burst" | "loop">>

export const promiseClient = (call: (payload: any) => PromiseLike<unknown>): Client => ({
  loop: async (job, meter, inFlight) => {
    const caller = async (index: number): Promise<void> => {
      while (!meter.stop) {
        const payload = job.next(index)
        job.check(payload, await call(payload), index)
        meter.count++
      }
    }
    await Promise.all(Array.from({ length: inFlight }, (_, index) => caller(index)))
  },
  burst: async (payloads, answered) => {
    await Promise.all(
      payloads.map(async (payload, index) => {
        answered(index, await call(payload))
      })
    )
  }
})

/** `call` answers later, never before it returns. */
export const callbackClient = (call: (payload: any, done: (answer: any) => void) => void): Client => ({
  loop: (job, meter, inFlight) =>
    new Promise((resolve, reject) => {
      let callers = inFlight
      const next = (index: number): void => {
        if (meter.stop) {
          if (--callers === 0) resolve()
          return
        }
        const payload = job.next(index)
        call(payload, (answer) => {
          try {
            job.check(payload, answer, index)
          } catch (error) {
            return reject(error)
          }
          meter.count++
          next(index)
        })
      }
      for (let index = 0; index < inFlight; index++) next(index)
    }),
  burst: (payloads, answered) =>
    new Promise((resolve, reject) => {
      let left = payloads.length
      for (const [index, payload] of payloads.entries()) {
        call(payload, (answer) => {
          try {
            answered(index, answer)
          } catch (error) {
            return reject(error)
          }
          if (--left === 0) resolve()
        })
      }
    })
})

/** Splits the inputs by hand, maps the chunks, and joins the answers in order. */
export const mapChunks = async (
  inputs: ReadonlyArray<number>,
  items: number,
  call: (chunk: ReadonlyArray<number>) => PromiseLike<unknown>
): Promise<ArrayLike<number>> => {
  const calls: Array<PromiseLike<unknown>> = []
  for (let from = 0; from < inputs.length; from += items) calls.push(call(inputs.slice(from, from + items)))
  const results: Array<number> = []
  for (const answers of await Promise.all(calls))
    for (const answer of answers as Array<number>) results.push(answer)
  return results
}

/** The same with typed arrays, each chunk in a buffer of its own that can be transferred. */
export const mapTypedChunks = async (
  inputs: Float64Array,
  items: number,
  call: (chunk: Float64Array<ArrayBuffer>) => PromiseLike<unknown>
): Promise<ArrayLike<number>> => {
  const results = new Float64Array(inputs.length)
  const calls: Array<Promise<void>> = []
  for (let from = 0; from < inputs.length; from += items) {
    const answered = call(inputs.slice(from, from + items)) as Promise<Float64Array>
    calls.push(answered.then((answers) => results.set(answers, from)))
  }
  await Promise.all(calls)
  return results
}
