/**
 * The pool of a handler's worker as a `Caller`: chunks become calls to the host. Wires only.
 *
 * @since 0.1.0
 */
import type { Caller } from "../../shared/Caller.ts"
import type { NestedCalls, OpenCall } from "./NestedCalls.ts"

/** `width`: how many chunks are in flight, unless the options say otherwise. */
export const workerCaller = (calls: NestedCalls, width: number): Caller<OpenCall> => ({
  width,
  sharedChunks: undefined,
  drawing: (definition) => calls.drawing(definition),
  chunkSize: (definition, most) => calls.chunkSize(definition, most),
  start: ({ definition, fiber, onSettled, options, payloads }) =>
    calls.start(fiber, {
      definition,
      payload: payloads,
      items: payloads.length,
      options,
      onReturned: ({ exit }) => onSettled(exit)
    }),
  endAsSibling: (call) => calls.endAsSibling(call)
})
