/**
 * The sending end of a stream between two threads: sends as many elements as it has credit for, and waits for more.
 *
 * Receives elements from the fiber that runs the stream, and hands them to a side's messages. Upholds G14.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type { Convert } from "../../../protocol/values/Codec.ts"
import * as Capture from "../../../protocol/values/Capture.ts"
import type { Movable } from "../../model/movable.ts"

/** Elements in their wire form, safe from later changes. `transfer`: the objects inside that move. */
export interface Elements {
  readonly wire: Array<unknown>
  readonly transfer: Array<Movable> | undefined
}

export interface EmitterOptions {
  /** How many elements may be sent before the first grant. */
  readonly credit: number
  /** Throws the reason why an element cannot be sent. */
  readonly encode: Convert
  /** Lists the objects of an element that move; absent for elements without. */
  readonly transferOf: ((element: unknown) => Array<Movable>) | undefined
  readonly platform: Capture.Platform
  readonly send: (elements: Elements) => void
  /** Sends elements at once, all of whose parts move. Returns `false` if they were not sent: then nothing has moved. */
  readonly move: (wire: Array<unknown>, transfer: ReadonlyArray<Movable>) => boolean
}

export class Emitter {
  private readonly options: EmitterOptions
  private credit: number
  private waiter: (() => void) | undefined

  constructor(options: EmitterOptions) {
    this.options = options
    this.credit = options.credit
  }

  /** The consumer can take so many more. */
  grant(count: number): void {
    this.credit += count
    const { waiter } = this
    this.waiter = undefined
    waiter?.()
  }

  readonly awaitCredit: Effect.Effect<void> = Effect.callback((resume) => {
    if (this.credit > 0) return resume(Effect.void)
    this.waiter = () => resume(Effect.void)
    return Effect.sync(() => {
      this.waiter = undefined
    })
  })

  /**
   * Sends elements in order, and waits whenever the credit is used up. Fails with the reason why an element cannot be sent, after
   * the elements before it.
   */
  readonly emit = (elements: ReadonlyArray<unknown>): Effect.Effect<void, unknown> =>
    Effect.suspend(() => this.emitFrom(elements, 0))

  private emitFrom(elements: ReadonlyArray<unknown>, from: number): Effect.Effect<void, unknown> {
    const end = Math.min(elements.length, from + this.credit)
    try {
      if (end > from) this.send(elements, from, end)
    } catch (error) {
      return Effect.fail(error)
    }
    if (end === elements.length) return Effect.void
    return Effect.flatMap(this.awaitCredit, () => this.emitFrom(elements, end))
  }

  private send(elements: ReadonlyArray<unknown>, from: number, end: number): void {
    if (this.options.transferOf === undefined || !this.moveAll(elements, from, end)) {
      this.sendCaptured(elements, from, end)
    }
  }

  /**
   * Sends buffers and their views as they are: a buffer that moves needs no capture, and moving it once takes half of the time. Returns
   * `false` if one of the elements has a part that does not move, or cannot be sent.
   */
  private moveAll(elements: ReadonlyArray<unknown>, from: number, end: number): boolean {
    const { encode, move, transferOf } = this.options
    const wire: Array<unknown> = []
    const transfer: Array<Movable> = []
    try {
      for (let i = from; i < end; i++) {
        const moving = transferOf!(elements[i])
        const encoded = encode(elements[i])
        // A detached buffer has no bytes.
        if (!Capture.isMovedWhole(encoded, moving) || (moving[0] as ArrayBuffer).byteLength === 0)
          return false
        wire.push(encoded)
        transfer.push(moving[0]!)
      }
      // Two views of one buffer.
      if (new Set(transfer).size < transfer.length) return false
    } catch {
      // The element is found, and its reason told, when the elements are captured one by one.
      return false
    }
    if (!move(wire, transfer)) return false
    this.credit -= wire.length
    return true
  }

  private sendCaptured(elements: ReadonlyArray<unknown>, from: number, end: number): void {
    const { encode, platform, send, transferOf } = this.options
    const wire: Array<unknown> = []
    const transfer: Array<Movable> = []
    try {
      for (let i = from; i < end; i++) {
        const element = elements[i]
        const moving = transferOf?.(element)
        if (moving === undefined || moving.length === 0) {
          wire.push(Capture.capture(encode(element), platform))
          continue
        }
        const moved = Capture.move(encode(element), moving, platform)
        wire.push(moved.value)
        transfer.push(...(moved.transfer ?? []))
      }
    } finally {
      this.credit -= wire.length
      if (wire.length > 0) send({ wire, transfer: transfer.length > 0 ? transfer : undefined })
    }
  }
}
