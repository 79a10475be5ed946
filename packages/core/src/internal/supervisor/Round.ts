/**
 * One restart under way: stop the members in reverse order, wait for the delay, start them in order.
 *
 * Receives members from `SupervisorEngine.ts`; a failed start goes back to the engine through the child. The engine may
 * replace a round at any step by interrupting its fiber. Progress is kept in the children's states, so the next round
 * continues from there.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { SupervisorEvent } from "../../SupervisorEvent.ts"
import type { SupervisedChild } from "./SupervisedChild.ts"

/** The supervisor, as used by a restart. */
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
  /** In start order. Shrinks when a caller stops a member by hand. */
  readonly members: Set<SupervisedChild>
  private readonly owner: RoundOwner
  private readonly failed: SupervisedChild
  /** Members still to be stopped; the engine ignores their own ends. */
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
    // The engine must hold the fiber before the round does anything.
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
      // When a start fails, the engine decides, and ends this round.
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
