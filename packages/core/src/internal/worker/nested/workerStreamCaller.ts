/**
 * The pool of a handler's worker as a `StreamCaller`: a streaming task is a call to the host, which relays the elements. Wires only.
 *
 * @since 0.2.0
 */
import * as Message from "../../../protocol/messages/Message.ts"
import type { StreamCaller } from "../../shared/stream/StreamCaller.ts"
import { toWire } from "../../shared/stream/wire.ts"
import type { NestedCalls, OpenCall } from "./NestedCalls.ts"

export const workerStreamCaller = (calls: NestedCalls): StreamCaller<OpenCall> => ({
  platform: calls.platform,
  start: ({ definition, fiber, onSettled, options, payload, port }) =>
    calls.start(fiber, {
      definition,
      payload,
      options,
      port,
      onReturned: ({ exit }) => onSettled(exit)
    }),
  grant: (call, count) => calls.tell(call, (frame) => Message.pushCallCredit(frame, call.number, count)),
  send: (call, { transfer, wire }) =>
    calls.tell(call, (frame) => Message.pushCallInput(frame, call.number, toWire(wire)), transfer),
  // The host relays the elements: a second move is the smallest part of the way.
  move: () => false,
  sendEnd: (call) => calls.tell(call, (frame) => Message.pushCallInputEnd(frame, call.number)),
  cancel: (call) => calls.cancel(call)
})
