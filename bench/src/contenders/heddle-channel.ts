// What the host does with Heddle's channels and pipes: flows, and one element there and one back.
import * as Channel from "@heddle/core/Channel"
import * as Pipe from "@heddle/core/Pipe"
import type { TaskPool } from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Scope } from "effect/Scope"
import * as Schema from "effect/Schema"
import type { Job, Meter, Pool } from "./contender.ts"
import { capacityOf, type Manner, sendFlow, sumFlow } from "./heddle-flow.ts"
import * as tasks from "./heddle-channel.tasks.ts"
import type { Flow } from "./readings.ts"

/** A flow through one channel, whose ends are used by tasks or by the host. */
const flow = ({ count, isSlow, kind, way }: Flow, manner: Manner) =>
  Effect.gen(function* () {
    const { element, send, take } = tasks.flowTasks[kind]
    const { receiver, sender } = yield* Channel.make(element, { capacity: capacityOf(kind) })
    const sent =
      way === "in" ? sendFlow({ count, kind }, manner, sender) : send({ count, manner, out: sender })
    const sum = way === "out" ? sumFlow({ isSlow, kind }, manner, receiver) : take({ manner, from: receiver })
    const [, total] = yield* Effect.all([sent, sum], { concurrency: "unbounded" })
    return total
  })

/** One caller: one element there, and one back. */
const ask = <E, E2>(
  { check, next }: Job,
  meter: Meter,
  send: (n: number) => Effect.Effect<void, E>,
  receive: Effect.Effect<number, E2>
) =>
  Effect.gen(function* () {
    while (!meter.stop) {
      const payload = next(0) as number
      yield* send(payload)
      check(payload, yield* receive, 0)
      meter.count++
    }
  })

const throughChannels = (job: Job, meter: Meter) =>
  Effect.gen(function* () {
    const [there, back] = [yield* Channel.make(Schema.Finite), yield* Channel.make(Schema.Finite)]
    const echo = yield* Effect.forkScoped(tasks.Echo({ from: there.receiver, to: back.sender }))
    yield* ask(job, meter, there.sender.send, back.receiver.take)
    yield* there.sender.end
    yield* Fiber.join(echo)
  })

const throughPipe = (job: Job, meter: Meter) =>
  Effect.gen(function* () {
    const { a, b } = yield* Pipe.make(Schema.Finite, Schema.Finite)
    const echo = yield* Effect.forkScoped(tasks.PipeEcho({ pipe: b }))
    yield* ask(job, meter, a.send, a.receive)
    yield* a.end
    yield* Fiber.join(echo)
  })

/** The callers of a pool that talk to its tasks through channels, or through a pipe. */
export const channelled = (
  runPromise: <A>(effect: Effect.Effect<A, unknown, TaskPool>) => Promise<A>,
  manner: Manner | "pipe"
): Pick<Pool, "loop" | "stream"> => {
  const run = <A, E>(effect: Effect.Effect<A, E, TaskPool | Scope>) => runPromise(Effect.scoped(effect))
  if (manner === "pipe") return { loop: (job, meter) => run(throughPipe(job, meter)) }
  return {
    loop: (job, meter) => run(throughChannels(job, meter)),
    stream: (wanted) => run(flow(wanted, manner))
  }
}
