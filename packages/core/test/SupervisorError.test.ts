import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as SupervisorError from "../src/SupervisorError.ts"

const cyclic: Record<string, unknown> = { name: "loop" }
cyclic["self"] = cyclic

const failed = (cause: Cause.Cause<unknown>) =>
  new SupervisorError.SupervisorError({
    supervisor: "app/web",
    reason: new SupervisorError.StartFailed({ child: "a", cause })
  })

describe("the message of a SupervisorError", () => {
  const rows: ReadonlyArray<readonly [cause: Cause.Cause<unknown>, text: string]> = [
    [Cause.fail("refused"), "refused"],
    [Cause.die(new TypeError("no such thing")), "TypeError: no such thing"],
    [Cause.fail(new Error("plain")), "plain"],
    [Cause.empty, "no cause"]
  ]
  for (const [cause, text] of rows) {
    it(`the message ends with what went wrong: ${text}: G9`, () => {
      assert.strictEqual(failed(cause).message, `app/web: child "a" failed to start: ${text}`)
    })
  }

  for (const thrown of [undefined, null, 3n, Symbol("s"), cyclic, () => 1, Object.create(null)] as const) {
    it(`any thrown value has a message, and stays in the cause: ${typeof thrown}: S013, G9`, () => {
      const error = failed(Cause.die(thrown))
      assert.include(error.message, 'app/web: child "a" failed to start: ')
      const [reason] = (error.reason as SupervisorError.StartFailed).cause.reasons
      assert.strictEqual(reason !== undefined && Cause.isDieReason(reason) ? reason.defect : "none", thrown)
    })
  }

  it("giving up names the limit, and the last end: G11", () => {
    const common = { intensity: 2, period: 500, restarts: [{ child: "a", reason: "normal" } as const] }
    const messages = (["intensity", "backoff"] as const).map(
      (limit) => new SupervisorError.RestartsExceeded({ limit, ...common }).message
    )
    assert.deepStrictEqual(messages, [
      'more than 2 restarts within 500 ms; last: child "a": normal',
      'the schedule of its back-off has ended; last: child "a": normal'
    ])
  })

  it("every refusal says what it is about: S115, S116", () => {
    const { AlreadyPresent, AlreadyStarted, InvalidSpec, NotRunning, TooManyChildren, WrongState } =
      SupervisorError
    const child = "a"
    assert.deepStrictEqual(
      [
        new AlreadyPresent({ child }),
        new AlreadyStarted({ child }),
        new WrongState({ child, state: "restarting" }),
        new NotRunning({ state: "failing" }),
        new TooManyChildren({ max: 3 }),
        new InvalidSpec({ field: "period", problem: "expected more" })
      ].map((reason) => new SupervisorError.SupervisorError({ supervisor: "app", reason }).message),
      [
        'app: child "a" is stopped, and still specified',
        'app: child "a" has been started already',
        'app: child "a" is restarting',
        "app: the supervisor is failing",
        "app: there are 3 children, the most allowed",
        "app: period: expected more"
      ]
    )
  })

  it.effect("a reason is caught by its own tag, all reasons by the error's tag: S115", () =>
    Effect.gen(function* () {
      const error = new SupervisorError.SupervisorError({
        supervisor: "app",
        reason: new SupervisorError.NotFound({ child: "a" })
      })
      const failing: Effect.Effect<string, SupervisorError.SupervisorError> = Effect.fail(error)
      const one = Effect.catchReason(failing, "SupervisorError", "NotFound", ({ child }) =>
        Effect.succeed(child)
      )
      assert.strictEqual(yield* one, "a")
      const all = Effect.catchTag(failing, "SupervisorError", ({ message }) => Effect.succeed(message))
      assert.strictEqual(yield* all, 'app: there is no child "a"')
      assert.isTrue(SupervisorError.isSupervisorError(error))
      assert.isFalse(SupervisorError.isSupervisorError(error.reason))
    })
  )
})
