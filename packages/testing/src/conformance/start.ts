import type { Case } from "./Harness.ts"
export const start: ReadonlyArray<Case> = []
