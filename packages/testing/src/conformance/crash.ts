import type { Case } from "./Harness.ts"
export const crash: ReadonlyArray<Case> = []
