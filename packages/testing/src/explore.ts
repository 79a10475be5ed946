/**
 * The schedules of any Effect program, and the interleavings of threads with shared memory. Needs no pool: nothing here imports
 * `@heddle/core`.
 *
 * @since 0.1.0
 */
export * as AtomicsModel from "./explore/AtomicsModel.ts"
export * as Explore from "./explore/Explore.ts"
export * as History from "./explore/History.ts"
export * as Linearizable from "./explore/Linearizable.ts"
export * as SequentialModel from "./explore/SequentialModel.ts"
export * as Sometimes from "./explore/Sometimes.ts"
