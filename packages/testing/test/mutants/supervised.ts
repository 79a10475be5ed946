/** The duties of a supervisor, as a law: commands drawn by the schedule, against `Model.supervisor`. */
import { Explore, type Laws, Model } from "@heddle/testing"
import * as Effect from "effect/Effect"

const restarts = ["permanent", "transient", "temporary"] as const

const command: Effect.Effect<Model.SupervisorCommand> = Effect.gen(function* () {
  const kind = yield* Explore.draw("command", 8)
  const child = yield* Explore.draw("command", 4)
  if (kind < 3)
    return { _tag: "Start", child, restart: restarts[yield* Explore.draw("command", restarts.length)]! }
  if (kind < 6) return { _tag: "Fail", child }
  return { _tag: kind === 6 ? "Terminate" : "Restart", child }
})

export const asItsModelSays: Laws.Law = {
  name: "a supervisor as its model says",
  numbers: ["G11"],
  states: "children start, end and are restarted as a list of them and one of their restarts say",
  holds: () =>
    Effect.gen(function* () {
      const strategy = (["oneForAll", "restForOne", "oneForOne"] as const)[yield* Explore.draw("command", 3)]!
      const commands = yield* Effect.replicateEffect(command, 12)
      yield* Model.program(Model.supervisor({ strategy }), commands)
    })
}
