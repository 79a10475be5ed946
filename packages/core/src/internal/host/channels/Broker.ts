/**
 * One channel on the host: the elements that wait, the operations that wait, who may send how much, and who holds what.
 *
 * Receives operations from `hostPorts.ts` and `WorkerEnds.ts`, hands answers back. Upholds:
 * - elements are taken in the order in which they were sent; none is handed to two takers unless it is redelivered (G15);
 * - queue, credit and elements fetched ahead are together at most the capacity (G14);
 * - the end is told once, after everything sent before (G15).
 *
 * Each operation changes the channel first; answers are given afterwards (`Answers.ts`).
 *
 * @since 0.2.0
 */
import * as Machine from "../../machine/channelMachine.ts"
import { oneAtATime } from "../../machine/transition.ts"
import type { ChannelSettings, ChannelSnapshot } from "../../model/channel.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { Delivered, Over, Sent, Side, Took } from "../../model/ports.ts"
import type { Answers } from "./Answers.ts"
import { Books } from "./Books.ts"
import { Credit } from "./Credit.ts"
import { type Element, ElementQueue } from "./ElementQueue.ts"
import { type EndListener, type Held, type Offer, Opening, type Request } from "./Opening.ts"
import { Windows } from "./Windows.ts"

/** Why the channel ends. */
type Ending =
  | { readonly _tag: "Ended"; readonly by: Opening | undefined; readonly error?: { readonly error: unknown } }
  | { readonly _tag: "Lost"; readonly exit: ExitDetail | undefined }
  | { readonly _tag: "Closed"; readonly by: "peer" | "scope" }

const sent: Sent = { _tag: "Sent" }

export class Broker {
  readonly id: number
  readonly settings: ChannelSettings
  private readonly answers: Answers
  /** Invariant: written by `take` alone. */
  private state: Machine.ChannelState = "open"
  private readonly step = oneAtATime((event: Machine.ChannelEvent) => this.takeEvent(event))
  private ending: Ending | undefined

  private readonly queue = new ElementQueue()
  private line: Array<Offer> = []
  private requests: Array<Request> = []
  private readonly openings = new Set<Opening>()
  /** The sides without a user, where the next one may open the end. Used only where ends are exclusive. */
  private readonly vacant = new Set<Side>(["send", "receive"])
  private readonly credit: Credit
  private readonly windows: Windows
  private readonly books = new Books()
  /** Invariant: how many held elements were fetched ahead. */
  private ahead = 0
  /** Invariant: how many elements all users hold. */
  private held = 0
  private undone = 0

  /** The other half of a pipe. */
  private partner: Broker | undefined

  constructor(id: number, settings: ChannelSettings, answers: Answers) {
    this.id = id
    this.settings = settings
    this.answers = answers
    this.credit = new Credit(settings.capacity, (answer) => this.tell(answer))
    this.windows = new Windows(settings.capacity, (answer) => this.tell(answer))
  }

  /** Makes two channels the halves of a pipe. */
  pairWith(other: Broker): void {
    this.partner = other
    other.partner = this
  }

  // --------------------------------------------------------------------------
  // users
  // --------------------------------------------------------------------------

  attach(side: Side, listener: EndListener | undefined): Opening {
    const opening = new Opening(side, listener)
    this.enter(() => {
      if (this.settings.isExclusive && !this.vacant.delete(side)) {
        opening.isAway = true
        return this.tellOver(opening, { _tag: "Moved" })
      }
      this.openings.add(opening)
      if (side === "receive") this.windows.joined(opening)
      const isDone = this.state === "over" || (this.state === "draining" && side === "send")
      if (isDone) this.tellOver(opening, this.overFor(opening))
    })
    return opening
  }

  /** The end leaves its user inside a value. Only exclusive ends move; others are shared. */
  move(opening: Opening): void {
    if (!this.settings.isExclusive || opening.isAway) return
    this.enter(() => {
      opening.isAway = true
      this.vacant.add(opening.side)
      this.leave(opening)
      this.dropHeld(opening, true)
      this.vanish(opening, () => ({ _tag: "Moved" }))
      this.tellOver(opening, { _tag: "Moved" })
    })
  }

