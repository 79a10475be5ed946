/**
 * The ports between the ends of channels and the side they live on: the host, or a job in a worker.
 *
 * An end crosses as a token: plain data that names the channel and the side. Decoding binds the token to the ports of the side where
 * it is decoded. A schema has no parameter for that side, so the side sets its ports around each encode and decode.
 *
 * @since 0.2.0
 */
import { currentHandler } from "./handler.ts"
import type { Movable } from "./movable.ts"
import type { ExitDetail } from "./outcome.ts"
import type { ServicePorts } from "./service.ts"

export type Side = "send" | "receive"

/** An end as plain data. `channel`: the number of the channel in its pool. */
export interface EndToken {
  readonly channel: number
  readonly side: Side
  /** Whether takers say when they are done with an element. */
  readonly acknowledge: boolean
  /** Whether the end moves when it crosses: half of a pipe's end. */
  readonly isExclusive: boolean
}

/** Why an end can go on no more. */
export type Over =
  | { readonly _tag: "Closed"; readonly by: "peer" | "self" | "scope" }
  | {
      readonly _tag: "Lost"
      readonly exit: ExitDetail | undefined
      readonly taken: number
      readonly uncertain: number
    }
  /** `error`: encoded by the channel's error schema. */
  | { readonly _tag: "Failed"; readonly error: unknown }
  | { readonly _tag: "Moved" }

export type Sent = { readonly _tag: "Sent" } | { readonly _tag: "Full"; readonly capacity: number } | Over

/** An element on its way to a taker, encoded. `id`: its number in the channel, where takers acknowledge. */
export interface Delivered {
  readonly value: unknown
  readonly id: number
  readonly redelivered: boolean
}

export type Took = { readonly _tag: "Took"; readonly elements: ReadonlyArray<Delivered> } | Over

/** Elements in their wire form, safe from later changes. `transfer`: the objects inside that move when they are posted. */
export interface Encoded {
  readonly elements: Array<unknown>
  readonly transfer: ReadonlyArray<Movable> | undefined
}

/** Takes an operation back, if its answer has not been given. */
export type Withdraw = () => void

interface Port {
  readonly ports: Ports
  readonly token: EndToken
  readonly name: string | undefined
  /** Whether the end has left this side; only exclusive ends do. */
  readonly hasMoved: boolean
  /** Calls back once nothing more comes from this end, and nothing more can be sent. */
  readonly whenOver: (listener: (over: Over) => void) => void
}

/** Sends encoded, captured elements. */
export interface SendPort extends Port {
  /** Answers once: at once, or later. `isTry`: does not wait for room. */
  readonly send: (encoded: Encoded, isTry: boolean, answer: (sent: Sent) => void) => Withdraw | undefined
  /** Ends the channel, with an encoded error or in order. */
  readonly end: (error: { readonly error: unknown } | undefined) => void
}

export interface ReceivePort extends Port {
  /** Answers once, with 1 to `most` elements: at once, or later. */
  readonly take: (most: number, answer: (took: Took) => void) => Withdraw | undefined
  /** Fetches elements ahead of the takers until the returned function is called, which gives back what nobody took. */
  readonly readAhead: () => () => void
  readonly done: (id: number) => void
}

/** One side of the boundary, as the ends decoded there see it. */
export interface Ports {
  /** The pool whose channels these are. An end of another pool does not cross here. */
  readonly pool: object
  /** Copies an encoded value; throws `Refused` for one that cannot cross. */
  readonly capture: (value: unknown) => unknown
  /** Copies encoded elements apart from the listed objects, which it takes from their owner; likewise throws. */
  readonly move: (elements: Array<unknown>, transfer: ReadonlyArray<Movable>) => Encoded
  /** Binds a token to this side. */
  readonly openSender: (token: EndToken) => SendPort
  readonly openReceiver: (token: EndToken) => ReceivePort
  /** The ends leave this side, inside an element of a channel. */
  readonly depart: (ends: Ends) => void
  /** For the references decoded on this side. */
  readonly services: ServicePorts
}

export type Ends = ReadonlyArray<SendPort | ReceivePort>

export const noEnds: Ends = []

/** Something with ports: a job. */
interface WithPorts {
  readonly ports?: Ports | undefined
}

// Invariant: both are set only while a value is encoded or decoded; restored afterwards.
let set: Ports | undefined
let collected: Array<SendPort | ReceivePort> | undefined

/** Decodes, or encodes, with the ports of this side. */
export const withPorts = <A>(ports: Ports | undefined, f: () => A): A => {
  const outer = set
  set = ports
  try {
    return f()
  } finally {
    set = outer
  }
}

/**
 * Encodes with the ports of this side; `undefined` stands for those of the handler that runs. Returns the ends inside the value too:
 * they leave when the value does, which may be later, or never.
 */
export const encodeWithEnds = <A>(
  ports: Ports | undefined,
  encode: () => A
): { readonly value: A; readonly ends: Ends } => {
  const outer = collected
  const ends: Array<SendPort | ReceivePort> = []
  collected = ends
  try {
    return { value: withPorts(ports, encode), ends }
  } finally {
    collected = outer
  }
}

/** An end is part of the value that is being encoded. */
export const collect = (port: SendPort | ReceivePort): void => {
  collected?.push(port)
}

/** The ports set around an encode or a decode; else those of the handler that runs. */
export const currentPorts = (): Ports | undefined => {
  if (set !== undefined) return set
  return (currentHandler() as WithPorts | undefined)?.ports
}
