/**
 * The sending end of a job: spends credit without a wait, and asks for room without credit.
 *
 * @since 0.2.0
 */
import * as Message from "../../../protocol/messages/Message.ts"
import type { Movable } from "../../model/movable.ts"
import type { Encoded, EndToken, Over, Ports, SendPort, Sent, Withdraw } from "../../model/ports.ts"

/** The part of a job's ports that an end uses. */
export interface EndPorts extends Ports {
  readonly isOver: boolean
  readonly say: (push: (frame: Message.Frame) => void) => Message.Frame
  readonly sayMoving: (push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable>) => void
  readonly unposted: Message.Frame
  /** Posts what was said, before the end of the turn. */
  readonly post: () => void
  /** Calls back before the next post. */
  readonly alongside: (lineUp: () => void) => void
  readonly waiting: (change: 1 | -1) => void
}

const sent: Sent = { _tag: "Sent" }

/** Most elements of a batch. A full batch leaves before the end of the turn: the host hands it on while the sender makes more. */
const mostInBatch = 128

export class SendingEnd implements SendPort {
  readonly ports: EndPorts
  readonly number: number
  readonly token: EndToken
  readonly name = undefined
  private available = 0
  private ended: Over | undefined
  hasMoved = false
  private readonly watchers: Array<(over: Over) => void> = []
  private readonly waiting = new Map<number, (sent: Sent) => void>()
  private next = 1
  /** The elements of the last message, and its frame: as long as that is not posted, more elements join. */
  private batch: { readonly elements: Array<unknown>; readonly frame: Message.Frame } | undefined

  constructor(ports: EndPorts, number: number, token: EndToken) {
    this.ports = ports
    this.number = number
    this.token = token
  }

  send(encoded: Encoded, isTry: boolean, answer: (sent: Sent) => void): Withdraw | undefined {
    const { elements, transfer } = encoded
    if (this.ended !== undefined) {
      answer(this.ended)
      return undefined
    }
    // Behind elements that wait, nothing goes ahead.
    const free = this.waiting.size === 0 ? Math.min(this.available, elements.length) : 0
    // What moves leaves in one message, which has one transfer list.
    if (free < elements.length && transfer !== undefined) return this.offer(encoded, isTry, answer)
    if (transfer !== undefined) this.spendMoving(elements, transfer)
    else if (free > 0) this.spend(free === elements.length ? elements : elements.slice(0, free))
    if (free < elements.length) return this.offer({ elements: elements.slice(free), transfer }, isTry, answer)
    answer(sent)
    return undefined
  }

  private spend(elements: ReadonlyArray<unknown>): void {
    const { batch, number, ports } = this
    this.available -= elements.length
    const isOpen = batch !== undefined && batch.frame === ports.unposted
    const list = isOpen ? batch.elements : []
    for (const element of elements) list.push(element)
    if (!isOpen)
      this.batch = { elements: list, frame: ports.say((open) => Message.pushSend(open, number, list)) }
    if (list.length >= mostInBatch) ports.post()
  }

  private spendMoving(elements: ReadonlyArray<unknown>, transfer: ReadonlyArray<Movable>): void {
    this.available -= elements.length
    this.batch = undefined
    this.ports.sayMoving((frame) => Message.pushSend(frame, this.number, elements), transfer)
  }

  private offer({ elements, transfer }: Encoded, isTry: boolean, answer: (sent: Sent) => void): Withdraw {
    const op = this.next++
    const { number, ports } = this
    this.waiting.set(op, answer)
    this.batch = undefined
    const push = (frame: Message.Frame) => Message.pushOffer(frame, number, op, elements, isTry)
    if (transfer === undefined) ports.say(push)
    else ports.sayMoving(push, transfer)
    ports.waiting(1)
    return () => {
      if (!this.waiting.delete(op)) return
      ports.waiting(-1)
      ports.say((frame) => Message.pushWithdraw(frame, number, op))
    }
  }

  end(over: Over | { readonly error: unknown } | undefined): void {
    if (over !== undefined && "_tag" in over) return this.finish(over)
    if (this.ended !== undefined) return
    this.batch = undefined
    this.ports.say((frame) => Message.pushEnd(frame, this.number, over))
    this.recall()
    this.conclude({ _tag: "Closed", by: "self" })
  }

  whenOver(listener: (over: Over) => void): void {
    if (this.ended === undefined) this.watchers.push(listener)
    else listener(this.ended)
  }

  private conclude(over: Over): void {
    if (this.ended !== undefined) return
    this.ended = over
    for (const watcher of this.watchers.splice(0)) watcher(over)
  }

  /** The end leaves inside a value. */
  move(): void {
    this.hasMoved = true
    this.cut({ _tag: "Moved" })
  }

  private cut(over: Over): void {
    this.available = 0
    this.conclude(over)
    this.ended = over
    for (const op of Array.from(this.waiting.keys())) this.answered(op, over)
  }

  // --------------------------------------------------------------------------
  // from the host
  // --------------------------------------------------------------------------

  credit(count: number): void {
    if (this.ended !== undefined) return this.yieldCredit(count)
    this.available += count
  }

  recall(): void {
    const { available } = this
    this.available = 0
    this.batch = undefined
    this.yieldCredit(available)
  }

  private yieldCredit(count: number): void {
    this.ports.say((frame) => Message.pushYield(frame, this.number, count))
  }

  answered(op: number, answer: Sent): void {
    const waiter = this.waiting.get(op)
    if (waiter === undefined) return
    this.waiting.delete(op)
    this.ports.waiting(-1)
    waiter(answer)
  }

  private finish(over: Over): void {
    // Elements that wait have answers of their own: after an end in order they are still let in.
    if (this.ended === undefined && this.available > 0) this.recall()
    this.conclude(over)
  }

  /** The job has ended. */
  close(): void {
    if (!this.hasMoved) this.cut({ _tag: "Closed", by: "self" })
  }
}
