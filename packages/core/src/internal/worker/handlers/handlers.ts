/**
 * The tasks served by one worker: registered handlers, and functions of plain modules, each ready to be forked.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as CauseCodec from "../../../protocol/values/CauseCodec.ts"
import { codecOf, elementsCodecOf, type TaskCodec } from "../../../protocol/values/Codec.ts"
import { UnknownTask } from "../../../TaskError.ts"
import type { ModuleExport, StreamDefinition, TaskDefinition } from "../../model/definition.ts"
import type { AnyHandler, RegisteredHandler, RunnerContext } from "../../model/handler.ts"
import { Measure } from "../../model/measure.ts"
import { isEffect, isThenable } from "../../model/genuine.ts"
import { moduleDefinition, moduleKey } from "../../model/module.ts"
import { emitAnswer } from "./moduleStream.ts"

/**
 * The function called for a task, and the kind of its result.
 *
 * - `effect`: takes the payload, returns an Effect. `sync`: takes the payload, returns the success value.
 * - `moduleStream`: an exported function. Takes the payload as its list of arguments. Returns a stream or an async iterable.
 * - `module`: an exported function. Takes the payload as its list of arguments, or an item of many as the single
 *   argument. Returns data, a promise or an Effect.
 */
export type HandlerFunction =
  | { readonly kind: RegisteredHandler["kind"]; readonly run: AnyHandler }
  | { readonly kind: "module" | "moduleStream"; readonly run: AnyFunction }

/** A handler with everything computed once per handler: codec, context and run-time measure. */
export class CompiledHandler {
  readonly codec: TaskCodec
  /** Of a streaming task: its streams, and the codec of their elements. */
  readonly stream: StreamDefinition | undefined
  readonly elements: TaskCodec | undefined
  readonly body: HandlerFunction
  readonly context: Context.Context<never>
  readonly measure = new Measure()

  constructor(definition: TaskDefinition, body: HandlerFunction, context: Context.Context<never>) {
    this.codec = codecOf(definition)
    this.stream = definition.stream
    this.elements = elementsCodecOf(definition)
    this.body = body
    this.context = context
  }
}

/** The task behind a route number of the host. */
export interface RouteTarget {
  readonly number: number
  readonly name: string
  readonly module: ModuleExport | undefined
  /** The handler, once it was found. Written by `Runner`. */
  compiled: CompiledHandler | undefined
  /** How many runs have ended and were not yet reported. Written by `Posts`. */
  count: number
  /** How long those runs took together. Written by `Posts`. */
  millis: number
}

/** The handlers of one worker, by name. */
export class HandlerTable {
  private readonly byName = new Map<string, CompiledHandler>()

  readonly add = (entry: RegisteredHandler): void => {
    const { context, definition, handler, kind } = entry
    const { name } = definition
    if (this.byName.has(name)) throw new Error(`two handlers serve the task ${JSON.stringify(name)}`)
    this.byName.set(name, new CompiledHandler(definition, { kind, run: handler }, context))
  }

  get(name: string): CompiledHandler | undefined {
    return this.byName.get(name)
  }

  get names(): Array<string> {
    return Array.from(this.byName.keys())
  }
}

/** Functions of plain modules, imported at their first call. */
export class ModuleTable {
  private readonly importModule: (url: string) => Promise<Record<string, unknown>>
  private readonly context: Context.Context<never>
  private readonly byKey = new Map<string, CompiledHandler | Promise<CompiledHandler>>()

  constructor(
    importModule: (url: string) => Promise<Record<string, unknown>>,
    context: Context.Context<never>
  ) {
    this.importModule = importModule
    this.context = context
  }

  /**
   * Returns a promise the first time. The promise rejects with `UnknownTask`, or with the error thrown by the import.
   */
  get(module: ModuleExport): CompiledHandler | Promise<CompiledHandler> {
    const key = moduleKey(module)
    const known = this.byKey.get(key)
    if (known !== undefined) return known
    const { name, spread } = module
    const loading = this.importModule(module.url).then((exports) => {
      // Own, enumerable function exports only (S159): `toString` and `constructor` are no tasks.
      const f = Object.prototype.propertyIsEnumerable.call(exports, name) ? exports[name] : undefined
      if (typeof f !== "function") throw unknownExport(module, exports)
      const run = spread === true ? spreading(f as AnyFunction, name) : (f as AnyFunction)
      const kind = module.stream === true ? ("moduleStream" as const) : ("module" as const)
      const body: HandlerFunction = { kind, run }
      const handler = new CompiledHandler(moduleDefinition(module), body, this.context)
      this.byKey.set(key, handler)
      return handler
    })
    // A failed import is retried by the next call.
    loading.catch(() => this.byKey.delete(key))
    this.byKey.set(key, loading)
    return loading
  }
}

