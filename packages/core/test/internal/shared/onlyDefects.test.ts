import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { defectsOf, onlyDefects } from "../../../src/internal/shared/onlyDefects.ts"

const mixed = Exit.failCause(
  Cause.fromReasons<unknown>([
    Cause.makeFailReason("failure"),
    Cause.makeDieReason("first"),
    Cause.makeInterruptReason(),
    Cause.makeDieReason("second")
  ])
)

describe("what an interrupted caller still hears", () => {
  it("every defect, in order, and nothing else: G9", () => {
    const defects = (exit: Exit.Exit<void> | undefined) =>
      exit?._tag === "Failure"
        ? exit.cause.reasons.map((reason) => (reason._tag === "Die" ? reason.defect : reason._tag))
        : exit
    assert.deepStrictEqual(defects(defectsOf(mixed)), ["first", "second"])
    assert.deepStrictEqual(defects(onlyDefects(mixed)), ["first", "second"])
  })

  it("nothing where nothing went wrong: values and failures have no reader any more: G3", () => {
    for (const exit of [Exit.succeed(1), Exit.fail("failure"), Exit.interrupt()]) {
      assert.isUndefined(defectsOf(exit))
      assert.deepStrictEqual(onlyDefects(exit), Exit.void)
    }
  })
})
