/**
 * The ends that the tasks of one worker have open: the worker's messages become operations of brokers, and their answers messages.
 *
 * Receives checked messages from `HostWorker`. Upholds what a worker may do: numbers are its own, no element without credit, nothing
 * given back or confirmed that was not delivered. Tells which tasks wait for a channel, as these lend their slots.
 *
 * @since 0.2.0
 */
import type { ClaimRef } from "../../../protocol/claims/Claims.ts"
import type { ChannelReplies } from "../../../protocol/messages/channelReplies.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import * as Defect from "../../../protocol/values/Defect.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { Over, Side } from "../../model/ports.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { Broker } from "./Broker.ts"
import type { Channels } from "./Channels.ts"
import type { Opening } from "./Opening.ts"

export interface WorkerEndsOptions {
  readonly channels: Channels
  readonly taskOf: (ref: ClaimRef) => HostTask | undefined
  /** Sends a message to the worker. */
  readonly say: (push: (frame: Message.Frame) => void) => void
  /** A task begins to wait for channels, or goes on. */
  readonly onWaiting: (task: HostTask, isWaiting: boolean) => void
  /** The answer to an operation that a handler waits for was lined up. */
  readonly onAnswered: () => void
}

interface WorkerEnd {
  readonly broker: Broker
  readonly opening: Opening
  readonly task: HostTask | undefined
  /** Operations without an answer, by the worker's numbers. */
  readonly waiting: Map<number, Waiting>
}

export class WorkerEnds implements ChannelReplies {
  private readonly options: WorkerEndsOptions
  /** By the worker's numbers; `undefined` for an end of a channel that is no more. */
  private readonly ends = new Map<number, WorkerEnd | undefined>()
  /** The ends inside the payloads of calls that follow, by the number of the call. */
  private readonly departed = new Map<
    number,
    ReadonlyArray<{ readonly channel: number; readonly side: Side }>
  >()
  /** How many operations of a task wait. */
  private readonly waits = new Map<HostTask, number>()

  constructor(options: WorkerEndsOptions) {
    this.options = options
  }

  openEnd(end: number, ref: ClaimRef, channel: number, side: Side): void {
    if (this.ends.has(end)) throw new Message.Violation("an end has the number of another one")
    const { channels, say, taskOf } = this.options
    const broker = channels.find(channel)
    const over = (why: Over) => say((frame) => Message.pushOver(frame, end, forWire(why)))
    if (broker === undefined) {
      this.ends.set(end, undefined)
      return over({ _tag: "Closed", by: "scope" })
    }
    const opening = broker.attach(side, {
      grant: (credit) => say((frame) => Message.pushEndCredit(frame, end, credit)),
      recall: () => say((frame) => Message.pushRecall(frame, end)),
      over
    })
    const task = taskOf(ref)
    if (task !== undefined) channels.opened(task.id, channel, side)
    this.ends.set(end, { broker, opening, task, waiting: new Map() })
  }

  send(number: number, elements: ReadonlyArray<unknown>): void {
    const end = this.endOf(number, "send")
    if (end !== undefined && !end.broker.spend(end.opening, elements) && end.opening.over === undefined)
      throw new Message.Violation("more elements were sent than granted")
  }

  offer(number: number, op: number, elements: ReadonlyArray<unknown>, isTry: boolean): void {
    const end = this.endOf(number, "send")
    if (end === undefined) return
    const { say } = this.options
    this.wait(end, op, true, (answered) =>
      end.broker.offer(end.opening, elements, isTry, (sent) => {
        answered()
        if (sent._tag === "Sent") say((frame) => Message.pushAcceptedOffer(frame, number, op))
        else if (sent._tag === "Full") say((frame) => Message.pushFull(frame, number, op, sent.capacity))
        else say((frame) => Message.pushRefused(frame, number, op, forWire(sent)))
      })
    )
  }

  take(number: number, op: number, most: number, ahead: boolean): void {
    const end = this.endOf(number, "receive")
    if (end === undefined) return
    if (most === 0) throw new Message.Violation("no element is asked for")
    const { say } = this.options
    const { acknowledge } = end.broker.settings
    const ask = (answered: () => void) =>
      end.broker.take(end.opening, op, most, ahead, (took) => {
        answered()
        if (took._tag !== "Took") return this.tellOver(number, end, took)
        const values = took.elements.map(({ value }) => value)
        const ids = acknowledge
          ? took.elements.map(({ id, redelivered }) => (redelivered ? -id : id))
          : undefined
        say((frame) => Message.pushDeliver(frame, number, op, values, ids))
      })
    this.wait(end, op, !ahead, ask)
  }

  awaitTake(number: number, op: number): void {
    const end = this.endOf(number, "receive")
    const waiting = end?.waiting.get(op)
    if (end === undefined) return
    if (waiting === undefined) this.options.onAnswered()
    else this.awaits(end, waiting)
  }

  withdraw(number: number, op: number): void {
    const end = this.ends.get(number)
    const waiting = end?.waiting.get(op)
    if (end === undefined) return
    if (waiting === undefined) return end.broker.returnAnswer(end.opening, op)
    this.goesOn(end, op)
    waiting.withdraw()
  }

  taken(number: number, count: number): void {
    const end = this.endOf(number, "receive")
    if (end !== undefined) check(end, end.broker.confirm(end.opening, count))
  }

