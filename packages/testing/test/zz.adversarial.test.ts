import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { it } from "vitest"
import * as Simulation from "@heddle/testing/Simulation"

for (const preempt of [0.1, 0.3]) it("without any pool: answers all at once, in a later turn " + preempt, () => {
  const bad: Array<number> = []
  for (let seed = 0; seed < 3000; seed++) {
    const queue: Array<() => void> = []
    const program = Effect.gen(function* () {
      const pump = yield* Effect.forkChild(Effect.forever(Effect.andThen(Effect.sync(() => queue.shift()?.()), Effect.yieldNow)))
      let n = 0
      const inputs = { *[Symbol.iterator]() { for (;;) yield n++ } }
      const reading = yield* Stream.fromIterable(inputs, { chunkSize: 1 }).pipe(
        Stream.mapEffect((i) => Effect.callback<number>((resume) => void queue.push(() => resume(Effect.succeed(i)))), { concurrency: 5 }),
        Stream.take(20), Stream.runCollect, Effect.forkChild)
      yield* Fiber.join(reading)
      yield* Fiber.interrupt(pump)
    })
    const r = Simulation.run(program, { seed, realism: "fifo", preempt, maxSteps: 20000 })
    if (r.exit._tag === "Failure") bad.push(seed)
  }
  console.log("bad", preempt, bad.length, bad.slice(0, 5))
}, 120_000)
