/**
 * The pool as the handlers of a worker see it: nested calls run on the pool of this worker.
 *
 * Receives calls from handlers, hands them to `NestedCalls`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Deadlocked, HostOnly, PoolClosed, TaskError } from "../../../TaskError.ts"
import { defaults } from "../../model/defaults.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import type { Progress } from "../../model/progress.ts"
import { checkListener, ProgressPort } from "../../shared/progress.ts"
import { own as ownOptions, type RunOptions, toMillis } from "../../model/options.ts"
import type { Receipt, TaskStatus } from "../../model/outcome.ts"
import type { ForkedTask, PoolService } from "../../model/pool.ts"
import type { ServicePorts } from "../../model/service.ts"
import { forEach } from "../../shared/forEach.ts"
import { openStream } from "../../shared/stream/openStream.ts"
import { workerCaller } from "./workerCaller.ts"
import { workerStreamCaller } from "./workerStreamCaller.ts"
import type { NestedCalls, OpenCall, Returned } from "./NestedCalls.ts"

/** `width`: how many tasks the pool runs at a time. */
export const make = (calls: NestedCalls, width: number): PoolService => {
  const caller = workerCaller(calls, 2 * width)
  const streams = workerStreamCaller(calls)
  return {
    begin: (definition, payload, resume) => begin(calls, definition, payload, undefined, resume),
    run: (definition, payload, options) => run(calls, definition, payload, options),
    forEach: (definition, inputs, options) => forEach(caller, definition, inputs, options),
    openStream: (definition, payload, send, options) =>
      openStream(streams, "worker", definition, payload, send, options),
    fork: (definition, payload, options) => fork(calls, definition, payload, options),
    // A broadcast includes the worker of the calling task, which would wait for itself.
    broadcast: ({ name }) => Effect.fail(hostOnly("broadcast", name)),
    // A handler that held a worker while it waited for another could wait for ever.
    reserve: () => Effect.fail(hostOnly("reserve")),
    startService: ({ name }) => Effect.fail(hostOnly("SharedService.start", name)),
    // A drain waits for every task, including the calling one.
    drain: Effect.die(
      new TaskError({ nested: true, reason: new Deadlocked({ cycle: ["this task", "drain", "this task"] }) })
    ),
    snapshot: calls.snapshot,
    makeChannel: () => Effect.die(hostOnly("Channel.make")),
    makePipe: () => Effect.die(hostOnly("Pipe.make")),
    // These signatures have no error channel, so a call is a mistake in the program and dies. A task does not control the
    // pool it runs on.
    resize: () => Effect.die(hostOnly("resize")),
    recycle: Effect.die(hostOnly("recycle")),
    // A worker ends with its pool.
    awaitFailed: Effect.never,
    // Each event would be a message to each listening worker, and every message an event again.
    subscribe: () => {
      throw hostOnly("events")
    },
    readAhead: 2 * width,
    chunksAhead: caller.width,
    drawing: caller.drawing,
    chunkSizeOf: (definition) => caller.chunkSize(definition, defaults.streamChunkMax)
  }
}

const hostOnly = (operation: string, task?: string): TaskError =>
  new TaskError({
    ...(task === undefined ? undefined : { task }),
    nested: true,
    reason: new HostOnly({ operation })
  })

/** The services of the pool, for the references that this worker has received. */
export const servicePorts = (calls: NestedCalls): ServicePorts => ({
  call: (service, method, payload, options) => run(calls, method, payload, options, service),
  view: () => undefined
})

/** Runs a task, or with `service` a method of that service. */
const run = (
  calls: NestedCalls,
  definition: TaskDefinition,
  payload: unknown,
  options: RunOptions | undefined,
  service?: number
): Effect.Effect<any, any> => {
  const effect = Effect.callback<any, any>((resume) =>
    begin(calls, definition, payload, options, resume, service)
  )
  return definition.policy.span ? Effect.withSpan(effect, definition.name, { kind: "client" }) : effect
}

const begin = (
  calls: NestedCalls,
  definition: TaskDefinition,
  payload: unknown,
  options: RunOptions | undefined,
  resume: (outcome: Effect.Effect<any, any>) => void,
  service?: number
): Effect.Effect<void> | void => {
  const onReturned = ({ exit }: Returned) => resume(exit)
  const call = calls.start(Fiber.getCurrent()!, { definition, payload, options, onReturned, service })
  if (Exit.isExit(call)) return resume(call)
  return calls.cancel(call)
}

// ----------------------------------------------------------------------------
// forked tasks
// ----------------------------------------------------------------------------

