import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { toPayload, toSchema } from "../../../src/internal/model/schemas.ts"

describe("the schemas of a task", () => {
  it("are schemas, not the constructors of their values: S116", () => {
    assert.strictEqual(toSchema("success", Schema.String), Schema.String)
    assert.throws(() => toSchema("success", String), "success: expected a schema, such as Schema.String")
  })

  it("of a payload may be the fields of a struct", () => {
    const payload = toPayload({ n: Schema.Finite })
    assert.deepStrictEqual(Schema.decodeUnknownSync(payload)({ n: 1 }), { n: 1 })
    assert.strictEqual(toPayload(Schema.String), Schema.String)
  })

  it("name the field that is no schema: S116", () => {
    assert.throws(() => toPayload({ n: Number }), "payload.n: expected a schema")
    for (const given of [null, [Schema.String], "text"]) {
      assert.throws(() => toPayload(given), "payload: expected a schema, or the fields of a struct")
    }
  })
})
