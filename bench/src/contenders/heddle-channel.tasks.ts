// The contracts of the tasks that hold ends of channels. Apart, so that other workers need not load channels.
import * as Channel from "@heddle/core/Channel"
import { ChannelError } from "@heddle/core/ChannelError"
import * as Pipe from "@heddle/core/Pipe"
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"
import { Chunk, Reading } from "./heddle.tasks.ts"
import type { Kind } from "./readings.ts"

const manner = Schema.Literals(["arrays", "stream", "each"])

export const SendReadings = Task.make("SendReadings", {
  payload: { count: Schema.Finite, manner, out: Channel.Sender(Reading) },
  error: ChannelError
})
export const TakeReadings = Task.make("TakeReadings", {
  payload: { manner, from: Channel.Receiver(Reading) },
  success: Schema.Finite,
  error: ChannelError
})
export const SendChunks = Task.make("SendChunks", {
  payload: { count: Schema.Finite, manner, out: Channel.Sender(Chunk) },
  error: ChannelError
})
export const TakeChunks = Task.make("TakeChunks", {
  payload: { manner, from: Channel.Receiver(Chunk) },
  success: Schema.Finite,
  error: ChannelError
})

/** Seen by one type, since the code of both kinds is the same; the schemas check what crosses. */
interface FlowTasks {
  readonly element: Schema.Codec<any>
  readonly send: typeof SendReadings
  readonly take: typeof TakeReadings
}

export const flowTasks = {
  objects: { element: Reading, send: SendReadings, take: TakeReadings },
  typed: { element: Chunk, send: SendChunks, take: TakeChunks }
} as unknown as Readonly<Record<Kind, FlowTasks>>

/** Answers each number with the next one, until no more come. */
export const Echo = Task.make("Echo", {
  payload: { from: Channel.Receiver(Schema.Finite), to: Channel.Sender(Schema.Finite) },
  error: ChannelError
})
export const PipeEcho = Task.make("PipeEcho", {
  payload: { pipe: Pipe.End(Schema.Finite, Schema.Finite) },
  error: ChannelError
})