  /** Returns whether it was a user. */
  private leave(opening: Opening): boolean {
    this.windows.left(opening)
    return this.openings.delete(opening)
  }

  /** Calls back once the end of this user is told. */
  watch(opening: Opening, listener: (over: Over) => void): void {
    if (opening.over === undefined) opening.watchers.push(listener)
    else listener(opening.over)
  }

  /** The user has ended in order: what it holds goes back, what it waits for is over. */
  release(opening: Opening): void {
    if (!this.openings.has(opening)) return
    this.enter(() => {
      this.leave(opening)
      this.vanish(opening, () => ({ _tag: "Closed", by: "self" }))
      this.dropHeld(opening, true)
      this.dropUndone(opening)
      if (this.settings.isExclusive) this.endSide(opening.side, opening)
    })
  }

  /** The worker of these users is gone: what they held was taken once or not at all. Call `endLost` next. */
  forget(lost: ReadonlyArray<Opening>): void {
    this.enter(() => {
      for (const opening of lost) {
        if (!this.leave(opening)) continue
        this.vanish(opening, () => ({ _tag: "Closed", by: "self" }))
        this.dropHeld(opening, false)
        this.dropUndone(opening)
      }
    })
  }

  /** A user is lost. */
  endLost(exit: ExitDetail | undefined): void {
    this.enter(() => this.endFor({ _tag: "Lost", exit }))
  }

  /** A task that carried an end has ended without opening it. */
  forsake(side: Side, isLost: boolean): void {
    if (this.settings.isExclusive && !this.vacant.has(side)) return
    this.enter(() => {
      if (isLost) this.endFor({ _tag: "Lost", exit: undefined })
      else if (this.settings.isExclusive) this.endSide(side, undefined)
    })
  }

  private endSide(side: Side, by: Opening | undefined): void {
    if (side === "send") return this.endFor({ _tag: "Ended", by })
    this.ending ??= { _tag: "Closed", by: "peer" }
    this.step("close")
  }

  private endFor(ending: Ending): void {
    if (ending._tag === "Lost" && this.settings.onLost === "continue") return
    this.ending ??= ending
    this.step(ending._tag === "Lost" ? "lose" : "end")
  }

  // --------------------------------------------------------------------------
  // senders
  // --------------------------------------------------------------------------

  /** Sends elements of a user without credit. Returns how to take back what has found no room; `undefined` once answered. */
  offer(
    opening: Opening,
    elements: ReadonlyArray<unknown>,
    isTry: boolean,
    answer: Offer["answer"]
  ): (() => void) | undefined {
    const offer: Offer = { opening, elements, admitted: 0, answer }
    this.enter(() => {
      const over = this.refusal(opening)
      if (over !== undefined) return this.tell(() => answer(over))
      const { capacity, policy } = this.settings
      if (policy === "dropOldest") return this.pushOut(offer)
      const isFull = this.line.length > 0 || this.room < elements.length
      if ((isTry || policy === "reject") && isFull && !this.isAwaited(elements.length)) {
        return this.tell(() => answer({ _tag: "Full", capacity }))
      }
      this.line.push(offer)
    })
    return this.line.includes(offer) ? () => this.withdrawOffer(offer) : undefined
  }

  private withdrawOffer(offer: Offer): void {
    this.enter(() => {
      this.line = this.line.filter((each) => each !== offer)
    })
  }

  private pushOut(offer: Offer): void {
    for (const element of offer.elements) {
      if (this.room <= 0 && this.queue.length > 0) {
        this.queue.take(1)
        this.books.drop()
      }
      this.push(element)
    }
    this.tell(() => offer.answer(sent))
  }

  /** Sends elements for which the user had credit. Returns `false` for more than the credit. */
  spend(opening: Opening, elements: ReadonlyArray<unknown>): boolean {
    if (elements.length > opening.credit) return false
    this.enter(() => {
      this.credit.lower(opening, elements.length)
      if (this.state === "over") return
      for (const element of elements) this.push(element)
      if (this.state === "open") this.credit.deserve(opening)
    })
    return true
  }

