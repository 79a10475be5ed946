import type { Bug } from "./bug.ts"
import { values } from "./values.ts"
import { waiting } from "./waiting.ts"

export const bugs: ReadonlyArray<Bug> = [...values, ...waiting]
