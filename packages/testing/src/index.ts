/**
 * Every module of the three entry points.
 *
 * @since 0.1.0
 */
export * from "./conformance.ts"
export * from "./explore.ts"
export * from "./simulation.ts"