  /** Takes credit back. Returns `false` for more than was granted. */
  yieldCredit(opening: Opening, credit: number): boolean {
    if (credit > opening.credit) return false
    this.enter(() => this.credit.returned(opening, credit))
    return true
  }

  /** Ends the channel, once what was sent is taken. */
  end(opening: Opening, error: { readonly error: unknown } | undefined): void {
    if (opening.isAway) return
    this.enter(() =>
      this.endFor({ _tag: "Ended", by: opening, ...(error === undefined ? undefined : { error }) })
    )
  }

  private push(value: unknown): void {
    this.queue.push({ id: this.books.send(), value, redelivered: false })
  }

  private refusal(opening: Opening): Over | undefined {
    if (opening.isAway) return { _tag: "Moved" }
    return this.state === "open" ? undefined : this.overFor(opening)
  }

  // --------------------------------------------------------------------------
  // receivers
  // --------------------------------------------------------------------------

  /** Asks for 1 to `most` elements. `ahead`: nobody waits for them yet. Returns how to take the request back. */
  take(opening: Opening, op: number, most: number, ahead: boolean, answer: Request["answer"]): () => void {
    const request: Request = { opening, op, most, ahead, answer, isWithdrawn: false }
    this.enter(() => {
      if (opening.isAway) return this.tell(() => answer({ _tag: "Moved" }))
      if (this.state === "over") return this.tell(() => answer(this.overFor(opening)))
      this.requests.push(request)
      if (ahead) this.windows.asked(opening)
    })
    return () => this.withdrawRequest(request)
  }

  private withdrawRequest(request: Request): void {
    if (request.isWithdrawn) return
    request.isWithdrawn = true
    this.enter(() => {
      this.requests = this.requests.filter((each) => each !== request)
    })
  }

  /** The first `count` of the held elements were taken. Returns `false` for more than are held. */
  confirm(opening: Opening, count: number): boolean {
    if (count > opening.held.length) return false
    this.enter(() => this.noteTaken(opening, opening.held.splice(0, count)))
    return true
  }

  /**
   * The last `count` of the elements that answered a request were not taken. Returns `false` for more than are held. By the request, as
   * other answers may be on their way to the user.
   */
  giveBack(opening: Opening, op: number, count: number): boolean {
    const answered = opening.held.filter((each) => each.op === op)
    if (count > answered.length) return false
    const back = new Set(answered.slice(answered.length - count))
    this.enter(() => {
      opening.held = opening.held.filter((each) => !back.has(each))
      this.putBack(Array.from(back))
    })
    return true
  }

  /** The user had withdrawn a request before it heard of the answer. Back at once: other elements must not overtake these. */
  returnAnswer(opening: Opening, op: number): void {
    const back = opening.held.filter((each) => each.op === op)
    if (back.length === 0) return
    this.enter(() => {
      opening.held = opening.held.filter((each) => each.op !== op)
      this.putBack(back)
    })
  }

  /** The taker is done with an element. Returns `false` for an element that this user has not taken. */
  done(opening: Opening, id: number): boolean {
    if (!opening.undone.delete(id)) return false
    this.enter(() => {
      this.undone--
      this.books.finish(1)
    })
    return true
  }

  private noteTaken(opening: Opening, held: ReadonlyArray<Held>): void {
    this.unhold(held)
    this.books.take(held.length)
    if (!this.settings.acknowledge) this.books.finish(held.length)
    else {
      for (const { element } of held) opening.undone.set(element.id, element)
      this.undone += held.length
    }
  }

  private putBack(held: ReadonlyArray<Held>): void {
    this.unhold(held)
    if (this.state !== "over") this.queue.putBack(held.map(({ element }) => element))
  }

  private unhold(held: ReadonlyArray<Held>): void {
    this.held -= held.length
    for (const { ahead } of held) if (ahead) this.ahead--
  }

