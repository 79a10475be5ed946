import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Supervisor, SupervisorError } from "../src/index.ts"
import { atOnce, Troupe, turns } from "./support/troupe.ts"

class Port extends Context.Service<Port, number>()("test/Port") {}

describe("a tree as text", () => {
  it.effect("shows every level with its states, restarts and what is not the default: G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const Sessions = Supervisor.dynamic({ id: "sessions", child: (id: string) => troupe.child(id) })
      const App = Supervisor.tree({
        id: "app",
        strategy: "restForOne",
        autoShutdown: "any",
        children: [
          troupe.child("database"),
          Supervisor.tree({
            id: "web",
            restart: "transient",
            intensity: 3,
            period: "1 minute",
            children: [troupe.child("cache"), Sessions, troupe.child("server")],
            ...atOnce
          }),
          troupe.child("main", { restart: "transient", significant: true })
        ]
      })
      const app = yield* Supervisor.make(App)
      yield* app.spawn(Sessions, "ada")
      yield* troupe.crash("cache")
      troupe.failStarts("server")
      yield* Effect.flatMap(app.supervisor("web"), (web) => web.terminateChild("server"))
      assert.deepStrictEqual(Supervisor.render(yield* app.snapshot).split("\n"), [
        "app  restForOne, running, restarts 0 of 5 in 10 s",
        "├─ database  running",
        "├─ web  oneForOne, running, restarts 1 of 3 in 60 s, transient",
        "│  ├─ cache  running, start 2",
        "│  ├─ sessions  simpleOneForOne, running, restarts 0 of 5 in 10 s",
        "│  │  └─ ada  running",
        "│  └─ server  stopped",
        "└─ main  running, transient, significant"
      ])
      const withFibers = Supervisor.render(yield* app.snapshot, { fibers: true })
      assert.match(withFibers, /├─ database {2}running, fiber \d+$/m)
      assert.match(withFibers, /└─ server {2}stopped$/m)
    })
  )

  it.effect("a stopped supervisor is shown without its children", () =>
    Effect.gen(function* () {
      const inner = Supervisor.tree({ id: "inner", children: new Troupe().children("a") })
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [inner] }))
      yield* app.terminateChild("inner")
      assert.strictEqual(Supervisor.render(yield* app.snapshot).split("\n")[1], "└─ inner  stopped")
    })
  )
})

describe("ways to make a supervisor", () => {
  it.effect("run ends as its tree ends: well when it was shut down, failing when it gave up: G11", () =>
    Effect.gen(function* () {
      const job = { restart: "temporary", significant: true } as const
      const done = Supervisor.tree({
        id: "done",
        autoShutdown: "any",
        children: [Supervisor.child({ id: "job", run: Effect.void, ...job })]
      })
      yield* Supervisor.run(done)
      const bad = Supervisor.child({ id: "bad", run: Effect.die("broken") })
      const error = yield* Effect.flip(
        Supervisor.run(Supervisor.tree({ id: "app", intensity: 0, children: [bad] }))
      )
      assert.isTrue(SupervisorError.isSupervisorError(error))
      assert.strictEqual(
        error.message,
        'app: more than 0 restarts within 10000 ms; last: child "bad": broken'
      )
    })
  )

  it.effect("interrupting run stops the tree and waits for it: G2, G3", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const fiber = yield* Effect.forkChild(
        Supervisor.run(Supervisor.tree({ id: "app", children: troupe.children("a", "b") }))
      )
      yield* turns
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(troupe.take(), "+a +b -b -a")
    })
  )

  it.effect(
    "a service: its layer makes the tree, its requirements are the children's, and closing it stops them",
    () =>
      Effect.gen(function* () {
        class App extends Supervisor.Service<App>()("test/App") {}
        const troupe = new Troupe()
        const seen: Array<number> = []
        const listener = Supervisor.child({
          id: "p",
          run: Effect.flatMap(Port, (port) => Effect.sync(() => seen.push(port)))
        })
        const program = Effect.gen(function* () {
          const app = yield* App
          yield* app.startChild(troupe.child("b"))
        })
        const layer = App.layer(
          Supervisor.tree({ id: "app", intensity: 0, children: [troupe.child("a"), listener] })
        )
        yield* Effect.exit(Effect.provide(program, Layer.provide(layer, Layer.succeed(Port, 8080))))
        assert.deepStrictEqual(seen, [8080])
        assert.include(troupe.take(), "-a")
      })
  )

  it.effect(
    "a child started at run time sees the services of whoever started it, in a scope of its own",
    () =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const reader = Supervisor.child({
          id: "reader",
          start: Effect.acquireRelease(
            Effect.flatMap(Port, (port) => Effect.sync(() => seen.push(`open ${port}`))),
            () => Effect.sync(() => seen.push("closed"))
          )
        })
        const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [] }))
        yield* Effect.scoped(Effect.provideService(app.startChild(reader), Port, 1))
        assert.deepStrictEqual(seen, ["open 1"])
        yield* app.terminateChild("reader")
        assert.deepStrictEqual(seen, ["open 1", "closed"])
      })
  )
})

describe("events", () => {
  it.effect("the stream tells of every level, and ends with the tree: G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const inner = Supervisor.tree({ id: "inner", children: troupe.children("a"), ...atOnce })
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [inner] }))
      const all = yield* Effect.forkChild(Stream.runCollect(Supervisor.events(app)))
      yield* turns
      yield* troupe.crash("a")
      yield* app.stop
      const told = Array.from(yield* Fiber.join(all), (event) =>
        [
          event._tag,
          event.supervisor,
          "child" in event ? event.child : "state" in event ? event.state : event.whose
        ].join(" ")
      )
      assert.deepStrictEqual(told, [
        "ChildEnded app/inner a",
        "RestartScheduled app/inner a",
        "ChildStarting app/inner a",
        "ChildStarted app/inner a",
        "SupervisorStateChanged app stopping",
        "ChildStopping app inner",
        "SupervisorStateChanged app/inner stopping",
        "ChildStopping app/inner a",
        "ChildStopped app/inner a",
        "SupervisorStateChanged app/inner stopped",
        "ChildStopped app inner",
        "SupervisorStateChanged app stopped"
      ])
    })
  )

  it.effect("nested escalation, step by step: S112, G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const inner = Supervisor.tree({ id: "inner", intensity: 0, children: troupe.children("a", "b") })
      const app = yield* Supervisor.make(
        Supervisor.tree({ id: "app", intensity: 0, children: [troupe.child("z"), inner] })
      )
      const told: Array<string> = []
      app.subscribe((event) => {
        told.push(
          [
            event._tag,
            event.supervisor,
            "child" in event ? event.child : "state" in event ? event.state : event.whose
          ].join(" ")
        )
      })
      yield* troupe.crash("a")
      assert.deepStrictEqual(told, [
        "ChildEnded app/inner a",
        "RestartsExceeded app/inner a",
        "SupervisorStateChanged app/inner failing",
        "ChildStopping app/inner b",
        "ChildStopped app/inner b",
        "SupervisorStateChanged app/inner failed",
        "ChildEnded app inner",
        "RestartsExceeded app inner",
        "SupervisorStateChanged app failing",
        "ChildStopping app z",
        "ChildStopped app z",
        "SupervisorStateChanged app failed"
      ])
    })
  )
})
