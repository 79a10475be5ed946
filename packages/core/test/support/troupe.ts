import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { ChildOptions, SupervisorService } from "../../src/Supervisor.ts"
import * as Supervisor from "../../src/Supervisor.ts"
import type { SupervisorEvent } from "../../src/SupervisorEvent.ts"

/** Lets every ready fiber proceed: a fixed number of turns, and so deterministic. */
export const turns = Effect.forEach(
  Array.from({ length: 50 }, (_, n) => n),
  () => Effect.yieldNow,
  { discard: true }
)

/**
 * Children under the test's control: the `log` records each start and each release, and the test ends children when and
 * how it needs.
 */
export class Troupe {
  /** `+a` after a start of `a`, `-a` after a release. */
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

  /** Lets the next starts of a child fail, or succeed again. */
  failStarts(id: string, fails = true): void {
    if (fails) this.failing.add(id)
    else this.failing.delete(id)
  }

  /** Ends a running child, and waits for the supervisor's reaction. */
  end(id: string, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.andThen(
      Effect.sync(() => Deferred.doneUnsafe(this.strings.get(id)!, exit)),
      turns
    )
  }

  crash(id: string): Effect.Effect<void> {
    return this.end(id, Exit.fail(`${id} crashed`))
  }

  /** Returns the log since the last call, as one line. */
  take(): string {
    return this.log.splice(0).join(" ")
  }
}

/** Records the supervisor's events from now on, shortened: `ChildStuck a`. */
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

/** Without delays, for tests about the choice of restarted children. */
export const atOnce = { backoff: "none" } as const

export const stateOf = (supervisor: SupervisorService, id: string) =>
  Effect.map(supervisor.child(id), (child) => child.state)
