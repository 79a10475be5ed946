// What streams carry: plain objects one by one, or numbers in typed arrays.

export type Kind = "objects" | "typed"

/** From a worker to the host, from the host to a worker, from one worker to another. */
export type Way = "out" | "in" | "between"

export interface Flow {
  readonly way: Way
  readonly kind: Kind
  /** How many records; of typed arrays, how many numbers. */
  readonly count: number
  /** Whether the consumer takes a microsecond more for each object, so that the producer is faster. */
  readonly isSlow: boolean
}

export interface Reading {
  readonly sensor: string
  readonly at: number
  readonly value: number
  readonly isValid: boolean
}

/** Numbers of one typed array. */
export const chunkLength = 1024

export type Chunk = Float64Array<ArrayBuffer>

export const readingAt = (n: number): Reading => ({ sensor: "boiler-7", at: n, value: n, isValid: true })

/** The numbers from `n` on. */
export const chunkAt = (n: number, count: number): Chunk => {
  const chunk = new Float64Array(Math.min(chunkLength, count - n))
  for (let i = 0; i < chunk.length; i++) chunk[i] = n + i
  return chunk
}

/** About a microsecond of multiplications that wait for each other; the result is 0. */
const burn = (): number => {
  let state = 1
  for (let i = 0; i < 1000; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  return state === 0 ? 1 : 0
}

export const valueOf = ({ value }: Reading, isSlow: boolean): number => (isSlow ? value + burn() : value)

export const sumOfChunk = (chunk: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < chunk.length; i++) sum += chunk[i]!
  return sum
}

/** The elements of a flow, in arrays of so many. */
export function* batchesOf(
  { count, kind }: Pick<Flow, "count" | "kind">,
  batch: number
): Generator<Array<Reading> | Array<Chunk>> {
  const step = kind === "objects" ? 1 : chunkLength
  for (let n = 0; n < count;) {
    const length = Math.min(batch, Math.ceil((count - n) / step))
    const from = n
    yield kind === "objects"
      ? Array.from({ length }, (_, i) => readingAt(from + i))
      : Array.from({ length }, (_, i) => chunkAt(from + i * step, count))
    n += length * step
  }
}

/** What all values of a flow add up to. */
export const expectedSum = (count: number): number => (count * (count - 1)) / 2
