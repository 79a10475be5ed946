// A supervisor with several concurrent administrators: requests one at a time explain its answers.
import { Supervisor, SupervisorError } from "@heddle/core"
import { Explore, History, Linearizable, type SequentialModel } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { SupervisorEngine } from "../../core/src/internal/supervisor/SupervisorEngine.ts"
import { method } from "./mutants/mutant.ts"

/**
 * - `Withdraw`: the starter of a child no longer wants the child, or learned of a stop by another administrator: the child may be
 *   stopped then, and forgotten if new.
 */
type Input =
  | { readonly _tag: "Start" | "Terminate" | "Restart" | "Delete" | "Lookup"; readonly child: string }
  | { readonly _tag: "Withdraw"; readonly child: string; readonly to: "stopped" | "absent" }
  | { readonly _tag: "Count" }

/** By name. A starting, ending or restarting child runs, as far as others can tell. */
type State = Readonly<Record<string, "running" | "stopped">>

type Way = SequentialModel.Way<State, string>

/** The answer and the state after a request, for a child in this state, or an absent child. */
const step = (state: State, input: Input): ReadonlyArray<Way> => {
  if (input._tag === "Count") {
    const children = Object.values(state)
    return [[`${children.filter((child) => child === "running").length} of ${children.length}`, state]]
  }
  const { [input.child]: now, ...others } = state
  const become = (next: "running" | "stopped"): Way => ["done", { ...others, [input.child]: next }]
  switch (input._tag) {
    case "Start":
      return now === undefined
        ? [become("running")]
        : [[now === "running" ? "AlreadyStarted" : "AlreadyPresent", state]]
    case "Withdraw":
      if (now === undefined) return [["nothing", state]]
      return [["nothing", state], input.to === "absent" ? ["done", others] : become("stopped")]
    case "Lookup":
      return [[now ?? "NotFound", state]]
    case "Terminate":
      return now === undefined ? [["NotFound", state]] : [become("stopped")]
    case "Restart":
    case "Delete":
      if (now === undefined) return [["NotFound", state]]
      if (now === "running") return [["WrongState", state]]
      return input._tag === "Restart" ? [become("running")] : [["done", others]]
  }
}

const describeCall = (input: Input, output: string | undefined, isKnown: boolean): string => {
  const whom = input._tag === "Count" ? "" : ` ${input.child}`
  return `${input._tag.toLowerCase()}${whom} → ${isKnown ? output : "?"}`
}

const specification: SequentialModel.SequentialModel<State, Input, string> = {
  init: {},
  step,
  identify: (state) => JSON.stringify(Object.entries(state).toSorted()),
  describe: describeCall
}

/** Children do not know of each other: judged apart. */
const perChild: typeof specification = {
  ...specification,
  keyOf: (input) => (input._tag === "Count" ? "" : input.child)
}

type Asked = Effect.Effect<string, SupervisorError.SupervisorError>

/** The proof of a failure, if any: the reason of a refusal without a change. */
const answer = (exit: Exit.Exit<string, unknown>): { readonly output: string } | "maybe" => {
  if (Exit.isSuccess(exit)) return { output: exit.value }
  const error = Cause.squash(exit.cause)
  if (!SupervisorError.isSupervisorError(error)) return "maybe"
  const { reason } = error
  // The child was started, and stopped by another administrator before its starter could learn of the start.
  if (reason._tag === "WrongState" && reason.state === "stopped") return "maybe"
  return { output: reason._tag }
}

type Service = Supervisor.SupervisorService

interface Setting {
  readonly children: ReadonlyArray<string>
  readonly counts: boolean
  readonly crashes: boolean
  readonly lookup?: (app: Service) => (child: string) => Asked
}

const lookup =
  (app: Service) =>
  (child: string): Asked =>
    Effect.map(app.child(child), ({ state }) => (state === "stopped" ? "stopped" : "running"))

const kinds = ["Lookup", "Start", "Terminate", "Restart", "Delete", "Count"] as const

