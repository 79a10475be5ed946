import { answers } from "./answers.ts"
import { descriptors } from "./descriptors.ts"
import { memory } from "./memory.ts"
import { nestings } from "./nesting.ts"
import { races } from "./races.ts"
import type { Scene } from "./scene.ts"
import { storms } from "./storms.ts"

const all = { ...memory, ...descriptors, ...nestings, ...storms, ...races, ...answers }

export type SceneName = keyof typeof all

export const scenes: Readonly<Record<SceneName, Scene>> = all
