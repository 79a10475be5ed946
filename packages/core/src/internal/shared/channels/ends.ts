/**
 * The ends of a channel as a program sees them, the same on both sides: elements are encoded and decoded here, and the answers of a
 * port become Effects.
 *
 * @since 0.2.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import {
  ChannelError,
  Closed,
  Full,
  Misfit,
  Moved,
  PeerLost,
  type Reason,
  Unsendable
} from "../../../ChannelError.ts"
import type { ElementCodec } from "../../../protocol/values/ElementCodec.ts"
import { isInstance } from "../../model/foreign.ts"
import type { Delivered, Encoded, Over, ReceivePort, SendPort, Sent } from "../../model/ports.ts"
import { integer } from "../../model/validation.ts"

export const SenderTypeId = "~@heddle/core/Channel/Sender"
export const ReceiverTypeId = "~@heddle/core/Channel/Receiver"

/**
 * The sending end of a channel. Ends may be many: all of them send to the same channel.
 *
 * - `send`: waits while the channel is at its capacity, unless its policy says otherwise (G14). An interrupted `send` has sent nothing,
 *   or all of it.
 * - `sendAll`: sends elements in order. Interrupted, it has sent the first ones.
 * - `sendIfAvailable`: does not wait; `false` when the channel is at its capacity.
 * - `end`: ends the channel, for all of its ends. What was sent is received first.
 * - `fail`: the same; receivers then fail with the error.
 * - `sink`: sends what a stream emits. Does not end the channel.
 *
 * What the schema of the elements transfers (`Task.transfer`) is taken from its owner by all of these but `sendIfAvailable`, also when they
 * fail.
 *
 * @category models
 * @since 0.2.0
 */
export interface Sender<in A, in E = never> {
  readonly [SenderTypeId]: typeof SenderTypeId
  readonly send: (element: A) => Effect.Effect<void, ChannelError>
  readonly sendAll: (elements: Iterable<A>) => Effect.Effect<void, ChannelError>
  readonly sendIfAvailable: (element: A) => Effect.Effect<boolean, ChannelError>
  readonly end: Effect.Effect<void>
  readonly fail: (error: E) => Effect.Effect<void, ChannelError>
  readonly sink: Sink.Sink<void, A, never, ChannelError>
}

/**
 * The receiving end of a channel. Ends may be many: each element goes to one of them, to whoever has waited longest.
 *
 * - `take`: the next element, in order. Fails with `Closed` after the last one, with `PeerLost` when a worker is lost that used the
 *   channel, and with the error of `Sender.fail`; what had arrived is received first. An interrupted `take` has taken nothing.
 * - `takeUpTo`: waits for one element, and takes up to `n`.
 * - `stream`: what `take` gives; `Closed` ends the stream. In a worker, the stream fetches elements ahead, 64 or, where it is the only
 *   receiver, up to half of the capacity and at most 256; those that it has not emitted when it ends go back to the channel.
 * - `each`: runs an effect for one element after the other, until the channel is closed. Fetches nothing ahead, so that several
 *   receivers share slow work evenly. Where takers acknowledge, the element is `done` after the effect has succeeded.
 *
 * @category models
 * @since 0.2.0
 */
export interface Receiver<out A, out E = never> {
  readonly [ReceiverTypeId]: typeof ReceiverTypeId
  readonly take: Effect.Effect<A, E | ChannelError>
  readonly takeUpTo: (n: number) => Effect.Effect<ReadonlyArray<A>, E | ChannelError>
  readonly stream: Stream.Stream<A, E | ChannelError>
  readonly each: <X, E2, R2>(
    f: (element: A) => Effect.Effect<X, E2, R2>
  ) => Effect.Effect<void, E | E2 | ChannelError, R2>
}

/**
 * An element of a channel whose takers acknowledge.
 *
 * - `done`: says that the element is finished; `Channel.join` waits for all of them. Twice is as good as once.
 * - `redelivered`: whether an earlier taker was lost with this element.
 *
 * @category models
 * @since 0.2.0
 */
export interface Delivery<out A> {
  readonly value: A
  readonly done: Effect.Effect<void>
  readonly redelivered: boolean
}

