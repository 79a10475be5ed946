/**
 * The context sent with a task where it differs from the default: log level and annotations, the trace's parent, references.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Fiber } from "effect/Fiber"
import * as References from "effect/References"
import type { AnySpan } from "effect/Tracer"
import { attempt, get, isInstance, show } from "../model/foreign.ts"
import * as Capture from "../../protocol/values/Capture.ts"
import { copyOf, Refused } from "../../protocol/values/Clonable.ts"
import type { Extra } from "../../protocol/messages/Message.ts"
import type { PoolSettings } from "../model/options.ts"

interface Settings {
  readonly references: PoolSettings["references"]
  readonly platform: Capture.Platform
}

const noAnnotations = Context.get(Context.empty(), References.CurrentLogAnnotations)
const defaultLogLevel = Context.get(Context.empty(), References.MinimumLogLevel)

/**
 * `extraOf` for the tasks of a pool. Remembers the latest context without such data, so that the same context is not searched
 * again.
 */
export class CallContext {
  private readonly settings: Settings
  // Invariant: `undefined` while no task is unsettled, so that an idle pool retains no caller's context (S146).
  private plain: Context.Context<never> | undefined

  constructor(settings: Settings) {
    this.settings = settings
  }

  of(fiber: Fiber<unknown, unknown>, announce: boolean): Extra | undefined {
    if (!announce && fiber.context === this.plain) return undefined
    const extra = extraOf(this.settings, fiber, announce)
    if (extra === undefined) this.plain = fiber.context
    return extra
  }

  forget(): void {
    this.plain = undefined
  }
}

/**
 * Returns the data sent with a task beside its payload; `undefined` when all of this is the default. Throws `Refused` for a
 * reference whose value cannot be cloned.
 */
export const extraOf = (
  settings: Settings,
  fiber: Fiber<unknown, unknown>,
  announce: boolean
): Extra | undefined => {
  const { minimumLogLevel, span } = fiber.cache
  const annotations = fiber.getRef(References.CurrentLogAnnotations)
  const references = settings.references.length === 0 ? noReferences : referencesOf(settings, fiber)
  if (
    !announce &&
    span === undefined &&
    minimumLogLevel === defaultLogLevel &&
    annotations === noAnnotations &&
    references.length === 0
  ) {
    return undefined
  }
  return {
    ...(announce ? { announce } : undefined),
    ...(span !== undefined ? traceOf(span) : undefined),
    ...(minimumLogLevel !== defaultLogLevel ? { logLevel: minimumLogLevel } : undefined),
    ...(annotations !== noAnnotations ? { annotations: clonableOnly(annotations) } : undefined),
    ...(references.length > 0 ? { references } : undefined)
  }
}

/** Returns the trace of a span. A user's own span without ids has no trace to continue. */
const traceOf = (span: AnySpan): Pick<Extra, "trace"> | undefined => {
  const traceId = get(span, "traceId")
  const spanId = get(span, "spanId")
  if (typeof traceId !== "string" || typeof spanId !== "string") return undefined
  return { trace: [traceId, spanId, get(span, "sampled") === true] }
}

const noReferences: ReadonlyArray<readonly [string, unknown]> = []

const referencesOf = (
  settings: Settings,
  fiber: Fiber<unknown, unknown>
): Array<readonly [string, unknown]> => {
  const found: Array<readonly [string, unknown]> = []
  for (const reference of settings.references) {
    // Only values set by the caller, not defaults.
    const value: unknown = fiber.context.mapUnsafe.get(reference.key)
    if (value !== undefined)
      found.push([reference.key, captureReference(reference.key, value, settings.platform)])
  }
  return found
}

const captureReference = (key: string, value: unknown, platform: Capture.Platform): unknown => {
  try {
    return Capture.capture(value, platform)
  } catch (error) {
    if (!isInstance(error, Refused)) throw error
    const path = `$.references[${JSON.stringify(key)}]${error.path.slice(1)}`
    throw new Refused({ path, detail: error.detail })
  }
}

const textOf = (value: unknown): string => attempt(() => String(value), show(value))

const clonableOnly = (record: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const copy: Record<string, unknown> = {}
  for (const key of attempt(() => Object.keys(record), [])) {
    if (key === "__proto__") continue
    const value = get(record, key)
    const found = copyOf(value)
    copy[key] = found === undefined ? textOf(value) : found.value
  }
  return copy
}
