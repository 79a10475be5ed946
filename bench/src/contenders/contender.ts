// What a contender is, and what the bench asks of its pool.
import type { Article } from "./operations.ts"
import type { Flow } from "./readings.ts"

/** What a worker can be asked for: see `operations.ts`. A pool is opened for one of them. */
export type Operation =
  | "add"
  | "bytes-copy"
  | "bytes-transfer"
  | "bytes-shared"
  | "object"
  | "spin"
  | "fault"
  | "chunk"
  | "chunk-typed"

export interface OpenOptions {
  readonly operation: Operation
  /** How many workers. */
  readonly size: number
  /** How many calls may wait at once, for pools whose queue is bounded. Default: as the pool comes. */
  readonly waiting?: number | undefined
}

/** What the callers of a loop send and expect. */
export interface Job {
  /** The next payload of a caller. */
  readonly next: (caller: number) => unknown
  /** Throws when the answer is wrong. */
  readonly check: (payload: any, answer: any, caller: number) => void
}

/** Counts answers; tells callers to come back. */
export interface Meter {
  count: number
  stop: boolean
}

export interface Pool {
  /**
   * `inFlight` callers: each calls, checks, and calls again. Resolves when `stop` is set and every caller has come
   * back; rejects at the first wrong answer.
   */
  readonly loop?: (job: Job, meter: Meter, inFlight: number) => Promise<void>
  /** All at once; resolves when each has been answered. */
  readonly burst?: (
    payloads: ReadonlyArray<unknown>,
    answered: (index: number, answer: any) => void
  ) => Promise<void>
  /** Adds one to each number, the best way this contender has. */
  readonly map?: (inputs: ReadonlyArray<number>) => Promise<ArrayLike<number>>
  readonly mapObjects?: (inputs: ReadonlyArray<Article>) => Promise<ReadonlyArray<Article>>
  readonly mapTyped?: (inputs: Float64Array) => Promise<ArrayLike<number>>
  /** Runs a stream to its end; the sum of the values that its consumer took, wherever that is. */
  readonly stream?: (flow: Flow) => Promise<number>
  /** Starts a call that will not come back. */
  readonly begin?: (payload: unknown) => Doomed
  readonly close: () => Promise<void>
}

/** A call that does not come back by itself, or takes its worker with it. */
export interface Doomed {
  /** Gives it up; does not wait. */
  readonly cancel: () => void
  /** Resolves when it has ended, however that was. */
  readonly ended: Promise<unknown>
}

interface Described {
  readonly name: string
  /** For the report: how it is configured. */
  readonly how: string
  /** Names of the workloads that it can do. */
  readonly workloads: ReadonlyArray<string>
  /** Left out of `--quick` where `false`. */
  readonly quick?: boolean
  /** Why it cannot take part here. */
  readonly absent?: () => string | undefined
  /** How many items of a `map` it gets at a time: fewer for those that would take minutes. Default 1,000,000. */
  readonly mapItems?: number
  /** The most records of a stream that it gets at a time, likewise. Default: as many as the plan has. */
  readonly streamRecords?: number
}

/** A pool of this process. */
export interface InProcess extends Described {
  readonly open: (options: OpenOptions) => Promise<Pool>
}

/** A program of its own, in another language: it is told what to measure. */
export interface Program extends Described {
  readonly command: (
    workload: string,
    size: number,
    timing: Timing
  ) => readonly [file: string, args: ReadonlyArray<string>]
}

export type Contender = InProcess | Program

/** Times in milliseconds. */
export interface Timing {
  /** The longest warm-up. */
  readonly warmUp: number
  readonly measure: number
  /** How many records a stream has. */
  readonly records: number
  /** Whether all that matters is that every cell works: the least work that shows it. */
  readonly smoke: boolean
}

/** Every answer of a pool that keeps `payload + 1`. */
export const checkSum = (payload: number, answer: number): void => {
  if (answer !== payload + 1) throw new Error(`a wrong answer: ${payload} + 1 is not ${answer}`)
}

/** Which workloads there are, by what they need of a contender. */
export const asks = {
  tiny: ["tiny-1", "latency", "tiny-64", "tiny-1024", "tiny-burst", "tiny-1-asleep", "latency-asleep"],
  batch: ["tiny-batch"],
  objects: ["object-100b", "object-1m", "map-object-100b", "map-object-10k", "map-object-1m"],
  copies: ["payload-1k-copy", "payload-64k-copy", "payload-1m-copy", "payload-16m-copy", "payload-object"],
  transfers: ["payload-1k-transfer", "payload-64k-transfer", "payload-1m-transfer", "payload-16m-transfer"],
  shared: ["payload-1k-shared", "payload-64k-shared", "payload-1m-shared", "payload-16m-shared"],
  work: ["cpu-10ms", "mixed"],
  roundTrip: ["tiny-1", "latency"],
  streams: [
    "stream-out-objects",
    "stream-out-typed",
    "stream-in-objects",
    "stream-in-typed",
    "stream-between-objects",
    "stream-between-typed"
  ],
  streamMemory: ["stream-memory", "stream-flat"]
} as const satisfies Record<string, ReadonlyArray<string>>
