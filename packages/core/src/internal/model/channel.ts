/**
 * The options of a channel, and what is known about one.
 *
 * @since 0.2.0
 */
import type { Effect } from "effect/Effect"
import type { ReceivePort, SendPort, Sent } from "./ports.ts"
import { InvalidOption } from "../../InvalidOption.ts"
import { own } from "./own.ts"
import { boolean, checkKeys, integer, oneOf, unexpected } from "./validation.ts"

export type Policy = "suspend" | "reject" | "dropOldest"

/**
 * The options of a channel, apart from its schemas.
 *
 * - `capacity`: how many elements the channel holds at most, sent and not taken; 1 to 1,048,576. Default 256.
 * - `name`: for errors. Default none.
 * - `policy`: what a send does at the capacity. `suspend` waits for room, `reject` fails with `Full`, `dropOldest` drops the element
 *   that has waited longest. Default `suspend`.
 * - `acknowledge`: takers get each element with a `done`, and `join` waits for all of them. Default false.
 * - `redeliver`: what becomes of an element whose taker is lost before it was `done`. `never` counts it as uncertain, `once` puts it
 *   back in front of the channel, marked as `redelivered`. Needs `acknowledge`. Default `never`.
 * - `onLost`: what the loss of a worker that uses the channel means for the others. `fail` ends the channel with `PeerLost`,
 *   `continue` lets the others go on. Default `fail`.
 */
export interface ChannelOptions {
  readonly capacity?: number | undefined
  readonly name?: string | undefined
  readonly policy?: Policy | undefined
  readonly acknowledge?: boolean | undefined
  readonly redeliver?: "never" | "once" | undefined
  readonly onLost?: "fail" | "continue" | undefined
}

export interface ChannelSettings {
  readonly capacity: number
  readonly name: string | undefined
  readonly policy: Policy
  readonly acknowledge: boolean
  readonly redeliver: "never" | "once"
  readonly onLost: "fail" | "continue"
  /** Each side has one user at a time, whose end closes the channel: half of a pipe. */
  readonly isExclusive: boolean
}

export const channelDefaults = { capacity: 256, buffer: 64, mostCapacity: 2 ** 20 }

const keys = ["capacity", "name", "policy", "acknowledge", "redeliver", "onLost"]

export const resolveChannel = (given: ChannelOptions): ChannelSettings => {
  const options = own(given)
  checkKeys(options, keys, "")
  const {
    acknowledge = false,
    capacity = channelDefaults.capacity,
    name,
    onLost = "fail",
    policy = "suspend",
    redeliver = "never"
  } = options
  if (name !== undefined && typeof name !== "string") throw unexpected("name", "a text", name)
  boolean("acknowledge", acknowledge)
  oneOf("redeliver", redeliver, ["never", "once"])
  if (redeliver === "once" && !acknowledge) {
    throw new InvalidOption("redeliver", "needs acknowledge: true, as only such takers see the mark")
  }
  return {
    capacity: integer("capacity", capacity, 1, channelDefaults.mostCapacity),
    name,
    policy: oneOf("policy", policy, ["suspend", "reject", "dropOldest"]),
    acknowledge,
    redeliver,
    onLost: oneOf("onLost", onLost, ["fail", "continue"]),
    isExclusive: false
  }
}

/**
 * A picture of a channel.
 *
 * - `queued`: elements that wait for a taker. `ahead`: elements that a stream in a worker has fetched and not taken yet.
 * - `sent`, `taken`, `dropped`, `uncertain`: elements so far. `unfinished`: elements which `join` waits for.
 * - `waitingSenders`, `waitingReceivers`: operations that wait.
 * - `senders`, `receivers`: ends that tasks in workers have open.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChannelSnapshot {
  readonly state: "open" | "draining" | "over"
  readonly capacity: number
  readonly queued: number
  readonly ahead: number
  readonly sent: number
  readonly taken: number
  readonly dropped: number
  readonly uncertain: number
  readonly unfinished: number
  readonly waitingSenders: number
  readonly waitingReceivers: number
  readonly senders: number
  readonly receivers: number
}

/** A channel as its maker sees it. */
export interface MadeChannel {
  readonly sender: SendPort
  readonly receiver: ReceivePort
  /** Calls back once all elements are finished; returns how to leave. */
  readonly join: (answer: (sent: Sent) => void) => () => void
  readonly snapshot: () => ChannelSnapshot
  /** Ends the channel with its scope. */
  readonly close: () => void
}

/** Makes a channel; `undefined` when the pool is closed. */
export type MakeChannel = (settings: ChannelSettings) => Effect<MadeChannel | undefined>

/** Makes two channels, back to back. */
export type MakePipe = (settings: ChannelSettings) => Effect<readonly [MadeChannel, MadeChannel] | undefined>
