// How a task may call one of its own pool where the pool has nothing for that: it is given a port, and the host calls for it.
import { MessageChannel, type MessagePort } from "node:worker_threads"
import type { Awaited, Pool } from "../system.ts"

/** `send`: calls `callBack` with a payload that holds the port, and transfers it. */
export const overPort =
  (
    call: Pool["call"],
    send: (payload: { readonly port: MessagePort }, port: MessagePort) => Promise<unknown>
  ) =>
  async (whom: Awaited): Promise<unknown> => {
    const { port1, port2 } = new MessageChannel()
    port1.once("message", () => {
      const called = whom === "another" ? call("add", 41) : overPort(call, send)(whom)
      called.then(
        (reply) => port1.postMessage(reply),
        () => port1.postMessage("failed")
      )
    })
    try {
      return await send({ port: port2 }, port2)
    } finally {
      port1.close()
    }
  }
