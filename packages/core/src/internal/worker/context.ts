/**
 * Returns the handler's context with the log level, annotations, trace and references sent along with the task.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Extra } from "../../protocol/messages/Message.ts"

export const withExtra = (base: Context.Context<never>, extra: Extra): Context.Context<never> => {
  let context: Context.Context<never> = base
  if (extra.logLevel !== undefined)
    context = Context.add(context, References.MinimumLogLevel, extra.logLevel as "Info")
  if (extra.annotations !== undefined)
    context = Context.add(context, References.CurrentLogAnnotations, extra.annotations)
  if (extra.trace !== undefined) {
    const [traceId, spanId, sampled] = extra.trace
    context = Context.add(
      context,
      Tracer.ParentSpan,
      Tracer.externalSpan({ traceId, spanId, sampled })
    ) as Context.Context<any>
  }
  if (extra.references !== undefined) {
    // A context identifies a reference by its key alone.
    for (const [key, value] of extra.references) {
      context = Context.add(context, Context.Reference<unknown>(key, { defaultValue: () => value }), value)
    }
  }
  return context
}
