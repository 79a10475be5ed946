/**
 * The receiving end of a job: asks for elements when somebody waits, or ahead while a stream runs, and gives back what nobody took.
 *
 * Elements are taken in the order of their delivery, by whoever waits first.
 *
 * @since 0.2.0
 */
import * as Message from "../../../protocol/messages/Message.ts"
import { defaults } from "../../model/defaults.ts"
import type { Delivered, EndToken, Over, ReceivePort, Took, Withdraw } from "../../model/ports.ts"
import type { EndPorts } from "./SendingEnd.ts"

interface Waiter {
  readonly most: number
  readonly answer: (took: Took) => void
  /** The request made for this waiter; `undefined` while a stream reads ahead. */
  readonly op: number | undefined
}

export class ReceivingEnd implements ReceivePort {
  readonly ports: EndPorts
  readonly number: number
  readonly token: EndToken
  readonly name = undefined
  /** Delivered, and taken by nobody yet. */
  private ready: Array<Delivered> = []
  /** How many of `ready` came for which request, in order. */
  private batches: Array<{ readonly op: number; left: number }> = []
  private waiters: Array<Waiter> = []
  private ended: Over | undefined
  private isClosed = false
  hasMoved = false
  private readonly watchers: Array<(over: Over) => void> = []
  private next = 1
  /** How many streams run. */
  private streams = 0
  /** How many elements they fetch ahead at most. */
  private window: number = defaults.channelAhead
  /** The request ahead that has no answer yet. */
  private aheadOp: number | undefined
  private isAheadAwaited = false
  /** Taken, and the host does not know yet. */
  private untold = 0
  /** Whether the next post will tell the host. */
  private isRiding = false
  private finished: { readonly ids: Array<number>; readonly frame: Message.Frame } | undefined

  constructor(ports: EndPorts, number: number, token: EndToken) {
    this.ports = ports
    this.number = number
    this.token = token
  }

  take(most: number, answer: (took: Took) => void): Withdraw | undefined {
    const known = this.known(most)
    if (known !== undefined) {
      answer(known)
      return undefined
    }
    // The channel ends once everything is known to be taken.
    this.tellTaken()
    const op = this.streams > 0 ? undefined : this.ask(most, false)
    const waiter: Waiter = { most, answer, op }
    this.waiters.push(waiter)
    this.ports.waiting(1)
    this.fetch()
    return () => this.withdraw(waiter)
  }

  /** The answer to a take that does not wait. */
  private known(most: number): Took | undefined {
    if (this.isClosed) return this.ended ?? closed
    if (this.ready.length === 0 || this.waiters.length > 0) return this.ended
    const elements = this.takeReady(most)
    this.fetch()
    return { _tag: "Took", elements }
  }

  private withdraw(waiter: Waiter): void {
    const at = this.waiters.indexOf(waiter)
    if (at < 0) return
    this.waiters.splice(at, 1)
    this.ports.waiting(-1)
    this.withdrawOp(waiter.op)
  }

  private withdrawOp(op: number | undefined): void {
    if (op !== undefined) this.ports.say((frame) => Message.pushWithdraw(frame, this.number, op))
  }

  readAhead(): () => void {
    this.streams++
    let isRunning = true
    return () => {
      if (!isRunning) return
      isRunning = false
      if (--this.streams > 0 || this.isClosed) return
      const op = this.aheadOp
      this.aheadOp = undefined
      this.withdrawOp(op)
      this.giveReadyBack()
      // Others waited for what the stream fetched.
      const waiters = this.waiters.splice(0)
      for (const waiter of waiters)
        this.waiters.push(waiter.op === undefined ? { ...waiter, op: this.ask(waiter.most, false) } : waiter)
    }
  }

  done(id: number): void {
    if (this.isClosed) return
    const { finished, number, ports } = this
    const isJoined = finished !== undefined && finished.frame === ports.unposted && this.untold === 0
    if (isJoined) return void finished.ids.push(id)
    const ids = [id]
    this.tellTaken()
    const frame = ports.say((open) => Message.pushDone(open, number, ids))
    this.finished = { ids, frame }
  }

  // --------------------------------------------------------------------------
  // from the host
  // --------------------------------------------------------------------------

