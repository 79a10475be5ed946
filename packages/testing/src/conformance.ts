/**
 * The conformance suite and the laws of pools, for every transport.
 *
 * @since 0.1.0
 */
export * as Laws from "./conformance/Laws.ts"
export * as TransportConformance from "./conformance/TransportConformance.ts"
export * as TransportMutants from "./conformance/TransportMutants.ts"
