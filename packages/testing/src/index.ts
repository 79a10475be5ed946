/**
 * @since 0.1.0
 */
export * as Simulation from "./Simulation.ts"
