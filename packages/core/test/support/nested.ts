import * as Effect from "effect/Effect"
import type { Fiber } from "effect/Fiber"
import { CurrentHandler } from "../../src/internal/model/handler.ts"
import type { TaskDefinition } from "../../src/internal/model/definition.ts"
import { NestedCalls } from "../../src/internal/worker/nested/NestedCalls.ts"
import type { CallData, ReturnData } from "../../src/protocol/messages/Call.ts"
import * as Message from "../../src/protocol/messages/Message.ts"
import { jobOf } from "./jobs.ts"

export interface Sent {
  readonly kind: "call" | "endCall" | "awaitCall" | "redeadline" | "askSnapshot"
  readonly call: number
  readonly ref?: number
  readonly payload?: unknown
  readonly data?: CallData
  readonly by?: string
  readonly reason?: unknown
  readonly millis?: number
}

export const returnedOf = (data: Partial<ReturnData>): ReturnData => ({
  how: "succeeded",
  value: undefined,
  cause: [],
  receipt: undefined,
  estimate: Infinity,
  ...data
})

/** Nested calls of one job, with a host recording the messages; the test gives the answers. */
export class HostSide {
  readonly job = jobOf(undefined, { name: "Caller" })
  readonly sent: Array<Sent> = []
  readonly calls: NestedCalls
  /** Called with each message, for tests that answer at once. */
  onSent: (sent: Sent) => void = () => {}

  constructor() {
    const start = {
      version: Message.version,
      workerEpoch: 1,
      concurrency: 1,
      words: undefined,
      claimCapacity: 1,
      size: 2,
      parallelism: 1,
      level: 0
    }
    this.calls = new NestedCalls((_, push) => this.read(push), { start })
    this.calls.isServing = true
  }

  /** Runs a function in a fiber of the job. */
  inHandler<A>(f: (fiber: Fiber<unknown, unknown>) => A): A {
    const effect = Effect.withFiber((fiber) => Effect.sync(() => f(fiber)))
    return Effect.runSync(Effect.provideService(effect, CurrentHandler, this.job))
  }

  startIn(fiber: Fiber<unknown, unknown>, definition: TaskDefinition, payload: unknown): unknown {
    return this.calls.start(fiber, { definition, payload, options: undefined, onReturned: () => {} })
  }

  private read(push: (frame: Message.Frame) => void): void {
    const frame = Message.emptyFrame(1, 0)
    push(frame)
    const note = (sent: Sent) => {
      this.sent.push(sent)
      this.onSent(sent)
    }
    const none = () => {
      throw new Error("no message of a call")
    }
    Message.readReplies(frame, {
      ready: none,
      startFailed: none,
      started: none,
      succeeded: none,
      failed: none,
      measured: none,
      absent: none,
      log: none,
      stopped: none,
      call: (call, ref, payload, data) => note({ kind: "call", call, ref, payload, data }),
      endCall: (call, by, reason) => note({ kind: "endCall", call, by, reason }),
      awaitCall: (call) => note({ kind: "awaitCall", call }),
      redeadline: (call, millis) => note({ kind: "redeadline", call, millis }),
      askSnapshot: (call) => note({ kind: "askSnapshot", call })
    })
  }
}
