/**
 * `RunnerEndpoint` of a worker process.
 *
 * @since 0.1.0
 */
import { Socket } from "node:net"
import * as Claims from "@heddle/core/protocol/claims/Claims"
import * as Message from "@heddle/core/protocol/messages/Message"
import type { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import { importModule } from "./builtSibling.ts"
import { attribution } from "./attribution.ts"
import * as crossing from "./checkClonable.ts"
import { isExotic } from "./exotic.ts"
import { writeAll } from "./descriptors.ts"
import { inbound, outbound, type ProcessBoot } from "./processBoot.ts"
import { decode, encode, Kind, RecordReader } from "./records.ts"
import { hold } from "./watchdog.ts"

export const toEndpoint = ({
  mark,
  maxFrameBytes,
  nonce,
  notices,
  start
}: ProcessBoot): RunnerEndpoint["Service"] => {
  const adopting: Message.RequestVisitor = {
    route: () => {},
    run: (_many, ref) =>
      hold(notices, ref, Claims.indexOf(start.claimCapacity, ref), Claims.ticketOf(start.claimCapacity, ref)),
    interrupt: () => {},
    stop: () => {},
    returned: () => {},
    accepted: () => {},
    snapshot: () => {}
  }
  return {
    start,
    isProcess: true,
    isExotic,
    ...attribution(mark),
    // Written when this returns: an exit, a loop or a crash that follows takes nothing of it back (G5). While the host
    // does not read, the worker waits, as full pipes make their writers do.
    post: (frame, transfer) => {
      crossing.check(frame, maxFrameBytes, transfer)
      const record = encode(nonce, Kind.frame, frame, maxFrameBytes)
      crossing.detach(transfer)
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
      // The host closes nothing that it still needs; when it is gone the watchdog ends this process.
      pipe.on("error", () => {})
    },
    endOfTurn: queueMicrotask,
    importModule,
    // In a turn of its own, so that what `endOfTurn` holds back is posted first; an exit, since a stray timer of
    // somebody's code would keep the process for ever (G2).
    close: () => void setImmediate(() => process.exit(0))
  }
}
