/**
 * Conformance cases: TIME.
 *
 * @since 0.1.0
 */
import type { Case } from "./Harness.ts"

/**
 * @category cases
 * @since 0.1.0
 */
export const time: ReadonlyArray<Case> = []