  private dropHeld(opening: Opening, isCertain: boolean): void {
    const held = opening.held.splice(0)
    if (isCertain) return this.putBack(held)
    this.unhold(held)
    for (const { element } of held) this.redeliver(element, true)
  }

  private dropUndone(opening: Opening): void {
    for (const element of opening.undone.values()) this.redeliver(element, false)
    this.undone -= opening.undone.size
    opening.undone.clear()
  }

  /** Puts an element back whose taker is lost, or counts it. */
  private redeliver(element: Element, isUncertain: boolean): void {
    const isAgain = this.settings.redeliver === "once" && !element.redelivered && this.state !== "over"
    if (isAgain) this.queue.putBack([{ ...element, redelivered: true }])
    else this.books.lose(isUncertain)
  }

  // --------------------------------------------------------------------------
  // owner
  // --------------------------------------------------------------------------

  /** Ends the channel with its scope: everybody hears at once. */
  close(): void {
    this.enter(() => {
      if (this.state !== "over") this.ending = { _tag: "Closed", by: "scope" }
      this.step("close")
    })
  }

  /** Calls back once every element is finished; returns how to leave. */
  join(answer: (sent: Sent) => void): () => void {
    const leave = this.books.join(answer)
    this.enter(() => {})
    return leave
  }

  get isOver(): boolean {
    return this.state === "over"
  }

  snapshot(): ChannelSnapshot {
    const users = (side: Side) =>
      Array.from(this.openings).filter((each) => each.side === side && each.listener !== undefined).length
    return {
      state: this.state,
      capacity: this.settings.capacity,
      queued: this.queue.length,
      ahead: this.ahead,
      ...this.books.counts,
      waitingSenders: this.line.length,
      waitingReceivers: this.requests.length,
      senders: users("send"),
      receivers: users("receive")
    }
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private takeEvent(event: Machine.ChannelEvent): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
  }

  private perform(action: Machine.ChannelAction): void {
    switch (action) {
      case "refuse":
        this.credit.stop()
        for (const opening of this.openings)
          if (opening.side === "send") this.tellOver(opening, this.overFor(opening))
        return
      case "turnAway":
        for (const { answer, opening } of this.line.splice(0)) {
          const { _tag } = this.ending!
          const over = _tag === "Lost" ? this.overFor(opening) : this.lost(undefined)
          this.tell(() => answer(over))
        }
        return
      case "drop":
        this.queue.clear()
        for (const opening of this.openings) {
          this.credit.drop(opening)
          opening.held = []
          opening.undone.clear()
        }
        this.held = this.ahead = this.undone = 0
        for (const { answer, opening } of this.line.splice(0)) this.tell(() => answer(this.overFor(opening)))
        return
      case "finish":
        for (const { answer, opening } of this.requests.splice(0))
          this.tell(() => answer(this.overFor(opening)))
        for (const opening of this.openings) this.tellOver(opening, this.overFor(opening))
    }
  }

  private overFor(opening: Opening): Over {
    const ending = this.ending!
    switch (ending._tag) {
      case "Closed":
        return ending
      case "Lost":
        return this.lost(ending.exit, opening.side)
      case "Ended":
        if (ending.error !== undefined && opening.side === "receive")
          return { _tag: "Failed", error: ending.error.error }
        return { _tag: "Closed", by: ending.by === opening ? "self" : "peer" }
    }
  }

  /** Counts the elements that the hearer may have sent: through the other half of a pipe, for one that receives. */
  private lost(exit: ExitDetail | undefined, side: Side = "send"): Over {
    return ((side === "receive" ? this.partner : undefined) ?? this).books.lost(exit)
  }

  private tellOver(opening: Opening, over: Over): void {
    if (opening.over !== undefined) return
    opening.over = over
    this.tell(() => {
      opening.listener?.over(over)
      for (const watcher of opening.watchers) watcher(over)
    })
  }

