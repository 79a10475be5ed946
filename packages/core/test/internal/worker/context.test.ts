import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { withExtra } from "../../../src/internal/worker/context.ts"

const Tenant = Context.Reference<string>("test/Tenant", { defaultValue: () => "nobody" })
class Database extends Context.Service<Database, string>()("test/Database") {}

const base = Context.make(Database, "postgres") as Context.Context<never>

describe("the context of a handler", () => {
  it("is the context of its layer where the caller sent nothing along", () => {
    assert.strictEqual(withExtra(base, {}), base)
    assert.strictEqual(withExtra(base, { announce: true, lent: true }), base)
  })

  it("has the caller's log level and annotations beside the layer's services", () => {
    const context = withExtra(base, { logLevel: "Debug", annotations: { request: 7 } })
    assert.strictEqual(Context.get(context, References.MinimumLogLevel), "Debug")
    assert.deepStrictEqual(Context.get(context, References.CurrentLogAnnotations), { request: 7 })
    assert.strictEqual(Context.getUnsafe(context, Database), "postgres")
  })

  it("has the caller's span as the parent of its spans", () => {
    const context = withExtra(base, { trace: ["trace", "span", false] })
    const parent = Context.getUnsafe(context as Context.Context<Tracer.ParentSpan>, Tracer.ParentSpan)
    assert.deepInclude(parent, { traceId: "trace", spanId: "span", sampled: false })
  })

  it("has the values of the references that the pool lets cross", () => {
    const context = withExtra(base, { references: [[Tenant.key, "ada"]] })
    assert.strictEqual(Context.get(context, Tenant), "ada")
    assert.strictEqual(Context.get(withExtra(base, {}), Tenant), "nobody")
  })
})
