/**
 * `TransportMutants`: lying transports, each with one lie, to show a law failing on the transport underneath: on
 * simulated workers, threads, processes, or yours. A law passing on its mutant says nothing about your transport.
 *
 * @since 0.1.0
 */
import * as Message from "@heddle/core/protocol/messages/Message"
import { type WorkerConnection, type WorkerListener, WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Harness } from "./suite/Harness.ts"

/** A worker as the host sees it, in front of a mutant and behind it. */
interface Link {
  readonly connection: WorkerConnection
  readonly listener: WorkerListener
  /** Says something to the host in the worker's name, at the end of the turn; nothing once the worker is gone. */
  readonly forge: (say: (frame: Message.Frame) => void) => void
  /** Done when the transport is released. */
  readonly atLast: (f: () => void) => void
}

/** The replaced methods of a link. */
interface Lie {
  readonly post?: WorkerConnection["post"]
  readonly terminate?: () => void
  readonly onFrame?: (frame: unknown) => void
  readonly onExit?: WorkerListener["onExit"]
}

/**
 * - `what`: the broken behaviour, in a line.
 * - `law`: the name of the law due to catch the mutant.
 * - `lie`: how a worker's link is changed.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransportMutant {
  readonly name: string
  readonly what: string
  readonly law: string
  readonly lie: (link: Link) => Lie
}

const dropLateExit: TransportMutant = {
  name: "a transport drops a late exit",
  what: "the exit of a worker that was terminated is not reported",
  law: "a forced end is an end",
  lie: ({ connection, listener }) => {
    let isTerminated = false
    return {
      terminate: () => {
        isTerminated = true
        connection.terminate()
      },
      onExit: (exit) => {
        if (!isTerminated) listener.onExit(exit)
      }
    }
  }
}

const exitBeforeItsTime: TransportMutant = {
  name: "a transport reports an exit before its time",
  what: "a worker that is to be terminated is reported as gone, and goes on",
  law: "a forced end is an end",
  lie: ({ atLast, connection, listener }) => {
    let isReported = false
    return {
      terminate: () => {
        if (isReported) return
        isReported = true
        atLast(() => connection.terminate())
        listener.onExit({ exitCode: 1, outOfMemory: false, stderr: "" })
      },
      onFrame: (frame) => {
        if (!isReported) listener.onFrame(frame)
      },
      onExit: (exit) => {
        if (!isReported) listener.onExit(exit)
      }
    }
  }
}

const replyBeforeCleanup: TransportMutant = {
  name: "a transport replies before clean-up",
  what: "a request to end is acknowledged as soon as it is posted",
  law: "a forced end is an end",
  lie: ({ connection, forge }) => ({
    post: (frame, transfer) => {
      const interrupt = (ref: number) => forge((reply) => Message.pushFailed(reply, ref, [["Interrupt"]]))
      Message.readRequests(frame, { interrupt })
      connection.post(frame, transfer)
    }
  })
}

const replyTwice: TransportMutant = {
  name: "a transport delivers a reply twice",
  what: "the reply of a task is delivered again, as that of the next one",
  law: "bystander unharmed",
  lie: ({ connection, forge, listener }) => {
    let last: { readonly value: unknown } | undefined
    return {
      post: (frame, transfer) => {
        const again = last
        const run = (_many: boolean, ref: number) => {
          if (again !== undefined) forge((reply) => Message.pushSucceeded(reply, ref, again.value))
        }
        Message.readRequests(frame, { run })
        connection.post(frame, transfer)
      },
      onFrame: (frame) => {
        if (Array.isArray(frame))
          Message.readReplies(frame, { succeeded: (_, value) => void (last = { value }) })
        listener.onFrame(frame)
      }
    }
  }
}

/**
 * Every mutant.
 *
 * @category mutants
 * @since 0.1.0
 */
export const all: ReadonlyArray<TransportMutant> = [
  dropLateExit,
  exitBeforeItsTime,
  replyBeforeCleanup,
  replyTwice
]

/**
 * A harness whose transport is broken.
 *
 * **Example** (Each mutant breaks its own law)
 *
 * ```ts no-run
 * import type { TransportConformance } from "@heddle/testing"
 * import { Laws, TransportMutants } from "@heddle/testing"
 *
 * declare const mine: TransportConformance.Harness
 *
 * for (const mutant of TransportMutants.all) {
 *   const law = Laws.all.find(({ name }) => name === mutant.law)!
 *   const broken = TransportMutants.plant(mutant, mine)
 *   const exit = await broken.run(law.holds(broken))
 *   if (exit._tag === "Success") throw new Error(`${mutant.name}: it survived`)
 * }
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const plant = (mutant: TransportMutant, harness: Harness): Harness => ({
  ...harness,
  name: `${harness.name}: ${mutant.name}`,
  transport: (options) => Layer.provide(broken(mutant), harness.transport(options))
})

const broken = ({ lie }: TransportMutant): Layer.Layer<WorkerTransport, never, WorkerTransport> =>
  Layer.effect(
    WorkerTransport,
    Effect.gen(function* () {
      const honest = yield* WorkerTransport
      const last: Array<() => void> = []
      yield* Effect.addFinalizer(() => Effect.sync(() => last.forEach((f) => f())))
      return { ...honest, spawn: (start, listener) => spawn(honest, lie, last, start, listener) }
    })
  )

const spawn = (
  honest: WorkerTransport["Service"],
  lie: TransportMutant["lie"],
  last: Array<() => void>,
  start: Message.Start,
  listener: WorkerListener
): WorkerConnection => {
  let isGone = false
  /** Counts the frames of every sender: the number of the host's next frame. */
  let sequence = 0
  const toHost: WorkerListener = {
    onFrame: (frame) => {
      if (Array.isArray(frame)) listener.onFrame([frame[0], sequence++, ...frame.slice(2)])
      else listener.onFrame(frame)
    },
    onStray: (message) => listener.onStray(message),
    onExit: (exit) => {
      isGone = true
      listener.onExit(exit)
    }
  }
  const forge: Link["forge"] = (say) =>
    honest.endOfTurn(() => {
      if (isGone) return
      const frame = Message.emptyFrame(start.workerEpoch, 0)
      say(frame)
      toHost.onFrame(frame)
    })
  // Made at the connection; a worker sends nothing before.
  let lies: Lie = {}
  const connection = honest.spawn(start, {
    onFrame: (frame) => (lies.onFrame ?? toHost.onFrame)(frame),
    onStray: toHost.onStray,
    onExit: (exit) => (lies.onExit ?? toHost.onExit)(exit)
  })
  lies = lie({ connection, listener: toHost, forge, atLast: (f) => last.push(f) })
  const { activity, expectSoon, memory } = connection
  return {
    threadId: connection.threadId,
    pid: connection.pid,
    post: lies.post ?? ((frame, transfer) => connection.post(frame, transfer)),
    drain: () => connection.drain(),
    expectSoon: expectSoon === undefined ? undefined : () => expectSoon.call(connection),
    memory: memory === undefined ? undefined : (report) => memory.call(connection, report),
    activity: activity === undefined ? undefined : (report) => activity.call(connection, report),
    terminate: lies.terminate ?? (() => connection.terminate())
  }
}
