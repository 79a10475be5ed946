/**
 * One restart under way: its members are stopped in reverse order, then comes the delay, then they are started in order.
 *
 * Receives members from `SupervisorEngine.ts`, hands a failed start back to it (through the child). The engine replaces a round
 * by interrupting its fiber, at any step: what was reached is in the children's states, and the next round goes on
 * from there.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { SupervisorEvent } from "../../SupervisorEvent.ts"
import type { SupervisedChild } from "./SupervisedChild.ts"

/** What a restart needs of its supervisor. */
export interface RoundOwner {
  readonly path: string
  readonly emit: (event: SupervisorEvent) => void
  readonly drop: (child: SupervisedChild) => void
  readonly nextDelay: (child: SupervisedChild) => Effect.Effect<number | undefined>
  readonly giveUp: (limit: "backoff", child: SupervisedChild) => void
  readonly restartsNow: () => number
}

export class Round {
  /** The fiber of the round; the supervisor interrupts it to cancel the round. Written by `SupervisorEngine`. */
  fiber: Fiber.Fiber<void> | undefined
  /** In the order of their start. Shrinks when somebody stops one of them by hand. */
  readonly members: Set<SupervisedChild>
  private readonly owner: RoundOwner
  private readonly failed: SupervisedChild
  /** Those whose turn to be stopped has not come: their own end is no news. */
  private readonly toStop: Set<SupervisedChild>

  constructor(owner: RoundOwner, failed: SupervisedChild, members: ReadonlyArray<SupervisedChild>) {
    this.owner = owner
    this.failed = failed
    this.members = new Set(members)
    this.toStop = new Set(members.filter((member) => member !== failed))
    failed.step("delay")
  }

  isToStop(child: SupervisedChild): boolean {
    return this.toStop.has(child)
  }

  get run(): Effect.Effect<void> {
    // The engine holds the fiber before anything happens in it.
    return Effect.andThen(
      Effect.yieldNow,
      Effect.gen({ self: this }, function* () {
        for (const member of Array.from(this.toStop).toReversed()) yield* this.stop(member)
        const delay = yield* this.owner.nextDelay(this.failed)
        if (delay === undefined) return this.owner.giveUp("backoff", this.failed)
        this.announce(delay)
        if (delay > 0) yield* Effect.sleep(delay)
        for (const member of Array.from(this.members)) yield* this.start(member)
      })
    )
  }

  private stop(member: SupervisedChild): Effect.Effect<void> {
    return Effect.map(member.stop, () => {
      this.toStop.delete(member)
      if (!this.members.has(member)) return
      if (member.settings.restart === "temporary") {
        this.members.delete(member)
        this.owner.drop(member)
      } else member.step("queue")
    })
  }

  private start(member: SupervisedChild): Effect.Effect<void> {
    const isFree = Effect.suspend(() =>
      member.awaitState((state) => state !== "stuck" || !this.members.has(member))
    )
    return Effect.flatMap(isFree, () => {
      if (!this.members.has(member)) return Effect.void
      member.step("queue")
      member.step("start")
      // A start that fails is decided on by the engine, and ends this round.
      return member.settled
    })
  }

  private announce(delay: number): void {
    this.owner.emit({
      _tag: "RestartScheduled",
      supervisor: this.owner.path,
      child: this.failed.id,
      restart: this.owner.restartsNow(),
      delay,
      children: Array.from(this.members, (member) => member.id)
    })
  }
}