/** Returns why an operation has failed. */
export const reasonOf = (over: Exclude<Over, { readonly _tag: "Failed" }>): Reason => {
  switch (over._tag) {
    case "Closed":
      return new Closed({ by: over.by })
    case "Moved":
      return new Moved()
    case "Lost": {
      const { exit, taken, uncertain } = over
      return new PeerLost({ ...(exit === undefined ? undefined : { exit }), taken, uncertain })
    }
  }
}

const failWith = (name: string | undefined, reason: Reason): Exit.Exit<never, ChannelError> =>
  Exit.fail(new ChannelError({ ...(name === undefined ? undefined : { channel: name }), reason }))

/** A refusal of an element is typed; anything else that a schema throws is a defect. */
const refused = (name: string | undefined, error: unknown): Exit.Exit<never, ChannelError> =>
  isInstance(error, Misfit) || isInstance(error, Unsendable) ? failWith(name, error) : Exit.die(error)

/** `Failed` reaches receivers only. */
export const sentExit = (name: string | undefined, sent: Sent): Exit.Exit<void, ChannelError> => {
  switch (sent._tag) {
    case "Sent":
      return Exit.void
    case "Full":
      return failWith(name, new Full({ capacity: sent.capacity }))
    case "Failed":
      return failWith(name, new Closed({ by: "peer" }))
    default:
      return failWith(name, reasonOf(sent))
  }
}

type Resume<A, E> = (exit: Effect.Effect<A, E>) => void

const withdrawing = (withdraw: (() => void) | undefined): Effect.Effect<void> | void =>
  withdraw === undefined ? undefined : Effect.sync(withdraw)

class SenderEnd implements Sender<any, any> {
  readonly [SenderTypeId]: typeof SenderTypeId = SenderTypeId
  readonly port: SendPort
  readonly codec: ElementCodec

  constructor(port: SendPort, codec: ElementCodec) {
    this.port = port
    this.codec = codec
  }

  send(element: unknown): Effect.Effect<void, ChannelError> {
    return Effect.callback((resume: Resume<void, ChannelError>) => this.offer([element], resume))
  }

  sendAll(elements: Iterable<unknown>): Effect.Effect<void, ChannelError> {
    return Effect.callback((resume: Resume<void, ChannelError>) => {
      const list = Array.from(elements)
      return list.length === 0 ? resume(Effect.void) : this.offer(list, resume)
    })
  }

  private offer(
    elements: ReadonlyArray<unknown>,
    resume: Resume<void, ChannelError>
  ): Effect.Effect<void> | void {
    const { codec, port } = this
    let encoded: Encoded
    try {
      encoded = codec.encode(elements, port.ports, true)
    } catch (error) {
      return resume(refused(port.name, error))
    }
    return withdrawing(port.send(encoded, false, (sent) => resume(sentExit(port.name, sent))))
  }

  sendIfAvailable(element: unknown): Effect.Effect<boolean, ChannelError> {
    return Effect.callback((resume: Resume<boolean, ChannelError>) => {
      const { codec, port } = this
      let encoded: Encoded
      try {
        // Its owner keeps what is not sent.
        encoded = codec.encode([element], port.ports, false)
      } catch (error) {
        return resume(refused(port.name, error))
      }
      const answer = (sent: Sent) =>
        resume(sent._tag === "Full" ? Exit.succeed(false) : Exit.map(sentExit(port.name, sent), () => true))
      return withdrawing(port.send(encoded, true, answer))
    })
  }

  get end(): Effect.Effect<void> {
    return Effect.sync(() => this.port.end(undefined))
  }

  fail(error: unknown): Effect.Effect<void, ChannelError> {
    return Effect.suspend(() => {
      const { codec, port } = this
      try {
        port.end({ error: codec.encodeError(error, port.ports) })
      } catch (thrown) {
        return refused(port.name, thrown)
      }
      return Effect.void
    })
  }

  get sink(): Sink.Sink<void, unknown, never, ChannelError> {
    return Sink.forEachArray((elements: ReadonlyArray<unknown>) => this.sendAll(elements))
  }
}

class ReceiverEnd implements Receiver<any, any> {
  readonly [ReceiverTypeId]: typeof ReceiverTypeId = ReceiverTypeId
  readonly port: ReceivePort
  readonly codec: ElementCodec

