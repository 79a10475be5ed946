/**
 * A supervisor, against `supervisorReference.ts`: its children run until a command ends them.
 *
 * @since 0.1.0
 */
import * as Supervisor from "@heddle/core/Supervisor"
import { isSupervisorError } from "@heddle/core/SupervisorError"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Model } from "./model.ts"
import {
  type Answer,
  initial,
  next,
  pause,
  recent,
  type Rules,
  type State,
  type SupervisorCommand,
  targetOf
} from "./supervisorReference.ts"

export { SupervisorCommand } from "./supervisorReference.ts"

/**
 * - `answer`: the result of the last command; a refusal is its reason.
 * - `children`: in order, each with its name, its state, and how often it was started.
 * - `log`: the starts (`+0`) and ends (`-0`) of the last command, in order.
 * - `restarts`: the restarts still counted by the budget.
 */
export interface SupervisorObservation {
  readonly state: string
  readonly answer: string
  readonly children: ReadonlyArray<string>
  readonly log: ReadonlyArray<string>
  readonly restarts: number
}

/**
 * - `strategy`, `intensity`, `period`: of the supervisor, as the model has it; `period` in milliseconds, of which each command
 *   takes 1,000. Default `oneForOne`, 2 and 3,000.
 * - `tree`: other options of the real supervisor.
 */
export interface SupervisorModelOptions extends Partial<Rules> {
  readonly tree?: (Supervisor.RestartOptions & Partial<Pick<Rules, "strategy">>) | undefined
}

interface Real {
  readonly app: Supervisor.SupervisorService
  readonly child: (
    command: Extract<SupervisorCommand, { readonly _tag: "Start" }>
  ) => Supervisor.Child<void, never>
  readonly end: (child: number, isCrash: boolean) => Effect.Effect<void>
  readonly ask: (request: Effect.Effect<void, unknown>) => Effect.Effect<void>
  readonly observe: Effect.Effect<SupervisorObservation>
}

export const supervisor = (
  options: SupervisorModelOptions = {}
): Model<State, SupervisorCommand, Real, SupervisorObservation> => {
  const { intensity = 2, period = 3_000, strategy = "oneForOne", tree } = options
  const rules = { strategy, intensity, period }
  return {
    initial: initial(rules),
    isEnabled: (state, command) =>
      (command._tag !== "Fail" && command._tag !== "End") || targetOf(state, command.child) !== undefined,
    next,
    expected: (state) => ({
      state: state.state,
      answer: state.answer,
      children: state.kids.map((kid) => show(kid.id, kid.isRunning ? "running" : "stopped", kid.starts)),
      log: state.log,
      restarts: recent(state).length
    }),
    settle: pause,
    start: start({ ...rules, backoff: "none", ...tree }),
    perform: (real, command, before) => {
      const { app } = real
      switch (command._tag) {
        case "Start":
          return real.ask(app.startChild(real.child(command)))
        case "Fail":
        case "End":
          return real.ask(real.end(targetOf(before, command.child)!, command._tag === "Fail"))
        case "Terminate":
          return real.ask(app.terminateChild(String(command.child)))
        case "Restart":
          return real.ask(app.restartChild(String(command.child)))
        case "Delete":
          return real.ask(app.deleteChild(String(command.child)))
        case "Stop":
          return real.ask(app.stop)
      }
    },
    observe: (real) => real.observe
  }
}

const show = (id: number | string, state: string, starts: number): string => `${id} ${state} ${starts}`

const answerOf = (error: unknown): Answer | "wrong" => {
  if (!isSupervisorError(error)) return "wrong"
  const { _tag } = error.reason
  return _tag === "NotFound" ||
    _tag === "WrongState" ||
    _tag === "AlreadyStarted" ||
    _tag === "AlreadyPresent" ||
    _tag === "NotRunning"
    ? _tag
    : "wrong"
}

const start = (
  options: Omit<Parameters<typeof Supervisor.tree>[0], "id" | "children">
): Effect.Effect<Real, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const app = yield* Supervisor.make(Supervisor.tree({ ...options, id: "app", children: [] }))
    const log: Array<string> = []
    const ends = new Map<number, Deferred.Deferred<void, string>>()
    let answer = ""
    return {
      app,
      child: ({ child: id, restart }) =>
        Supervisor.child({
          id: String(id),
          restart,
          start: Effect.acquireRelease(
            Effect.sync(() => {
              ends.set(id, Deferred.makeUnsafe())
              log.push(`+${id}`)
            }),
            () => Effect.sync(() => log.push(`-${id}`))
          ),
          run: () => Effect.suspend(() => Deferred.await(ends.get(id)!))
        }),
      end: (id, isCrash) =>
        Effect.suspend(() => {
          const end = ends.get(id)!
          return Effect.asVoid(isCrash ? Deferred.fail(end, `${id} fails`) : Deferred.succeed(end, undefined))
        }),
      ask: (request) =>
        Effect.matchEager(request, {
          onFailure: (error) => void (answer = answerOf(error)),
          onSuccess: () => void (answer = "done")
        }),
      observe: Effect.map(app.snapshot, ({ children, recentRestarts, state }) => ({
        state,
        answer,
        children: children.map((child) => show(child.id, child.state, child.starts)),
        log: log.splice(0),
        restarts: recentRestarts
      }))
    }
  })