  /** Ends the operations of a user that wait, and takes its credit. */
  private vanish(opening: Opening, over: () => Over): void {
    this.credit.drop(opening)
    const offers = this.line.filter((each) => each.opening === opening)
    const requests = this.requests.filter((each) => each.opening === opening)
    this.line = this.line.filter((each) => each.opening !== opening)
    this.requests = this.requests.filter((each) => each.opening !== opening)
    for (const { answer } of [...offers, ...requests]) this.tell(() => answer(over()))
  }

  // --------------------------------------------------------------------------
  // progress
  // --------------------------------------------------------------------------

  /** How many more elements the channel may hold. */
  private get room(): number {
    return this.settings.capacity - this.queue.length - this.ahead - this.credit.sum
  }

  /** Whether takers wait for so many elements, which so need no room. */
  private isAwaited(count: number): boolean {
    const [first] = this.requests
    return this.queue.length === 0 && first !== undefined && !first.ahead && count <= first.most
  }

  private tell(answer: () => void): void {
    this.answers.add(answer)
  }

  /** Changes the channel, goes on as far as possible, then gives the answers. */
  private enter(change: () => void): void {
    this.answers.after(() => {
      change()
      this.goOn()
    })
  }

  private goOn(): void {
    while (this.admit() || this.serve());
    // While somebody waits, nobody gets room in advance. What a policy decides at the capacity is decided here.
    const isFree = this.state === "open" && this.line.length === 0 && this.settings.policy === "suspend"
    if (isFree) this.credit.grant(this.room)
    if (this.line.length > 0 || this.state === "draining") this.credit.recall(this.openings)
    if (this.state === "draining" && this.isDrained) this.step("drained")
    const { ending } = this
    const closed = this.state === "over" && ending?._tag === "Closed" ? ending : undefined
    this.books.answer(closed, ending?._tag === "Lost" ? ending.exit : undefined, (answer) =>
      this.tell(answer)
    )
  }

  /** Lets the first waiting elements in. Returns whether any went in. */
  private admit(): boolean {
    let hasAdmitted = false
    for (let offer = this.line[0]; offer !== undefined; offer = this.line[0]) {
      while (offer.admitted < offer.elements.length && (this.room > 0 || this.isAwaited(1))) {
        const at = offer.admitted++
        this.push(offer.elements[at])
        hasAdmitted = true
      }
      if (offer.admitted < offer.elements.length) break
      this.line.shift()
      if (this.state === "open" && this.openings.has(offer.opening)) this.credit.deserve(offer.opening)
      const { answer } = offer
      this.tell(() => answer(sent))
    }
    return hasAdmitted
  }

  /** Hands elements to the first requests. Returns whether any was served. */
  private serve(): boolean {
    const hasServed = this.requests.length > 0 && this.queue.length > 0
    while (this.requests.length > 0 && this.queue.length > 0) this.handOver(this.requests.shift()!)
    return hasServed
  }

  private handOver(request: Request): void {
    const { ahead, op, opening } = request
    const elements = this.queue.take(Math.min(request.most, this.queue.length))
    const held = elements.map((element): Held => ({ element, op, ahead }))
    opening.held.push(...held)
    this.held += held.length
    if (ahead) this.ahead += held.length
    const took: Took = { _tag: "Took", elements: elements satisfies ReadonlyArray<Delivered> }
    if (opening.listener !== undefined) return this.tell(() => request.answer(took))
    // On the host an element is taken once its taker hears of it, and the taker may leave before.
    this.tell(() => {
      const at = opening.held.indexOf(held[0]!)
      if (at < 0) return request.answer(opening.isAway ? { _tag: "Moved" } : this.overFor(opening))
      opening.held.splice(at, held.length)
      this.enter(() => (request.isWithdrawn ? this.putBack(held) : this.noteTaken(opening, held)))
      if (!request.isWithdrawn) request.answer(took)
    })
  }

  private get isDrained(): boolean {
    const isTaken = this.queue.length + this.line.length + this.credit.sum + this.held === 0
    return isTaken && (this.settings.redeliver === "never" || this.undone === 0)
  }
}
