// The promises of the types of supervisors. Lines under `@ts-expect-error` must not compile.
/* oxlint-disable vitest/expect-expect -- a line that must not compile is the assertion */
/** @effect-diagnostics floatingEffect:off missingEffectError:off missingEffectContext:off */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { describe, expectTypeOf, it } from "vitest"
import * as Supervisor from "../src/Supervisor.ts"
import type { SupervisorError } from "../src/SupervisorError.ts"

class Config extends Context.Service<Config, { readonly url: string }>()("test/Config") {}
class Log extends Context.Service<Log, { readonly write: (line: string) => Effect.Effect<void> }>()(
  "test/Log"
) {}

interface Connection {
  readonly closed: Effect.Effect<void, "lost", Log>
}
declare const connect: Effect.Effect<Connection, "refused", Config | Scope.Scope>

const Database = Supervisor.child({ id: "db", start: connect, run: (connection) => connection.closed })
const Idle = Supervisor.child({ id: "idle", run: Effect.never })
const Writer = Supervisor.child({ id: "writer", run: Effect.flatMap(Log, (log) => log.write("")) })
const Sessions = Supervisor.dynamic({
  id: "sessions",
  child: (user: string) => Supervisor.child({ id: user, run: Log })
})

describe("children", () => {
  it("the requirements of start and run are the child's; the supervisor provides its scope", () => {
    expectTypeOf(Database).toEqualTypeOf<Supervisor.Child<Connection, Config | Log>>()
    expectTypeOf(Idle).toEqualTypeOf<Supervisor.Child<void, never>>()
  })

  it("a child needs a start or a run, and run gets what start gave", () => {
    // @ts-expect-error neither
    Supervisor.child({ id: "none" })
    // @ts-expect-error no id
    Supervisor.child({ run: Effect.never })
    Supervisor.child({
      id: "db",
      start: connect,
      // @ts-expect-error a connection has no such member
      run: (connection) => connection.opened
    })
    // @ts-expect-error no such type of restart
    Supervisor.child({ id: "a", run: Effect.never, restart: "always" })
  })
})

describe("trees", () => {
  const App = Supervisor.tree({
    id: "app",
    children: [Database, Supervisor.tree({ id: "below", children: [Writer, Sessions] })]
  })

  it("require what their children require, at every level", () => {
    expectTypeOf(App).toEqualTypeOf<Supervisor.Tree<Config | Log>>()
    expectTypeOf(Supervisor.tree({ id: "app", children: [Idle] })).toEqualTypeOf<Supervisor.Tree<never>>()
    expectTypeOf(Supervisor.tree({ id: "app", children: [] })).toEqualTypeOf<Supervisor.Tree<never>>()
  })

  it("a template requires what its children require", () => {
    expectTypeOf(Sessions).toEqualTypeOf<Supervisor.Dynamic<string, Log>>()
    const child = (id: string) => Supervisor.child({ id, run: Effect.never, restart: "temporary" })
    expectTypeOf(Supervisor.dynamic({ id: "d", child })).toEqualTypeOf<Supervisor.Dynamic<string, never>>()
    const inline = Supervisor.dynamic({
      id: "d",
      child: (id: string) => Supervisor.child({ id, run: Effect.never })
    })
    expectTypeOf(inline).toEqualTypeOf<Supervisor.Dynamic<string, never>>()
    expectTypeOf(
      Supervisor.tree({ id: "app", children: [Supervisor.child({ id: "a", run: Effect.never }), inline] })
    ).toEqualTypeOf<Supervisor.Tree<never>>()
    expectTypeOf(
      Supervisor.tree({ id: "app", children: [Supervisor.child({ id: "a", start: connect })] })
    ).toEqualTypeOf<Supervisor.Tree<Config>>()
  })

  it("making one needs those services and a scope, and fails with SupervisorError alone", () => {
    expectTypeOf(Supervisor.make(App)).toEqualTypeOf<
      Effect.Effect<Supervisor.SupervisorService, SupervisorError, Config | Log | Scope.Scope>
    >()
    expectTypeOf(Supervisor.run(App)).toEqualTypeOf<Effect.Effect<void, SupervisorError, Config | Log>>()
    expectTypeOf(Supervisor.make(Sessions)).toEqualTypeOf<
      Effect.Effect<Supervisor.SupervisorService, SupervisorError, Log | Scope.Scope>
    >()
    // @ts-expect-error a child's services are missing
    const program: Effect.Effect<void, SupervisorError> = Supervisor.run(App)
    void program
  })

  it("a service's layer requires them too", () => {
    class Root extends Supervisor.Service<Root>()("test/Root") {}
    expectTypeOf(Root.layer(App)).toEqualTypeOf<Layer.Layer<Root, SupervisorError, Config | Log>>()
  })

  it("children are specifications, options are closed, and a back-off needs no services", () => {
    // @ts-expect-error no specification
    Supervisor.tree({ id: "app", children: [Effect.never] })
    // @ts-expect-error dynamic children have a supervisor of their own
    Supervisor.tree({ id: "app", strategy: "simpleOneForOne", children: [] })
    Supervisor.tree({ id: "app", backoff: Schedule.exponential("1 second"), children: [] })
    Supervisor.tree({ id: "app", backoff: "none", children: [] })
    // @ts-expect-error no schedule
    Supervisor.tree({ id: "app", backoff: 3, children: [] })
  })
})

describe("a supervisor that runs", () => {
  const use = (app: Supervisor.SupervisorService) => {
    expectTypeOf(app.startChild(Database)).toEqualTypeOf<Effect.Effect<void, SupervisorError, Config | Log>>()
    expectTypeOf(app.startChild(Idle)).toEqualTypeOf<Effect.Effect<void, SupervisorError>>()
    expectTypeOf(app.get(Database)).toEqualTypeOf<Effect.Effect<Connection, SupervisorError>>()
    expectTypeOf(app.spawn(Sessions, "ada")).toEqualTypeOf<Effect.Effect<string, SupervisorError>>()
    // @ts-expect-error a session is made of a name
    app.spawn(Sessions, 3)
    // @ts-expect-error not dynamic
    app.spawn(Database, "ada")
    expectTypeOf(app.await).toEqualTypeOf<Effect.Effect<void, SupervisorError>>()
    expectTypeOf(app.stop).toEqualTypeOf<Effect.Effect<void>>()
  }

  it("children started at run time need their services from whoever starts them; get is typed by the child", () => {
    expectTypeOf(use).parameters.toEqualTypeOf<[Supervisor.SupervisorService]>()
  })
})
