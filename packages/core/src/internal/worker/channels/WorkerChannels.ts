/**
 * The ends of channels that the jobs of this worker have received: operations become messages to the host, answers come back by number.
 *
 * Receives requests from `Runner`, hands messages to it. An end belongs to the job that received it, and is closed with the job, before
 * its reply.
 *
 * @since 0.2.0
 */
import * as Capture from "../../../protocol/values/Capture.ts"
import type { ClaimRef } from "../../../protocol/claims/Claims.ts"
import type { ChannelRequests } from "../../../protocol/messages/channelRequests.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import * as Defect from "../../../protocol/values/Defect.ts"
import type { Movable } from "../../model/movable.ts"
import {
  type Encoded,
  type Ends,
  type EndToken,
  encodeWithEnds,
  type Over,
  type Ports,
  type ReceivePort,
  type SendPort
} from "../../model/ports.ts"
import type { ServicePorts } from "../../model/service.ts"
import { ReceivingEnd } from "./ReceivingEnd.ts"
import { SendingEnd } from "./SendingEnd.ts"

/** The part of a job that its ends use. */
export interface EndOwner {
  readonly ref: ClaimRef
  readonly isOver: boolean
}

export interface WorkerChannelsOptions {
  /** Queues a message for the host, and returns the frame with it. A later message of the same frame leaves together with it. */
  readonly say: (push: (frame: Message.Frame) => void) => Message.Frame
  /** Posts a message alone, with the objects that move. */
  readonly sayMoving: (push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable>) => void
  /** The frame that is not posted yet. */
  readonly unposted: () => Message.Frame
  /** Posts what was said. */
  readonly post: () => void
  /** Calls back before the next post. */
  readonly alongside: (lineUp: () => void) => void
  readonly platform: Capture.Platform
  readonly services: ServicePorts
  /** A job begins to wait for channels, or goes on. */
  readonly onWaiting: (owner: EndOwner, isWaiting: boolean) => void
}

export class WorkerChannels implements ChannelRequests {
  readonly options: WorkerChannelsOptions
  private readonly ends = new Map<number, SendingEnd | ReceivingEnd>()
  private next = 1

  constructor(options: WorkerChannelsOptions) {
    this.options = options
  }

  portsOf(owner: EndOwner): JobPorts {
    return new JobPorts(this, owner)
  }

  /** Opens an end for a job. */
  open<End extends SendingEnd | ReceivingEnd>(
    owner: EndOwner,
    token: EndToken,
    make: (number: number) => End
  ): End {
    const number = this.next++
    const end = make(number)
    this.ends.set(number, end)
    this.options.say((frame) => Message.pushOpen(frame, number, owner.ref, token))
    return end
  }

  close(end: SendingEnd | ReceivingEnd): void {
    end.close()
    this.ends.delete(end.number)
    this.options.say((frame) => Message.pushClose(frame, end.number))
  }

  // --------------------------------------------------------------------------
  // requests of the host
  // --------------------------------------------------------------------------

  private sending(number: number): SendingEnd | undefined {
    const end = this.ends.get(number)
    return end instanceof SendingEnd ? end : undefined
  }

  credit(end: number, count: number): void {
    this.ends.get(end)?.credit(count)
  }

  recall(end: number): void {
    this.sending(end)?.recall()
  }

  acceptedOffer(end: number, op: number): void {
    this.sending(end)?.answered(op, { _tag: "Sent" })
  }

  full(end: number, op: number, capacity: number): void {
    this.sending(end)?.answered(op, { _tag: "Full", capacity })
  }

  refusedOffer(end: number, op: number, over: Over): void {
    this.sending(end)?.answered(op, fromWire(over))
  }

  deliver(
    number: number,
    op: number,
    values: ReadonlyArray<unknown>,
    ids: ReadonlyArray<number> | undefined
  ): void {
    const end = this.ends.get(number)
    if (!(end instanceof ReceivingEnd)) return
    end.deliver(
      op,
      values.map((value, index) => {
        const id = ids?.[index] ?? 0
        return { value, id: Math.abs(id), redelivered: id < 0 }
      })
    )
  }

