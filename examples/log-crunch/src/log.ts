/** Finds the log to read, or makes it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { generate, type Recipe } from "./generate.ts"
import type { Log } from "./run.ts"

/** Changes when the same recipe gives another log. */
const version = 1

/** In the folder for temporary files, by all that makes it what it is: so it is made once. */
export const usualFile = ({ badEvery, seed, size }: Recipe): string =>
  join(tmpdir(), `heddle-log-crunch-v${version}-${size}-seed-${seed}-bad-${badEvery}.ndjson`)

/** A file that is there is read as it is, whoever made it. */
export const logOf = Effect.fnUntraced(function* (
  file: string,
  recipe: Recipe,
  say: (text: string) => Effect.Effect<void>
) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists(file))) {
    yield* say(`Writing ${file} (seed ${recipe.seed}; it stays there for the next run)…`)
    yield* generate(file, recipe)
  }
  return { file, size: Number((yield* fs.stat(file)).size) } satisfies Log
})
