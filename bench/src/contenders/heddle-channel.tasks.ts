// The contracts of the tasks that hold ends of channels. Apart, so that other workers need not load channels.
import * as Channel from "@heddle/core/Channel"
import { ChannelError } from "@heddle/core/ChannelError"
import * as Pipe from "@heddle/core/Pipe"
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"
import { Chunk, Reading } from "./heddle.tasks.ts"
import type { Kind } from "./readings.ts"

const manner = Schema.Literals(["arrays", "stream", "each"])

/** Seen by one type, since the code of both kinds is the same; the schema checks what crosses. */
const flowOf = (kind: Kind, element: Schema.Codec<any>) => ({
  element,
  send: Task.make(`Send ${kind}`, {
    payload: { count: Schema.Finite, manner, out: Channel.Sender(element) },
    error: ChannelError
  }),
  take: Task.make(`Take ${kind}`, {
    payload: { manner, from: Channel.Receiver(element) },
    success: Schema.Finite,
    error: ChannelError
  })
})

export const flowTasks: Readonly<Record<Kind, ReturnType<typeof flowOf>>> = {
  objects: flowOf("objects", Reading),
  typed: flowOf("typed", Chunk)
}

/** Answers each number with the next one, until no more come. */
export const Echo = Task.make("Echo", {
  payload: { from: Channel.Receiver(Schema.Finite), to: Channel.Sender(Schema.Finite) },
  error: ChannelError
})
export const PipeEcho = Task.make("PipeEcho", {
  payload: { pipe: Pipe.End(Schema.Finite, Schema.Finite) },
  error: ChannelError
})
