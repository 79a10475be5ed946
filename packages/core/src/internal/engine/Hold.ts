/**
 * What one worker holds: its entries, the claim words they own, and the messages that are on their way to it.
 *
 * Receives entries from `HostWorker.send`, hands frames to the worker's connection.
 *
 * @since 0.1.0
 */
import type { Movable } from "../model/movable.ts"
import * as Claims from "../../protocol/Claims.ts"
import type { Unclonable } from "../../protocol/Clonable.ts"
import * as Message from "../../protocol/Message.ts"
import { Outbox } from "../../protocol/Outbox.ts"
import { defaults } from "../model/defaults.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import type { Entry } from "./Entry.ts"

export interface HoldOptions {
  readonly worker: WorkerId
  readonly concurrency: number
  readonly sharedMemory: boolean
  readonly post: (frame: Message.Frame, transfer?: ReadonlyArray<Movable>) => void
  readonly onRefused: (entry: Entry, found: Unclonable) => void
}

export class Hold {
  /** In the order they were sent. */
  readonly entries = new Map<TaskId, Entry>()
  /** Sum of the estimates of the entries, in milliseconds. */
  backlog = 0
  /** How many entries may be held; without shared words, only what it can run: nobody could take more back. */
  readonly depth: number
  readonly words: Claims.Words
  private readonly isShared: boolean
  private readonly concurrency: number
  private readonly outbox: Outbox
  // Invariant: the indexes of claim words that no held entry uses.
  private readonly free: Array<number> = []

  constructor(options: HoldOptions) {
    this.depth = options.sharedMemory ? Math.max(defaults.depth, options.concurrency) : options.concurrency
    const bytes = Claims.byteLength(this.depth)
    this.isShared = options.sharedMemory
    this.concurrency = options.concurrency
    this.words = new Int32Array(this.isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
    for (let index = this.depth - 1; index >= 0; index--) this.free.push(index)
    this.outbox = new Outbox({
      generation: options.worker,
      post: options.post,
      onRefused: (id, found) => {
        const entry = this.entries.get(id)
        if (entry !== undefined) options.onRefused(entry, found)
      }
    })
  }

  get isFull(): boolean {
    return this.free.length === 0
  }

  /** Takes an entry and lines up its message; `true` if that has been posted already. Must not be full. */
  add(entry: Entry): boolean {
    entry.index = this.free.pop()!
    entry.ticket = Claims.offer(this.words, entry.index)
    this.entries.set(entry.id, entry)
    this.backlog += entry.estimate
    // What moves travels alone; after that it is gone from here, so the entry cannot be sent again.
    if (entry.transfer !== undefined) this.outbox.flush()
    Message.pushRun(
      this.outbox.open(entry.id),
      entry.items !== undefined,
      entry.id,
      entry.index,
      entry.ticket,
      entry.name,
      entry.payload,
      entry.extra
    )
    if (entry.transfer === undefined) return false
    this.outbox.flush(entry.transfer)
    return true
  }

  /** `false` if it is not held (any more). */
  remove(entry: Entry): boolean {
    if (!this.entries.delete(entry.id)) return false
    this.free.push(entry.index)
    // Sums of fractions drift; an empty hold is exactly empty.
    this.backlog = this.entries.size === 0 ? 0 : this.backlog - entry.estimate
    return true
  }

  /** Posts what is lined up, unless that can wait; `false` then. */
  flushIfDue(): boolean {
    const isDue = !this.isFed
    if (isDue) this.outbox.flush()
    return isDue
  }

  /**
   * Whether what is lined up can wait for the next reply: the worker has everything posted that it can run, and more
   * behind it than would be posted now. Without this, a steady flow decays to posts of a few tasks each.
   */
  private get isFed(): boolean {
    const behind = this.entries.size - this.outbox.size - this.concurrency
    return behind > 0 && this.outbox.size < behind
  }

  /** Takes an entry back, if the worker has not claimed it. */
  revoke(entry: Entry): boolean {
    return this.isShared && Claims.revoke(this.words, entry.index, entry.ticket)
  }

  /** Takes back, from the last one on, what has not started. What was moved is not here to be sent elsewhere. */
  takeBack(limit: number): Array<Entry> {
    const taken: Array<Entry> = []
    for (const entry of Array.from(this.entries.values()).toReversed()) {
      if (taken.length >= limit) break
      if (entry.state === "sent" && entry.transfer === undefined && this.revoke(entry)) taken.push(entry)
    }
    return taken
  }

  /** Without shared words nobody knows; what was sent counts as started (G6). */
  claimOf(entry: Entry): Claims.ClaimState {
    return this.isShared ? Claims.read(this.words, entry.index, entry.ticket) : "claimed"
  }

  ask(entry: Entry): void {
    Claims.interrupt(this.words, entry.index, entry.ticket)
    Message.pushInterrupt(this.outbox.open(0), entry.id)
    this.outbox.flush()
  }

  askStop(): void {
    Message.pushStop(this.outbox.open(0))
    this.outbox.flush()
  }

  /** Whether the worker has started any of them. */
  get hasStarted(): boolean {
    for (const entry of this.entries.values()) {
      const claim = this.claimOf(entry)
      if (claim === "claimed" || claim === "done") return true
    }
    return false
  }

  /** Those that may run and were not asked to end, or are still within their grace. */
  get hasCoRunners(): boolean {
    for (const { state } of this.entries.values()) {
      if (state === "sent" || state === "running" || state === "interrupting") return true
    }
    return false
  }

  get hasOverdue(): boolean {
    for (const { state } of this.entries.values()) if (state === "terminating") return true
    return false
  }
}
