/**
 * @since 0.1.0
 */
export * as AtomicsModel from "./AtomicsModel.ts"
export * as Fault from "./Fault.ts"
export * as SimulatedWorkers from "./SimulatedWorkers.ts"
export * as Simulation from "./Simulation.ts"
export * as TransportConformance from "./TransportConformance.ts"
