// What the workers do, as plain functions: each contender's worker serves them in its own way.

export const add = (n: number): number => n + 1

/** The answer has the size of the payload; how it travels is the contender's. */
export const bytes = <Bytes extends Uint8Array>(payload: Bytes): Bytes => {
  payload[0]!++
  return payload
}

export interface Article {
  readonly id: number
  readonly title: string
  readonly tags: ReadonlyArray<string>
  readonly sections: ReadonlyArray<{
    readonly heading: string
    readonly text: string
    readonly words: number
  }>
}

export const object = (article: Article): Article => ({ ...article, id: article.id + 1 })

/**
 * Burns time: multiplications that wait for each other, 24 an iteration.
 *
 * So many that V8 inlines it nowhere (it is more than 460 bytes of bytecode). A short loop in `Effect.sync(() => …)` is
 * inlined into that closure, whose first compiler (Maglev) makes slow loops: six times slower for thousands of tasks. Effect's
 * RPC calls it like that. That is V8's, and not what is compared here.
 */
export const spin = (iterations: number): number => {
  let state = 1
  for (let i = 0; i < iterations; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  }
  return state
}

/** Payloads of `fault` that do not come back. */
export const stuck = -1
export const crash = -2

export const fault = (n: number): number => {
  if (n === stuck) for (;;);
  if (n === crash) process.exit(1)
  return n + 1
}

export const chunk = (items: ReadonlyArray<number>): ReadonlyArray<number> => items.map((n) => n + 1)

export const chunkTyped = <Items extends Float64Array>(items: Items): Items => {
  for (let i = 0; i < items.length; i++) items[i]!++
  return items
}