  giveBack(number: number, op: number, count: number): void {
    const end = this.endOf(number, "receive")
    if (end !== undefined) check(end, end.broker.giveBack(end.opening, op, count))
  }

  yieldCredit(number: number, count: number): void {
    const end = this.endOf(number, "send")
    if (end !== undefined) check(end, end.broker.yieldCredit(end.opening, count))
  }

  done(number: number, ids: ReadonlyArray<number>): void {
    const end = this.endOf(number, "receive")
    // The end may have been made from data that says otherwise.
    if (end?.broker.settings.acknowledge !== true) return
    for (const id of ids) check(end, end.broker.done(end.opening, id))
  }

  endChannel(number: number, error: { readonly error: unknown } | undefined): void {
    const end = this.endOf(number, "send")
    end?.broker.end(end.opening, error)
  }

  leaveEnd(number: number, call: number): void {
    const end = this.known(number)
    if (end === undefined) return
    end.broker.move(end.opening)
    if (call === 0) return
    const { id: channel } = end.broker
    this.departed.set(call, [...(this.departed.get(call) ?? []), { channel, side: end.opening.side }])
  }

  /** A nested call has become a task, or was refused. */
  called(call: number, task: HostTask | undefined): void {
    const departed = this.departed.get(call)
    if (departed === undefined) return
    this.departed.delete(call)
    if (task === undefined) this.options.channels.strand(departed, false)
    else this.options.channels.carries(task.id, departed)
  }

  closeEnd(number: number): void {
    const end = this.known(number)
    this.ends.delete(number)
    if (end === undefined) return
    for (const op of Array.from(end.waiting.keys())) this.goesOn(end, op)
    end.broker.release(end.opening)
  }

  /** The worker is gone, or cannot be ended. */
  lose(exit: ExitDetail): void {
    const ends = Array.from(this.ends.values())
    this.ends.clear()
    const lost = new Map<Broker, Array<Opening>>()
    for (const end of ends) {
      if (end === undefined) continue
      for (const op of Array.from(end.waiting.keys())) this.goesOn(end, op)
      lost.set(end.broker, [...(lost.get(end.broker) ?? []), end.opening])
    }
    const { channels } = this.options
    channels.answers.after(() => {
      // The halves of a pipe tell of each other, so both count first.
      for (const [broker, openings] of lost) broker.forget(openings)
      for (const broker of lost.keys()) broker.endLost(exit)
      for (const departed of this.departed.values()) channels.strand(departed, true)
      this.departed.clear()
    })
  }

  private known(number: number): WorkerEnd | undefined {
    if (!this.ends.has(number)) throw new Message.Violation("there is no such end")
    return this.ends.get(number)
  }

  private endOf(number: number, side: Side): WorkerEnd | undefined {
    const end = this.known(number)
    if (end !== undefined && end.opening.side !== side) throw new Message.Violation(`the end cannot ${side}`)
    return end
  }

  private tellOver(number: number, end: WorkerEnd, over: Over): void {
    if (end.opening.over !== undefined) return
    this.options.say((frame) => Message.pushOver(frame, number, forWire(over)))
  }

  /** Begins an operation, which may wait for its answer. `isAwaited`: the handler waits for it. */
  private wait(
    end: WorkerEnd,
    op: number,
    isAwaited: boolean,
    begin: (answered: () => void) => (() => void) | undefined
  ): void {
    if (end.waiting.has(op)) throw new Message.Violation("an operation has the number of another one")
    const waiting: Waiting = { withdraw: () => {}, isAwaited: false }
    end.waiting.set(op, waiting)
    const withdraw = begin(() => {
      if (isAwaited || waiting.isAwaited) this.options.onAnswered()
      this.goesOn(end, op)
    })
    if (withdraw === undefined) return this.goesOn(end, op)
    if (end.waiting.get(op) !== waiting) return
    waiting.withdraw = withdraw
    if (isAwaited) this.awaits(end, waiting)
  }

  private awaits({ task }: WorkerEnd, waiting: Waiting): void {
    if (task === undefined || waiting.isAwaited) return
    waiting.isAwaited = true
    const count = (this.waits.get(task) ?? 0) + 1
    this.waits.set(task, count)
    if (count === 1) this.options.onWaiting(task, true)
  }

  private goesOn(end: WorkerEnd, op: number): void {
    const waiting = end.waiting.get(op)
    end.waiting.delete(op)
    const { task } = end
    if (waiting?.isAwaited !== true || task === undefined) return
    const count = this.waits.get(task)! - 1
    if (count > 0) return void this.waits.set(task, count)
    this.waits.delete(task)
    this.options.onWaiting(task, false)
  }
}

/** An operation without an answer. */
interface Waiting {
  withdraw: () => void
  isAwaited: boolean
}

/** A channel that is over has forgotten what its users hold. */
const check = ({ broker }: WorkerEnd, isRight: boolean): void => {
  if (!isRight && !broker.isOver) throw new Message.Violation("more is given than was had")
}

const forWire = (over: Over): Over =>
  over._tag !== "Lost" || over.exit?.cause === undefined
    ? over
    : { ...over, exit: { ...over.exit, cause: Defect.encode(over.exit.cause) } }