  constructor(port: ReceivePort, codec: ElementCodec) {
    this.port = port
    this.codec = codec
  }

  private takeMany(most: number): Effect.Effect<Array<any>, any> {
    return Effect.callback((resume: Resume<Array<any>, any>) => {
      const { port } = this
      return withdrawing(
        port.take(most, (took) =>
          resume(took._tag === "Took" ? this.decode(took.elements) : this.overExit(took))
        )
      )
    })
  }

  private decode(elements: ReadonlyArray<Delivered>): Exit.Exit<Array<unknown>, ChannelError> {
    const { codec, port } = this
    try {
      const values = codec.decode(elements, port.ports)
      if (!port.token.acknowledge) return Exit.succeed(values)
      return Exit.succeed(values.map((value, i) => this.delivery(value, elements[i]!)))
    } catch (error) {
      return refused(port.name, error)
    }
  }

  private delivery(value: unknown, { id, redelivered }: Delivered): Delivery<unknown> {
    let isDone = false
    const done = Effect.sync(() => {
      if (!isDone) this.port.done(id)
      isDone = true
    })
    return { value, done, redelivered }
  }

  private overExit(over: Over): Exit.Exit<never, unknown> {
    const { codec, port } = this
    if (over._tag !== "Failed") return failWith(port.name, reasonOf(over))
    try {
      return Exit.fail(codec.decodeError(over.error, port.ports))
    } catch (error) {
      return refused(port.name, error)
    }
  }

  get take(): Effect.Effect<any, any> {
    return Effect.map(this.takeMany(1), ([element]) => element as unknown)
  }

  takeUpTo(n: number): Effect.Effect<ReadonlyArray<any>, any> {
    return this.takeMany(integer("n", n, 1, 2 ** 31))
  }

  get stream(): Stream.Stream<any, any> {
    const ahead = Effect.acquireRelease(
      Effect.sync(() => this.port.readAhead()),
      (stop) => Effect.sync(stop)
    )
    const pull = Effect.matchEffect(this.takeMany(1), {
      onSuccess: (elements) => Effect.succeed(elements),
      onFailure: (error: unknown) => (isClosed(error) ? Cause.done() : Effect.fail(error))
    })
    return Stream.scoped(Stream.fromPull(Effect.as(ahead, pull as Effect.Effect<[unknown], unknown>)))
  }

  each<X, E2, R2>(f: (element: any) => Effect.Effect<X, E2, R2>): Effect.Effect<void, any, R2> {
    const { acknowledge } = this.port.token
    const next = Effect.matchEffect(this.take, {
      onSuccess: (element) => {
        const ran = Effect.suspend(() => f(element))
        return Effect.as(acknowledge ? Effect.andThen(ran, (element as Delivery<unknown>).done) : ran, true)
      },
      onFailure: (error: unknown) => (isClosed(error) ? Effect.succeed(false) : Effect.fail(error))
    })
    return Effect.suspend(() => {
      let goesOn = true
      return Effect.whileLoop({
        while: () => goesOn,
        body: () => next,
        step: (isMore: boolean) => {
          goesOn = isMore
        }
      })
    })
  }
}

const isClosed = (error: unknown): boolean =>
  isInstance(error, ChannelError) && error.reason._tag === "Closed" && error.reason.by !== "scope"

/** Methods of ends are used detached, as functions of a record are. */
const detached = <A extends object>(end: A, names: ReadonlyArray<keyof A>): A => {
  for (const name of names) {
    const method = end[name] as unknown as Function
    Object.defineProperty(end, name, { value: method.bind(end) })
  }
  return end
}

export const makeSender = (port: SendPort, codec: ElementCodec): Sender<any, any> =>
  detached(new SenderEnd(port, codec), ["send", "sendAll", "sendIfAvailable", "fail"])

export const makeReceiver = (port: ReceivePort, codec: ElementCodec): Receiver<any, any> =>
  detached(new ReceiverEnd(port, codec), ["takeUpTo", "each"])

export const isSenderEnd = (u: unknown): u is Sender<any, any> & { readonly port: SendPort } =>
  isInstance(u, SenderEnd)

export const isReceiverEnd = (u: unknown): u is Receiver<any, any> & { readonly port: ReceivePort } =>
  isInstance(u, ReceiverEnd)
