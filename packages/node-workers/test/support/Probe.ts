// Drives one thread by hand, without a pool, and remembers what its listener heard, in order.
import type { Start } from "@heddle/core/protocol/messages/Message"
import { type WorkerConnection, type WorkerExit, WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"

export const puppet = new URL("../fixtures/puppet.worker.ts", import.meta.url)

export const startOf = (workerEpoch: number): Start => ({
  version: 1,
  workerEpoch,
  concurrency: 1,
  words: undefined,
  claimCapacity: 1,
  size: 1,
  parallelism: 1,
  level: 0
})

export type Heard = readonly ["frame" | "stray" | "exit", unknown]

export class Probe {
  readonly heard: Array<Heard> = []
  readonly connection: WorkerConnection
  onHalted: () => void = () => {}
  private waiting: Array<() => void> = []

  constructor(transport: WorkerTransport["Service"], start: Start = startOf(1)) {
    const hear = (kind: Heard[0]) => (value: unknown) => {
      this.heard.push([kind, value])
      for (const wake of this.waiting.splice(0)) wake()
    }
    this.connection = transport.spawn(start, {
      onFrame: hear("frame"),
      onStray: hear("stray"),
      onHalted: () => this.onHalted(),
      onExit: hear("exit")
    })
  }

  /** Tells the worker what to do. */
  tell(...frame: Array<unknown>): void {
    this.connection.post(frame)
  }

  all(kind: Heard[0]): Array<any> {
    return this.heard.filter(([heard]) => heard === kind).map(([, value]) => value)
  }

  /** Waits until `count` of a kind were heard; gives the last of them. */
  readonly hear = (kind: Heard[0], count = 1): Effect.Effect<any> =>
    Effect.callback((resume) => {
      const look = () => {
        const found = this.all(kind)
        if (found.length >= count) resume(Effect.succeed(found[count - 1]))
        else this.waiting.push(look)
      }
      look()
    })

  /** Waits for the worker to have gone, and for whatever might wrongly come after that. */
  readonly exited: Effect.Effect<WorkerExit> = Effect.tap(this.hear("exit"), turns(5))
}

/** Lets the event loop turn. */
export function turns(count: number): Effect.Effect<void> {
  return Effect.promise(async () => {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
  })
}

export const spawn = Effect.map(WorkerTransport, (transport) => new Probe(transport))