  over(end: number, over: Over): void {
    this.ends.get(end)?.end(fromWire(over))
  }
}

const fromWire = (over: Over): Over =>
  over._tag !== "Lost" || over.exit?.cause === undefined
    ? over
    : { ...over, exit: { ...over.exit, cause: Defect.decode(over.exit.cause as Defect.DefectData) } }

/** Whatever a job receives after its end is of no use. */
const closed = <End extends SendingEnd | ReceivingEnd>(end: End): End => {
  end.close()
  return end
}

/** The ends of one job. */
export class JobPorts implements Ports {
  readonly pool: object
  private readonly channels: WorkerChannels
  private readonly owner: EndOwner
  private readonly ends = new Set<SendingEnd | ReceivingEnd>()
  /** The ends inside the results that the reply will carry. */
  private results: Array<SendPort | ReceivePort> = []
  /** How many operations of the job wait. */
  private waits = 0

  constructor(channels: WorkerChannels, owner: EndOwner) {
    this.pool = channels
    this.channels = channels
    this.owner = owner
  }

  get isOver(): boolean {
    return this.owner.isOver
  }

  get isWaiting(): boolean {
    return this.waits > 0
  }

  capture(value: unknown): unknown {
    return Capture.capture(value, this.channels.options.platform)
  }

  get services(): ServicePorts {
    return this.channels.options.services
  }

  move(elements: Array<unknown>, transfer: ReadonlyArray<Movable>): Encoded {
    const moved = Capture.move(elements, transfer, this.channels.options.platform)
    return { elements: moved.value as Array<unknown>, transfer: moved.transfer }
  }

  openSender(token: EndToken): SendPort {
    if (this.isOver) return closed(new SendingEnd(this, 0, token))
    return this.keep(this.channels.open(this.owner, token, (number) => new SendingEnd(this, number, token)))
  }

  openReceiver(token: EndToken): ReceivePort {
    if (this.isOver) return closed(new ReceivingEnd(this, 0, token))
    return this.keep(this.channels.open(this.owner, token, (number) => new ReceivingEnd(this, number, token)))
  }

  private keep<End extends SendingEnd | ReceivingEnd>(end: End): End {
    this.ends.add(end)
    return end
  }

  /** The ends leave the worker. `call`: they are inside the payload of this call. */
  depart(ends: Ends, call = 0): void {
    for (const end of ends) {
      if (!(end instanceof SendingEnd || end instanceof ReceivingEnd)) continue
      // What it has taken must not go to its next owner.
      if (end instanceof ReceivingEnd) end.tellTaken()
      this.say((frame) => Message.pushLeave(frame, end.number, call))
      if (end.token.isExclusive) end.move()
    }
  }

  /** Encodes a result. Its ends leave with the reply. */
  encodingResult<A>(encode: () => A): A {
    const { ends, value } = encodeWithEnds(this, encode)
    this.results.push(...ends)
    return value
  }

  /** The reply carries none of the results so far. */
  dropResults(): void {
    this.results = []
  }

  say(push: (frame: Message.Frame) => void): Message.Frame {
    return this.channels.options.say(push)
  }

  sayMoving(push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable>): void {
    this.channels.options.sayMoving(push, transfer)
  }

  get unposted(): Message.Frame {
    return this.channels.options.unposted()
  }

  post(): void {
    this.channels.options.post()
  }

  alongside(lineUp: () => void): void {
    this.channels.options.alongside(lineUp)
  }

  /** An operation begins to wait, or ends. */
  waiting(change: 1 | -1): void {
    this.waits += change
    const isChanged = change === 1 ? this.waits === 1 : this.waits === 0
    if (isChanged) this.channels.options.onWaiting(this.owner, change === 1)
  }

  /** The job has ended: the ends inside its results leave, the others are closed. */
  close(): void {
    this.depart(this.results.splice(0))
    for (const end of this.ends) this.channels.close(end)
    this.ends.clear()
  }
}