  deliver(op: number, elements: ReadonlyArray<Delivered>): void {
    // The host puts the answer to a withdrawn request back by itself.
    const isWanted = op === this.aheadOp || this.waiters.some((waiter) => waiter.op === op)
    if (!isWanted) return
    if (op === this.aheadOp) this.aheadOp = undefined
    this.ready.push(...elements)
    this.batches.push({ op, left: elements.length })
    while (this.ready.length > 0 && this.waiters.length > 0) {
      const waiter = this.waiters.shift()!
      this.ports.waiting(-1)
      if (waiter.op !== op) this.withdrawOp(waiter.op)
      waiter.answer({ _tag: "Took", elements: this.takeReady(waiter.most) })
    }
    if (this.streams === 0) this.giveReadyBack()
    else this.fetch()
  }

  /** So many elements may be fetched ahead. */
  credit(count: number): void {
    this.window = count
  }

  whenOver(listener: (over: Over) => void): void {
    if (this.ended === undefined) this.watchers.push(listener)
    else listener(this.ended)
  }

  end(over: Over): void {
    if (this.ended === undefined) {
      this.ended = over
      for (const watcher of this.watchers.splice(0)) watcher(over)
    }
    for (const { answer } of this.waiters.splice(0)) {
      this.ports.waiting(-1)
      answer(this.ended)
    }
  }

  /** The end leaves inside a value. */
  move(): void {
    this.hasMoved = true
    this.cut({ _tag: "Moved" })
  }

  /** The job has ended. */
  close(): void {
    if (this.hasMoved) return
    this.tellTaken()
    this.cut(closed)
  }

  private cut(over: Over): void {
    this.isClosed = true
    this.ready = []
    this.batches = []
    this.ended = undefined
    this.end(over)
  }

  // --------------------------------------------------------------------------
  // to the host
  // --------------------------------------------------------------------------

  private ask(most: number, ahead: boolean): number {
    const op = this.next++
    this.ports.say((frame) => Message.pushTake(frame, this.number, op, most, ahead))
    return op
  }

  /** While a stream runs: keeps one request ahead, once half of the window is taken. */
  private fetch(): void {
    if (this.streams === 0 || this.ended !== undefined || this.isClosed) return
    if (this.aheadOp === undefined && this.ready.length <= this.window / 2) {
      this.tellTaken()
      this.isAheadAwaited = false
      this.aheadOp = this.ask(Math.ceil(this.window / 2), true)
    }
    const { aheadOp } = this
    if (aheadOp === undefined || this.isAheadAwaited || this.waiters.length === 0) return
    this.isAheadAwaited = true
    this.ports.say((frame) => Message.pushAwaitTake(frame, this.number, aheadOp))
  }

  private noteTaken(count: number): void {
    this.untold += count
    // A stream tells of half a batch at a time, so that senders go on while the rest is taken. Any post tells of what is taken by then:
    // the host must not hear of an answer to an element of which it would say that nobody knows.
    if (this.streams === 0 || this.untold >= this.ready.length) return this.tellTaken()
    if (this.isRiding) return
    this.isRiding = true
    this.ports.alongside(() => {
      this.isRiding = false
      this.tellTaken()
    })
  }

  /** Tells the host which elements were taken. */
  tellTaken(): void {
    const { number, untold } = this
    if (untold === 0) return
    this.untold = 0
    this.ports.say((frame) => Message.pushTaken(frame, number, untold))
  }

  private takeReady(most: number): Array<Delivered> {
    const taken = this.ready.splice(0, most)
    let left = taken.length
    for (let [first] = this.batches; first !== undefined && left > 0; [first] = this.batches) {
      const count = Math.min(left, first.left)
      left -= count
      first.left -= count
      if (first.left === 0) this.batches.shift()
    }
    this.noteTaken(taken.length)
    return taken
  }

  private giveReadyBack(): void {
    this.tellTaken()
    this.ready = []
    for (const { left, op } of this.batches.splice(0))
      this.ports.say((frame) => Message.pushBack(frame, this.number, op, left))
  }
}

const closed: Over = { _tag: "Closed", by: "self" }
