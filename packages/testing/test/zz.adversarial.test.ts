import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { it } from "vitest"
import * as Simulation from "@heddle/testing/Simulation"

for (const cleanup of [false, true]) for (const batch of [false, true]) it(`${cleanup} ${batch}`, () => {
  const bad: Array<number> = []
  for (let seed = 0; seed < 4000; seed++) {
    const queue: Array<() => void> = []
    const program = Effect.gen(function* () {
      const pump = yield* Effect.forkChild(Effect.forever(Effect.andThen(Effect.sync(() => {
        if (batch) for (const f of queue.splice(0)) f()
        else queue.shift()?.()
      }), Effect.sleep(1))))
      let n = 0
      const inputs = { *[Symbol.iterator]() { for (;;) yield n++ } }
      const call = (i: number) => Effect.callback<number>((resume) => {
        let settled = false
        let onSettled = () => resume(Effect.succeed(i))
        queue.push(() => { settled = true; onSettled() })
        if (cleanup) return Effect.suspend(() => settled ? Effect.void : Effect.callback<void>((done) => { onSettled = () => done(Effect.void) }))
      })
      const reading = yield* Stream.fromIterable(inputs, { chunkSize: 1 }).pipe(
        Stream.mapEffect(call, { concurrency: 5 }),
        Stream.take(20), Stream.runCollect, Effect.forkChild)
      yield* Effect.timeout(Fiber.join(reading), 10_000)
      yield* Fiber.interrupt(pump)
    })
    const r = Simulation.run(program, { seed, realism: "fifo", preempt: 0.1, maxSteps: 200000 })
    if (r.exit._tag === "Failure") bad.push(seed)
  }
  console.log("bad", cleanup, batch, bad.length, bad.slice(0, 5))
}, 120_000)
