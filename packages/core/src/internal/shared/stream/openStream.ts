/**
 * A call of a streaming task. The same on the host and inside a handler.
 *
 * Receives the payload and the caller's own elements, hands them to a `StreamCaller`; elements come back through a `Feed`. The scope
 * owns the task: when the consumer ends, fails or is interrupted, the task is interrupted and its end awaited (G3).
 *
 * @since 0.2.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { type Convert, elementsCodecOf } from "../../../protocol/values/Codec.ts"
import { asIs } from "../../../protocol/values/Packed.ts"
import { Refused } from "../../../protocol/values/Clonable.ts"
import { Malformed, NotSerializable, TaskError } from "../../../TaskError.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import { isInstance } from "../../model/foreign.ts"
import { InvalidOption } from "../../../InvalidOption.ts"
import { own } from "../../model/own.ts"
import type { RunOptions } from "../../model/options.ts"
import type { ElementsPull, Emit, SendElements } from "../../model/streamPull.ts"
import { Emitter } from "./Emitter.ts"
import { Feed } from "./Feed.ts"
import type { StreamCaller, TaskPort } from "./StreamCaller.ts"

/** `side`: where the caller runs, for its errors. */
export const openStream = <Call extends object>(
  caller: StreamCaller<Call>,
  side: "host" | "worker",
  definition: TaskDefinition,
  payload: unknown,
  send: SendElements | undefined,
  options: RunOptions | undefined
): Effect.Effect<ElementsPull, any, Scope.Scope> => {
  const opened = Effect.withFiber((fiber) =>
    Effect.flatMap(Effect.scope, (scope) => {
      const call = new StreamCall(caller, side, definition)
      const refused = call.start(fiber, payload, options)
      if (refused !== undefined) return refused
      const owned = Scope.addFinalizer(scope, call.close)
      if (send === undefined) return Effect.as(owned, call.pull)
      const sending = Effect.forkIn(call.sendAll(send), scope)
      return Effect.as(Effect.andThen(owned, sending), call.pull)
    })
  )
  if (!definition.policy.span) return Effect.uninterruptible(opened)
  const span = Effect.makeSpanScoped(definition.name, { kind: "client" })
  return Effect.uninterruptible(
    Effect.flatMap(span, (made) => Effect.provideService(opened, Tracer.ParentSpan, made))
  )
}

/** An abandoned producer would wait for credit for ever, and hold its slot. */
const checkEnd = ({ name }: TaskDefinition, options: RunOptions | undefined): void => {
  if (own(options)?.onInterrupt === "abandon") {
    throw new InvalidOption("onInterrupt", `${name} is a streaming task, whose producer cannot be abandoned`)
  }
}

class StreamCall<Call extends object> implements TaskPort {
  private readonly caller: StreamCaller<Call>
  private readonly side: "host" | "worker"
  private readonly definition: TaskDefinition
  private readonly feed: Feed
  private readonly emitter: Emitter | undefined
  private call: Call | undefined

  constructor(caller: StreamCaller<Call>, side: "host" | "worker", definition: TaskDefinition) {
    this.caller = caller
    this.side = side
    this.definition = definition
    const codec = elementsCodecOf(definition)!
    const { buffer, input } = definition.stream!
    this.feed = new Feed({
      buffer,
      credit: buffer,
      grant: (count) => this.call !== undefined && caller.grant(this.call, count),
      decode: this.explaining(codec.host.decodeSuccess)
    })
    if (input === undefined) return
    this.emitter = new Emitter({
      credit: 0,
      encode: this.explaining(codec.host.encodePayload),
      transferOf: codec.transferPayload,
      platform: caller.platform,
      send: (elements) => this.call !== undefined && caller.send(this.call, elements),
      move: (wire, transfer) => this.call === undefined || caller.move(this.call, wire, transfer)
    })
  }

  /** Returns the reason of a call that was refused at once. */
  start(
    fiber: Fiber<unknown, unknown>,
    payload: unknown,
    options: RunOptions | undefined
  ): Exit.Exit<never, TaskError> | undefined {
    const { definition } = this
    checkEnd(definition, options)
    const onSettled = (exit: Exit.Exit<any, any>) => this.feed.finish(exit)
    const call = this.caller.start({ definition, payload, options, fiber, port: this, onSettled })
    if (Exit.isExit(call)) return call
    this.call = call
    return undefined
  }

  get pull(): ElementsPull {
    return this.feed.pull
  }

  /** The finalizer of the stream's scope. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.feed.stop()
    return this.call === undefined ? Effect.void : this.caller.cancel(this.call)
  })

  /** Sends the caller's stream, once the handler asks for the first element. Its failure is the caller's. */
  sendAll(send: SendElements): Effect.Effect<void, never, any> {
    const { emitter } = this
    if (emitter === undefined) return Effect.void
    const emit: Emit = (elements) => Effect.mapError(emitter.emit(elements), this.explain)
    const all = Effect.flatMap(emitter.awaitCredit, () => send(emit))
    return Effect.matchCause(all, {
      onSuccess: () => this.call !== undefined && this.caller.sendEnd(this.call),
      onFailure: (cause: Cause.Cause<unknown>) => this.feed.finish(Exit.failCause(cause))
    })
  }

  /** What a codec or a capture says becomes the reason of a `TaskError`. */
  private readonly explain = (error: unknown): unknown => {
    const reason = this.reasonOf(error)
    const nested = this.side === "worker" ? { nested: true } : undefined
    return reason === undefined ? error : new TaskError({ task: this.definition.name, ...nested, reason })
  }

  private explaining(convert: Convert): Convert {
    if (convert === asIs) return asIs
    return (element) => {
      try {
        return convert(element)
      } catch (error) {
        throw this.explain(error)
      }
    }
  }

  private reasonOf(error: unknown): Malformed | NotSerializable | undefined {
    const { side } = this
    if (isInstance(error, Malformed)) {
      const { detail, path, what } = error
      return new Malformed({ side, what, path, detail })
    }
    if (!isInstance(error, Refused)) return undefined
    return new NotSerializable({ side, what: "payload", path: error.path, detail: error.detail })
  }

  // --------------------------------------------------------------------------
  // from the task
  // --------------------------------------------------------------------------

  readonly isStream = true
  readonly isWatched = false

  get arrived(): number {
    return this.feed.arrived
  }

  emitted(elements: ArrayLike<unknown>): boolean {
    return this.feed.arrive(elements)
  }

  demanded(count: number): boolean {
    this.emitter?.grant(count)
    return this.emitter !== undefined
  }

  progressed(): void {}
}