/** Dies when the callers' observations cannot be explained. */
const program = (setting: Setting) =>
  Effect.gen(function* () {
    const history = new History.Recorder<Input, string>()
    const app = yield* Supervisor.make(
      Supervisor.tree({ id: "app", intensity: 1_000, backoff: "none", children: [] })
    )
    const look = (setting.lookup ?? lookup)(app)
    const crashes = new Map<string, Deferred.Deferred<never, string>>()
    const spec = (id: string) =>
      Supervisor.child({
        id,
        start: Effect.acquireRelease(
          Effect.sync(() => crashes.set(id, Deferred.makeUnsafe())),
          () => Effect.yieldNow
        ).pipe(Effect.tap(Effect.yieldNow)),
        run: () => Effect.suspend(() => Deferred.await(crashes.get(id)!))
      })

    const ask = (by: string, child: string, tag: (typeof kinds)[number]): Effect.Effect<string, unknown> => {
      if (tag === "Count") {
        const counted = Effect.map(app.countChildren, ({ active, specs }) => `${active} of ${specs}`)
        return history.record({ _tag: "Count" }, counted, { by })
      }
      const done = (request: Effect.Effect<void, SupervisorError.SupervisorError>): Asked =>
        Effect.as(request, "done")
      const requests = {
        Lookup: look(child),
        Start: done(app.startChild(spec(child))),
        Terminate: done(app.terminateChild(child)),
        Restart: done(app.restartChild(child)),
        Delete: done(app.deleteChild(child))
      }
      const asked = history.record({ _tag: tag, child }, requests[tag], { by, answer })
      if (tag !== "Start" && tag !== "Restart") return asked
      // A withdrawal is complete before its caller goes on.
      const withdrawn = (to: "stopped" | "absent") => (request: Effect.Effect<string, unknown>) =>
        history.record({ _tag: "Withdraw", child, to }, request, {
          by,
          answer: (exit) => (answer(exit) === "maybe" ? "maybe" : { output: "nothing" })
        })
      return tag === "Start" ? withdrawn("absent")(withdrawn("stopped")(asked)) : withdrawn("stopped")(asked)
    }

    const caller = Effect.fn(function* (by: string) {
      for (let i = 0; i < 4; i++) {
        const child = setting.children[yield* Explore.draw("command", setting.children.length)]!
        const tag = kinds[yield* Explore.draw("command", setting.counts ? 6 : 5)]!
        const request = Effect.exit(ask(by, child, tag))
        // Some callers lose patience: nobody knows the outcome of their calls.
        const isImpatient = (yield* Explore.draw("fault", 4)) === 1
        yield* isImpatient ? Effect.raceFirst(request, Effect.yieldNow) : request
        if (setting.crashes && (yield* Explore.draw("fault", 3)) === 1) {
          const crash = crashes.get(child)
          if (crash !== undefined) yield* Deferred.fail(crash, "crash")
        }
      }
    })
    yield* Effect.all(["ada", "bob", "cy"].map(caller), { concurrency: "unbounded", discard: true })
    Linearizable.assert(setting.counts ? specification : perChild, history.calls)
  }).pipe(Effect.scoped)

const check = (setting: Setting, schedules = 300) =>
  Explore.run(program(setting), { schedules, verifyEvery: 100, shrinkRuns: 300 })

describe("requests one at a time explain a supervisor's answers: G11, S109, S114, S115", () => {
  it("of each child apart, though children crash and callers lose patience", async () => {
    const { failure } = await check({ children: ["a", "b"], counts: false, crashes: true })
    expect(failure?.message).toBeUndefined()
  })

  it("of all children together, with their counts", async () => {
    const { failure } = await check({ children: ["a", "b"], counts: true, crashes: false })
    expect(failure?.message).toBeUndefined()
  })
})

describe("findings of histories, each as a minimal program", () => {
  const crash = Deferred.makeUnsafe<never, string>
  /** Under each schedule, with a child running until the order to crash. */
  const holds = (
    body: (app: Service, gate: Deferred.Deferred<never, string>) => Effect.Effect<void, unknown>
  ) =>
    Explore.assert(
      Effect.gen(function* () {
        let gate = crash()
        const first = gate
        const start = Effect.acquireRelease(Effect.yieldNow, () => Effect.yieldNow)
        const run = () => Effect.suspend(() => Deferred.await(gate)).pipe(Effect.ensuring(renew))
        const renew = Effect.sync(() => void (gate = crash()))
        const children = [Supervisor.child({ id: "a", start, run })]
        const app = yield* Supervisor.make(Supervisor.tree({ id: "app", backoff: "none", children }))
        yield* body(app, first)
      }).pipe(Effect.scoped),
      { schedules: 400, seed: 1 }
    )

  it("deleting a child during a restart by another caller either deletes the child or is refused: S115", () =>
    holds((app) =>
      Effect.gen(function* () {
        yield* app.terminateChild("a")
        const [deleted, restarted] = yield* Effect.all(
          [Effect.exit(app.deleteChild("a")), Effect.exit(app.restartChild("a"))],
          { concurrency: "unbounded" }
        )
        expect([Exit.isSuccess(deleted), Exit.isSuccess(restarted)]).not.toEqual([true, true])
      })
    ))

  it("looking up a child during a deletion finds the child, or its absence: S114", () =>
    holds((app) =>
      Effect.gen(function* () {
        yield* app.terminateChild("a")
        const [seen] = yield* Effect.all([Effect.exit(app.child("a")), app.deleteChild("a")], {
          concurrency: "unbounded"
        })
        expect(["stopped", "NotFound"]).toContain(Exit.isSuccess(seen) ? seen.value.state : "NotFound")
      })
    ))

  it("a child terminated during its crash is not restarted: S109", () =>
    holds((app, gate) =>
      Effect.gen(function* () {
        yield* Effect.all([Deferred.fail(gate, "crash"), app.terminateChild("a")], {
          concurrency: "unbounded",
          discard: true
        })
        yield* Effect.sleep("1 minute")
        expect((yield* app.child("a")).state).toBe("stopped")
      })
    ))
})

describe("an inexplicable history is found", () => {
  it("a lookup from a stale snapshot", async () => {
    const stale = (app: Service) => {
      const seen = new Map<string, string>()
      return (child: string): Asked =>
        Effect.suspend(() => {
          const before = seen.get(child)
          return before === undefined
            ? Effect.tap(lookup(app)(child), (state) => Effect.sync(() => seen.set(child, state)))
            : Effect.succeed(before)
        })
    }
    const { failure } = await check({ children: ["a"], counts: false, crashes: false, lookup: stale })
    expect(failure?.message).toContain("not linearizable (a)")
    expect(failure?.message).toContain("← here")
  })

  it("a supervisor reporting a deletion and keeping the child", async () => {
    const restore = method(SupervisorEngine.prototype, "drop", () => () => {})()
    try {
      const { failure } = await check({ children: ["a"], counts: false, crashes: false })
      expect(failure?.message).toContain("not linearizable (a)")
    } finally {
      restore()
    }
  })
})
