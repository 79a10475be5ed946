/**
 * Conformance cases: CANCEL.
 *
 * @since 0.1.0
 */
import type { Case } from "./Harness.ts"

/**
 * @category cases
 * @since 0.1.0
 */
export const cancel: ReadonlyArray<Case> = []
