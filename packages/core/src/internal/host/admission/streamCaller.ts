/**
 * The pool as a `StreamCaller`: a streaming task is a task of the host, whose elements reach the caller's port. Wires only.
 *
 * @since 0.2.0
 */
import * as Message from "../../../protocol/messages/Message.ts"
import type { StreamCaller } from "../../shared/stream/StreamCaller.ts"
import { toWire } from "../../shared/stream/wire.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"
import type { HostTask, Pin } from "../tasks/HostTask.ts"
import { cancel, submit } from "./submission.ts"

/** With `pin`, on one worker. */
export const streamCaller = (engine: PoolEngine, pin?: Pin): StreamCaller<HostTask> => ({
  platform: engine.transport,
  start: ({ definition, fiber, onSettled, options, payload, port }) =>
    submit(engine, definition, payload, undefined, options, fiber, onSettled, pin, port),
  grant: (task, count) => task.holder?.tell(task, (frame) => Message.pushCredit(frame, task.ref, count)),
  send: (task, { transfer, wire }) =>
    task.holder?.tell(task, (frame) => Message.pushInput(frame, task.ref, toWire(wire)), transfer),
  move: (task, wire, transfer) =>
    task.holder?.move(task, (frame) => Message.pushInput(frame, task.ref, wire), transfer) ?? true,
  sendEnd: (task) => task.holder?.tell(task, (frame) => Message.pushInputEnd(frame, task.ref)),
  cancel: (task) => cancel(engine, task)
})
