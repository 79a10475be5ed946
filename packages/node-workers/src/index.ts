/**
 * Heddle on Node.js.
 *
 * @since 0.1.0
 */

/**
 * The entry of a program that has pools: what signals do to it.
 *
 * @since 0.1.0
 */
export * as NodeHost from "./NodeHost.ts"

/**
 * The worker's side: what a worker file calls.
 *
 * @since 0.1.0
 */
export * as NodeRunner from "./NodeRunner.ts"

/**
 * The host's side: worker threads as workers of a pool.
 *
 * @since 0.1.0
 */
export * as NodeThreads from "./NodeThreads.ts"

/**
 * The host's side: child processes as workers of a pool.
 *
 * @since 0.1.0
 */
export * as NodeProcesses from "./NodeProcesses.ts"

/**
 * Starts threads before the program that uses them has been loaded. To be imported by its subpath.
 *
 * @since 0.1.0
 */
export * as Prestart from "./Prestart.ts"
