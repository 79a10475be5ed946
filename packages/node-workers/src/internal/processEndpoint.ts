/**
 * The `RunnerEndpoint` of a worker process. Wires only; records, checks and claims have modules of their own.
 *
 * @since 0.1.0
 */
import { Socket } from "node:net"
import * as Claims from "@heddle/core/protocol/claims/Claims"
import * as Message from "@heddle/core/protocol/messages/Message"
import type { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import { importModule } from "./builtSibling.ts"
import { attribution } from "./attribution.ts"
import { checkClonable, detachTransferred } from "./checkClonable.ts"
import { isExotic } from "./exotic.ts"
import { writeAll } from "./descriptors.ts"
import { inbound, outbound, type ProcessBoot } from "./processBoot.ts"
import { decode, encode, Kind, RecordReader } from "./records.ts"
import { adoptTask } from "./watchdog.ts"

export const toEndpoint = ({
  mark,
  maxFrameBytes,
  nonce,
  notices,
  start
}: ProcessBoot): RunnerEndpoint["Service"] => {
  const adopting: Partial<Message.RequestVisitor> = {
    run: (_many, ref) =>
      adoptTask(
        notices,
        ref,
        Claims.indexOf(start.claimCapacity, ref),
        Claims.ticketOf(start.claimCapacity, ref)
      )
  }
  return {
    start,
    isProcess: true,
    isExotic,
    ...attribution(mark),
    // The whole record is in the pipe when `post` returns, so no later exit, loop or crash can take a frame back (G5). While
    // the pipe is full, the worker blocks.
    post: (frame, transfer) => {
      checkClonable(frame, maxFrameBytes, transfer)
      const record = encode(nonce, Kind.frame, frame, maxFrameBytes)
      detachTransferred(transfer)
      writeAll(outbound, record)
    },
    listen: (onFrame) => {
      const reader = new RecordReader(nonce, maxFrameBytes, (_kind, body) => {
        const frame = decode(body) as Message.Frame
        Message.readRequests(frame, adopting)
        onFrame(frame)
      })
      const pipe = new Socket({ fd: inbound, readable: true, writable: false })
      pipe.on("data", (chunk) => reader.push(chunk))
      // The pipe fails only when the host is gone, and then the watchdog ends this process.
      pipe.on("error", () => {})
    },
    endOfTurn: queueMicrotask,
    importModule,
    // Exit in a later turn, so that frames held back by `endOfTurn` are posted first. Exit rather than return, since a stray
    // timer would keep the process alive for ever (G2).
    close: () => void setImmediate(() => process.exit(0))
  }
}
