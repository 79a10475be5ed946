/**
 * @since 0.1.0
 */
export * as AtomicsModel from "./AtomicsModel.ts"
export * as Coverage from "./Coverage.ts"
export * as Delay from "./Delay.ts"
export * as Explore from "./Explore.ts"
export * as Fault from "./Fault.ts"
export * as Faults from "./Faults.ts"
export * as History from "./History.ts"
export * as Laws from "./Laws.ts"
export * as Linearizable from "./Linearizable.ts"
export * as Model from "./Model.ts"
export * as SequentialModel from "./SequentialModel.ts"
export * as SimulatedWorkers from "./SimulatedWorkers.ts"
export * as Simulation from "./Simulation.ts"
export * as Sometimes from "./Sometimes.ts"
export * as TransportConformance from "./TransportConformance.ts"
export * as TransportMutants from "./TransportMutants.ts"
