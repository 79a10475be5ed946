import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { ChildOptions, SupervisorService } from "../../src/Supervisor.ts"
import * as Supervisor from "../../src/Supervisor.ts"
import type { SupervisorEvent } from "../../src/SupervisorEvent.ts"

/** Lets every fiber that can go on do so: a fixed number of turns, so the same each time. */
export const turns = Effect.forEach(
  Array.from({ length: 50 }, (_, n) => n),
  () => Effect.yieldNow,
  { discard: true }
)

/** Children on strings: each start and each release is in the `log`, and the test says when and how one ends. */
export class Troupe {
  /** `+a` when `a` has started, `-a` when it was released. */
  readonly log: Array<string> = []
  /** How many incarnations of each live now. */
  readonly alive = new Map<string, number>()
  private readonly strings = new Map<string, Deferred.Deferred<unknown, unknown>>()
  private readonly failing = new Set<string>()

  child(id: string, options: ChildOptions = {}) {
    return Supervisor.child({
      id,
      ...options,
      start: Effect.acquireRelease(
        Effect.suspend(() => {
          if (this.failing.has(id)) return Effect.fail(`${id} cannot start`)
          return Effect.sync(() => this.enter(id))
        }),
        () => Effect.sync(() => this.leave(id))
      ),
      run: () => Deferred.await(this.strings.get(id)!)
    })
  }

  children(...ids: ReadonlyArray<string>) {
    return ids.map((id) => this.child(id))
  }

  private enter(id: string): void {
    this.alive.set(id, (this.alive.get(id) ?? 0) + 1)
    this.strings.set(id, Deferred.makeUnsafe())
    this.log.push(`+${id}`)
  }

  private leave(id: string): void {
    this.alive.set(id, this.alive.get(id)! - 1)
    this.log.push(`-${id}`)
  }

  /** From now on its starts fail, or succeed again. */
  failStarts(id: string, fails = true): void {
    if (fails) this.failing.add(id)
    else this.failing.delete(id)
  }

  /** Ends a child that runs, and lets its supervisor do what follows. */
  end(id: string, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.andThen(
      Effect.sync(() => Deferred.doneUnsafe(this.strings.get(id)!, exit)),
      turns
    )
  }

  crash(id: string): Effect.Effect<void> {
    return this.end(id, Exit.fail(`${id} crashed`))
  }

  /** The log since the last time, as one line. */
  take(): string {
    return this.log.splice(0).join(" ")
  }
}

/** What a supervisor says from now on, shortened: `ChildStuck a`. */
export const listen = (supervisor: SupervisorService, ...tags: ReadonlyArray<SupervisorEvent["_tag"]>) => {
  const heard: Array<string> = []
  supervisor.subscribe((event) => {
    if (tags.length > 0 && !tags.includes(event._tag)) return
    const rest = "child" in event ? event.child : "state" in event ? event.state : event.whose
    heard.push(
      `${event._tag} ${event._tag === "ChildStopped" ? `${rest} ${event.how} ${event.millis}` : rest}`
    )
  })
  return heard
}

/** Without delays, for tests of what is restarted and not of when. */
export const atOnce = { backoff: "none" } as const

export const stateOf = (supervisor: SupervisorService, id: string) =>
  Effect.map(supervisor.child(id), (child) => child.state)