export type AnyFunction = (...args: ReadonlyArray<unknown>) => unknown

/** Spreads in the worker and not on the host, so that a single payload and an item of many have one wire form. */
const spreading =
  (f: AnyFunction, name: string): AnyFunction =>
  (args) => {
    if (!Array.isArray(args)) {
      throw new TypeError(`${name}.spread takes a list of arguments, got ${typeof args}`)
    }
    return f(...(args as ReadonlyArray<unknown>))
  }

/** Node lists the value assigned to `module.exports` by a CommonJS module under this key. */
const commonJs = "module.exports"

const functionsOf = (module: Record<string, unknown>): Array<string> =>
  Object.keys(module).filter((key) => key !== commonJs && typeof module[key] === "function")

/**
 * Explains why a module does not serve the export: missing, not a function, or present but hidden from Node's analysis.
 */
const unknownExport = ({ name, url }: ModuleExport, exports: Record<string, unknown>): UnknownTask => {
  const isThere = Object.prototype.propertyIsEnumerable.call(exports, name)
  // Older versions of Node expose the assigned value as `default` alone.
  const assigned: unknown = exports[commonJs] ?? exports["default"]
  const isHidden = !isThere && ownFunction(assigned, name)
  const what = isThere ? "value" : isHidden ? "hidden" : "missing"
  return new UnknownTask({ name, served: functionsOf(exports), module: url, export: what })
}

const ownFunction = (u: unknown, name: string): boolean => {
  try {
    return (
      ((typeof u === "object" && u !== null) || typeof u === "function") &&
      Object.hasOwn(u, name) &&
      typeof (u as Record<string, unknown>)[name] === "function"
    )
  } catch {
    return false
  }
}

/**
 * Converts the result of a module's function: data stays, an Effect stays an Effect. Rejections are defects; failures
 * of a returned Effect arrive as plain data. A promise, and any other object with a `then` method, cannot be
 * interrupted, so an interruption waits for the promise (G3), within the grace (G4).
 */
export const toAnswer = (result: unknown): unknown => {
  if (typeof result !== "object" && typeof result !== "function") return result
  if (isEffect(result)) return Effect.mapError(result, CauseCodec.plainFailure)
  if (!isThenable(result)) return result
  const promise = Promise.resolve(result)
  // Mark rejections as handled: the waiting fiber may start in a later turn.
  promise.catch(() => {})
  return Effect.uninterruptible(Effect.promise(() => promise))
}

/** Calls the function with one item; wraps no Effect around data. A thrown value becomes a defect. */
export const callPlain = (f: AnyFunction, item: unknown): unknown => {
  try {
    return toAnswer(f(item))
  } catch (defect) {
    return Exit.die(defect)
  }
}

/** Checks that the handler returned an Effect. TypeScript enforces the type; plain JavaScript may break it. */
export const effectOf = (answered: unknown): Effect.Effect<unknown, unknown> =>
  isEffect(answered) ? answered : Exit.die(new TypeError(notAnEffect))

const notAnEffect =
  "the handler did not return an Effect: wrap its result in Effect.succeed, or serve the task with toLayerSync"

/**
 * Decodes the payload and calls the handler. A payload that does not decode is a failure. A registered handler may
 * throw instead of returning an Effect, which is a defect like any other.
 */
export const call = (
  handler: CompiledHandler,
  wire: unknown,
  context: RunnerContext
): Effect.Effect<unknown, unknown> => {
  let payload: unknown
  try {
    payload = handler.codec.worker.decodePayload(wire)
  } catch (issue) {
    return Exit.fail(issue)
  }
  const { body } = handler
  try {
    if (body.kind === "moduleStream") {
      return emitAnswer(body.run(...(payload as ReadonlyArray<unknown>)), context.emit)
    }
    if (body.kind === "module") {
      const answer = toAnswer(body.run(...(payload as ReadonlyArray<unknown>)))
      return isEffect(answer) ? answer : Exit.succeed(answer)
    }
    const answered = body.run(payload, context)
    // The services of a handler were captured when its layer was built.
    return body.kind === "sync" ? Exit.succeed(answered) : effectOf(answered)
  } catch (defect) {
    return Exit.die(defect)
  }
}
