/** The plugins, as tasks: plain modules that know nothing of pools, and that nobody has read. */
import { Task, type TaskError, type TaskPool } from "@heddle/core"
import type * as Effect from "effect/Effect"

interface Plugin {
  readonly run: (text: string) => string
}

/** `upper` is the good one: it is called between the others, and has to be served each time. */
export const names = [
  "upper",
  "exits",
  "spins",
  "eats",
  "throws-null",
  "overflows",
  "returns-function",
  "late-throw"
] as const

export type Name = (typeof names)[number]

const tasks = Object.fromEntries(
  names.map((name) => [
    name,
    Task.fromModule<Plugin>(new URL(`./plugins/${name}.ts`, import.meta.url), {
      // Four seconds for each call, and no grace: code that nobody has read is not asked to clean up.
      timeout: "4 seconds",
      grace: 0
    })
  ])
)

export const call = (
  name: Name,
  text: string
): Effect.Effect<string, TaskError.TaskError, TaskPool.TaskPool> => tasks[name]!.run(text)
