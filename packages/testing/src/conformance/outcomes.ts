import type { Case } from "./Harness.ts"
export const outcomes: ReadonlyArray<Case> = []
