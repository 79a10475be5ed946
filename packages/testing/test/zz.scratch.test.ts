import { Task, TaskPool } from "@heddle/core"
import { Fault, SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { it } from "vitest"

const Double = Task.make("Double", { payload: { n: Schema.Int }, success: Schema.Int })
const Sleep = Task.make("Sleep", { payload: { millis: Schema.Finite }, success: Schema.String })
const Idem = Task.make("Idem", { payload: { n: Schema.Int }, success: Schema.Int, idempotent: true })
let live = 0, started = 0, ended = 0
const handlers = Layer.mergeAll(
  Double.toLayer(({ n }) => Effect.succeed(n * 2)),
  Idem.toLayer(({ n }) => Effect.as(Effect.yieldNow, n)),
  Sleep.toLayer(({ millis }) => Effect.as(Effect.sleep(millis), `slept ${millis}`).pipe(Effect.onExit(() => Effect.sleep(3))))
)
const make = (concurrency: number, sharedMemory: boolean, size: number, faulty: boolean) => Effect.gen(function* () {
  const one = Effect.gen(function* () {
    const kind = yield* Random.nextIntBetween(0, 6)
    const t = yield* Random.nextIntBetween(0, 40)
    const n = yield* Random.nextIntBetween(0, 100)
    switch (kind) {
      case 0: return yield* Effect.timeoutOption(Sleep({ millis: n }), t)
      case 1: return yield* Double({ n })
      case 2: return yield* TaskPool.forEach(Double, Array.from({ length: n }, (_, n) => ({ n })))
      case 3: return yield* Effect.timeoutOption(TaskPool.forEach(Sleep, Array.from({ length: 5 }, (_, n) => ({ millis: n }))), t)
      case 4: return yield* Idem({ n })
      case 5: return yield* TaskPool.run(Sleep, { millis: n }, { timeout: t, deadline: 60 })
      case 6: return yield* Effect.timeoutOption(TaskPool.run(Sleep, { millis: n }, { onInterrupt: "abandon" }), t)
    }
  })
  const exits = yield* Effect.all(Array.from({ length: 30 }, () => Effect.exit(one)), { concurrency: "unbounded" })
  const snap = yield* TaskPool.snapshot
  return { exits, snap }
}).pipe(
  Effect.provide(TaskPool.layer({ size, concurrency, grace: 20, terminateTimeout: 20, queue: { capacity: 8 } })),
  (program) => Effect.flatMap(Random.Random, (random) => program.pipe(Effect.provide(SimulatedWorkers.layer(handlers, {
    sharedMemory, latency: { min: 0, max: 3 },
    faults: !faulty ? [] : (point) => {
      const r = random.nextDoubleUnsafe()
      if (point.at === "spawn") return r < 0.02 ? Fault.spawnRefused() : r < 0.04 ? Fault.slowStart(5) : r < 0.05 ? Fault.crashAtStart() : r < 0.055 ? Fault.hangAtStart() : undefined
      if (r > 0.03) return undefined
      if (point.at === "duringRun") return r < 0.01 ? Fault.hang() : r < 0.02 ? Fault.stuck(30) : Fault.crash("duringRun", { after: r * 1000 })
      if (point.at === "beforeReply") return r < 0.005 ? Fault.duplicateFrame() : r < 0.01 ? Fault.malformedReply("x") : Fault.crash("beforeReply")
      return Fault.crash(point.at)
    }
  }))))
)
it("scratch", { timeout: 600_000 }, () => {
  const problems = new Map<string, number>()
  const example = new Map<string, string>()
  const note = (what: string, where: string) => { problems.set(what, (problems.get(what) ?? 0) + 1); if (!example.has(what)) example.set(what, where) }
  const t0 = performance.now(); let runs = 0, steps = 0
  for (const realism of ["fifo", "adversarial"] as const)
  for (const faulty of [false, true])
  for (const sharedMemory of [true, false])
  for (const concurrency of [1, 3])
  for (const size of [1, 3])
  for (let seed = 0; seed < Number(process.env.SEEDS ?? 50); seed++) {
    const where = JSON.stringify({ realism, faulty, sharedMemory, concurrency, size, seed })
    const result = Simulation.run(make(concurrency, sharedMemory, size, faulty), { seed, realism, maxSteps: 200_000 })
    runs++; steps += result.steps
    if ((result.left.fibers || result.left.timers) && Exit.isSuccess(result.exit)) note("left " + JSON.stringify(result.left) + " " + result.exit._tag, where)
    if (result.uncontrolled) note("uncontrolled", where)
    if (Exit.isFailure(result.exit)) { const e: any = Cause.squash(result.exit.cause); note("fail " + (e._tag ?? "") + " " + String(e.message ?? e).replace(/\d+/g, "N").slice(0, 150) + (e._tag === "Uncaught" ? String(e.cause.stack).split("\n").slice(1, 12).join("\n") : ""), where) }
    else for (const exit of (result.exit.value as any).exits) if (Exit.isFailure(exit)) {
      const e: any = Cause.squash(exit.cause); note("  task " + String(e.message ?? e).replace(/\d+/g, "N").slice(0,100), where)
    }
  }
  console.log(runs, steps, performance.now() - t0, "ms")
  for (const [k, n] of [...problems].sort()) console.log(n + " " + k + " " + example.get(k))
})
