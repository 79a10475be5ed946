/**
 * Programs with tasks on simulated workers, under a virtual clock, with injected faults.
 *
 * @since 0.1.0
 */
export * as Coverage from "./simulation/Coverage.ts"
export * as Delay from "./simulation/Delay.ts"
export * as Fault from "./simulation/Fault.ts"
export * as Faults from "./simulation/Faults.ts"
export * as Model from "./simulation/Model.ts"
export * as SimulatedWorkers from "./simulation/SimulatedWorkers.ts"
export * as Simulation from "./simulation/Simulation.ts"