const fork = (
  calls: NestedCalls,
  definition: TaskDefinition,
  payload: unknown,
  options: RunOptions | undefined
): Effect.Effect<ForkedTask, TaskError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      if (scope.state._tag === "Closed") {
        const reason = new PoolClosed({ state: "closed" })
        return yield* new TaskError({ task: definition.name, nested: true, reason })
      }
      // A child scope of the caller's scope, so that a settled task leaves no finalizer behind.
      const own = yield* Scope.fork(scope)
      const port = new ProgressPort(Fiber.getCurrent()!, checkListener(ownOptions(options)?.onProgress))
      const handle = new NestedHandle(calls, definition.name, own, port)
      yield* Effect.callback<void>((resume) => {
        const onAccepted = (id: number) => {
          handle.id = id
          resume(Effect.void)
        }
        const onReturned = (returned: Returned) => {
          handle.settle(returned)
          resume(Effect.void)
        }
        const request = { definition, payload, options, onReturned, onAccepted, port: handle.port }
        handle.call = calls.start(Fiber.getCurrent()!, request)
        if (!Exit.isExit(handle.call)) return
        handle.settle({ exit: handle.call, how: "failed", receipt: undefined })
        resume(Effect.void)
      })
      yield* Scope.addFinalizer(own, handle.cancel)
      return handle
    })
  )

class NestedHandle implements ForkedTask {
  private readonly calls: NestedCalls
  private readonly name: string
  private readonly own: Scope.Closeable
  /** 0 until the host has accepted the task, and after a refusal. */
  id = 0
  call: OpenCall | Exit.Exit<never, TaskError> | undefined
  private returned: Returned | undefined
  private isAwaited = false
  private readonly waiters = new Set<(returned: Returned) => void>()

  readonly port: ProgressPort

  constructor(calls: NestedCalls, name: string, own: Scope.Closeable, port: ProgressPort) {
    this.port = port
    this.calls = calls
    this.name = name
    this.own = own
  }

  settle(returned: Returned): void {
    this.returned = returned
    for (const waiter of this.waiters) waiter(returned)
    this.waiters.clear()
    this.port.end()
    Effect.runFork(Scope.close(this.own, Exit.void))
  }

  private get openCall(): OpenCall | undefined {
    return this.returned !== undefined || this.call === undefined || Exit.isExit(this.call)
      ? undefined
      : this.call
  }

  /** Waits for the settlement. The first waiter lends the slot of its task meanwhile. */
  private wait(waiter: (returned: Returned) => void): () => void {
    if (!this.isAwaited && this.openCall !== undefined) {
      this.isAwaited = true
      this.calls.tellAwait(this.openCall)
    }
    this.waiters.add(waiter)
    return () => void this.waiters.delete(waiter)
  }

  private readonly settled: Effect.Effect<Returned> = Effect.callback((resume) => {
    if (this.returned !== undefined) return resume(Effect.succeed(this.returned))
    return Effect.sync(this.wait((returned) => resume(Effect.succeed(returned))))
  })

  readonly await = Effect.flatMap(this.settled, ({ exit }) => exit)

  private end(): Effect.Effect<Returned> {
    return Effect.suspend(() => {
      if (this.openCall !== undefined) this.calls.tellEnd(this.openCall, "handle")
      return this.settled
    })
  }

  /** Finalizer of the handle's scope. */
  readonly cancel: Effect.Effect<void> = Effect.suspend(() =>
    this.openCall === undefined ? Effect.void : Effect.asVoid(this.end())
  )

  readonly interrupt: Effect.Effect<Receipt> = Effect.suspend(() =>
    Effect.map(this.end(), ({ receipt }) => receipt ?? this.freeReceipt())
  )

  /** The receipt of a task that had settled before the interruption. */
  private freeReceipt(): Receipt {
    return { _tag: "clean", task: this.name, id: this.id, worker: undefined, millis: 0, casualties: [] }
  }

  setDeadline(deadline: Parameters<ForkedTask["setDeadline"]>[0]): Effect.Effect<void> {
    return Effect.sync(() => {
      if (this.openCall !== undefined) this.calls.tellDeadline(this.openCall, toMillis("deadline", deadline))
    })
  }

  watchProgress(listener: (progress: Progress) => void, onEnd: () => void): () => void {
    const { openCall, port } = this
    if (openCall === undefined) {
      onEnd()
      return () => {}
    }
    const ask = () => this.calls.tell(openCall, (frame) => Message.pushCallWatch(frame, openCall.number))
    return port.watch(listener, onEnd, ask)
  }

  /** Only the host knows where the task is; a handler learns of the acceptance and of the end. */
  watch(listener: (status: TaskStatus) => void): () => void {
    if (this.returned !== undefined) {
      listener("settled")
      return () => {}
    }
    listener("queued")
    return this.wait(() => listener("settled"))
  }
}
