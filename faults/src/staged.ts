// What goes wrong inside a worker that is told how, where `injections.ts` needs no more than a name.
import { appendFileSync, writeFileSync } from "node:fs"
import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import type { MessagePort } from "node:worker_threads"
import type { Transport } from "./system.ts"
import { spin } from "./injections.ts"

const megabyte = 1024 * 1024

const hoarded: Array<Uint8Array> = []

/** Written to, since the operating system gives no memory that nobody has touched. */
const hoard = (megabytes: number): number => {
  hoarded.push(new Uint8Array(megabytes * megabyte).fill(1))
  return holds()
}

/** What this worker has hoarded, in megabytes. */
const holds = (): number => hoarded.reduce((sum, { length }) => sum + length, 0) / megabyte

/** In steps, and the worker breathes between them: whoever watches its memory can see it grow. */
const gorge = async (megabytes: number): Promise<number> => {
  while (holds() < megabytes) {
    hoard(32)
    await delay(20)
  }
  return holds()
}

const staged = {
  hoard,
  holds,
  gorge,
  /** Leaves a mark in a file each time that it runs, and kills its worker. */
  poison: (file: string) => {
    appendFileSync(file, "x")
    process.exit(3)
  },
  /** Says that it is here, and never ends. */
  "mark-and-loop": (file: string) => {
    writeFileSync(file, "")
    for (;;);
  },
  /** Hears nothing, and answers after so many milliseconds. */
  late: (millis: number) => delay(millis, "late"),
  "late-spin": (millis: number) => {
    spin(millis)
    return "late"
  }
} as const

export interface Order {
  readonly name: keyof typeof staged
  readonly argument: any
}

/** Performs one. */
export const stage = ({ argument, name }: Order): unknown =>
  (staged[name] as (argument: any) => unknown)(argument)

/** A text, where the task declares a number. */
export const lie = (_n: number): unknown => "a text"

export interface Nesting {
  readonly system: string
  readonly transport: Transport
  /** How many pools within one another. */
  readonly depth: number
  /** Where the innermost worker says that it loops, instead of answering. */
  readonly file?: string
}

/** What the innermost worker is asked. */
export const innermost = ({ file }: Nesting): readonly [task: string, payload: unknown] =>
  file === undefined ? ["add", 41] : ["stage", { name: "mark-and-loop", argument: file } satisfies Order]

/** A way back to the host, where the system has none of its own. */
export interface Wire {
  readonly port: MessagePort
}

/** Asks the host through a port, and waits for its answer: the host runs another task of the same pool meanwhile. */
export const callBack = ({ port }: Wire): Promise<unknown> =>
  new Promise((resolve) => {
    port.once("message", (reply) => {
      port.close()
      resolve(reply)
    })
    port.postMessage("call")
  })

/** The same through `process.send`. */
export const callBackBySend = (): Promise<unknown> =>
  new Promise((resolve) => {
    const hear = (message: { readonly reply?: unknown } | null): void => {
      if (message === null || typeof message !== "object" || !("reply" in message)) return
      process.off("message", hear as never)
      resolve(message.reply)
    }
    process.on("message", hear as never)
    process.send!({ ask: "call" })
  })
