import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Supervisor from "../src/Supervisor.ts"
import type { SupervisorEvent } from "../src/SupervisorEvent.ts"
import { random } from "./support/random.ts"
import { Troupe, turns } from "./support/troupe.ts"

const intensity = 3
const period = 1000

type Dice = <A>(...sides: ReadonlyArray<A>) => A

const diceOf = (seed: number): Dice => {
  const next = random(seed)
  return (...sides) => sides[Math.floor(next() * sides.length)]!
}

/** A tree of up to three levels, whose workers are named by their place. */
const treeOf = (dice: Dice, troupe: Troupe, id: string, depth: number): Supervisor.Tree<never> =>
  Supervisor.tree({
    id,
    intensity,
    period,
    strategy: dice("oneForOne", "oneForAll", "restForOne"),
    backoff: dice<Supervisor.RestartOptions["backoff"]>("none", Schedule.spaced(dice(10, 100, 400))),
    autoShutdown: dice("never", "never", "any", "all"),
    restart: dice("permanent", "transient"),
    children: Array.from({ length: dice(1, 2, 3, 4) }, (_, n) => {
      const name = `${id}${n}`
      if (depth > 0 && dice(true, false, false)) return treeOf(dice, troupe, name, depth - 1)
      return troupe.child(name, {
        restart: dice("permanent", "permanent", "transient", "temporary"),
        shutdown: dice<Supervisor.ChildOptions["shutdown"]>("brutal", 500, "infinity")
      })
    })
  })

/** The workers of a tree, in the order of their start. */
const workersOf = (snapshot: Supervisor.SupervisorSnapshot): ReadonlyArray<string> =>
  snapshot.children.flatMap((child) =>
    child.supervisor === undefined ? [child.id] : workersOf(child.supervisor)
  )

/** Fails on more restarts within a period than are allowed, as counted from the events alone. */
const watchRestarts = (now: () => number) => {
  const restarts = new Map<string, Array<number>>()
  return (event: SupervisorEvent): void => {
    const path = event.supervisor
    // A restarted supervisor has a fresh budget.
    if (event._tag === "SupervisorStateChanged" && event.state === "starting") restarts.delete(path)
    if (event._tag !== "RestartScheduled") return
    const times = [...(restarts.get(path) ?? []), now()].filter((at) => now() - at <= period)
    restarts.set(path, times)
    assert.isAtMost(times.length, intensity, `${path} at ${now()}`)
  }
}

const play = (seed: number) =>
  Effect.gen(function* () {
    const dice = diceOf(seed)
    const troupe = new Troupe()
    const scope = yield* Scope.make()
    const clock = yield* TestClock.testClockWith(Effect.succeed)
    const app = yield* Scope.provide(Supervisor.make(treeOf(dice, troupe, "t", 2)), scope)
    const problems: Array<unknown> = []
    const watch = watchRestarts(() => clock.currentTimeMillisUnsafe())
    app.subscribe((event) => {
      try {
        watch(event)
      } catch (error) {
        problems.push(error)
      }
    })
    const ids = workersOf(yield* app.snapshot)
    let acts = 0
    for (let n = 0; n < 30; n++) {
      const id = dice(...ids)
      const act = dice(
        "crash",
        "crash",
        "finish",
        "stop",
        "break",
        "mend",
        "wait",
        "wait",
        "terminate",
        "start"
      )
      const isUp = (troupe.alive.get(id) ?? 0) > 0
      if (act === "crash" && isUp) yield* troupe.crash(id)
      if (act === "finish" && isUp) yield* troupe.end(id, Exit.void)
      if (act === "stop" && isUp) yield* troupe.end(id, Exit.interrupt())
      if (act === "break") troupe.failStarts(id)
      if (act === "mend") troupe.failStarts(id, false)
      if (act === "wait") yield* TestClock.adjust(dice(5, 50, 300, 900))
      if (act === "terminate") yield* Effect.ignore(app.terminateChild(id))
      if (act === "start") yield* Effect.ignore(app.restartChild(id))
      yield* turns
      acts++
      for (const [who, count] of troupe.alive) assert.isAtMost(count, 1, `${who} twice at once`)
    }
    assert.deepStrictEqual(problems, [])

    const order = workersOf(yield* app.snapshot).filter((id) => troupe.alive.get(id) === 1)
    troupe.take()
    yield* Scope.close(scope, Exit.void)
    assert.strictEqual(
      troupe.take(),
      order
        .map((id) => `-${id}`)
        .toReversed()
        .join(" ")
    )
    yield* TestClock.adjust("1 hour")
    yield* turns
    assert.strictEqual(troupe.take(), "")
    assert.isTrue([...troupe.alive.values()].every((count) => count === 0))
    assert.include(["stopped", "failed"], (yield* app.snapshot).state)
    return acts
  })

describe("random trees under random faults", () => {
  const block = 25
  for (const first of [0, 25, 50, 75]) {
    it.effect(
      `seeds from ${first}: never twice at once, never past the intensity, stopped in reverse: S109, S111, G2, G11`,
      () =>
        Effect.gen(function* () {
          for (let seed = first; seed < first + block; seed++) {
            const exit = yield* Effect.exit(play(seed))
            assert.isTrue(Exit.isSuccess(exit), `seed ${seed}: ${JSON.stringify(exit)}`)
          }
        })
    )
  }
})
