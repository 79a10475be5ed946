/**
 * Heddle on Node.js.
 *
 * @since 0.1.0
 */

/**
 * Connects to a listener of another program.
 *
 * @since 0.2.0
 */
export * as Client from "./Client.ts"

/**
 * Accepts connections of other programs.
 *
 * @since 0.2.0
 */
export * as Listener from "./Listener.ts"

/**
 * Why a listener does not listen, or a client has no connection.
 *
 * @since 0.2.0
 */
export * as ListenerError from "./ListenerError.ts"

/**
 * The entry of a program with pools, and the handling of signals.
 *
 * @since 0.1.0
 */
export * as NodeHost from "./NodeHost.ts"

/**
 * The worker's side: the functions that a worker's file calls.
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
 * Starts threads before the program that uses them has been loaded. Import this module by its subpath.
 *
 * @since 0.1.0
 */
export * as Prestart from "./Prestart.ts"

/**
 * Numbers of one kind in shared memory.
 *
 * @since 0.3.0
 */
export * as SharedArray from "./SharedArray.ts"

/**
 * A number that threads count together.
 *
 * @since 0.3.0
 */
export * as SharedCounter from "./SharedCounter.ts"

/**
 * Why a structure in shared memory refuses an operation.
 *
 * @since 0.3.0
 */
export * as SharedError from "./SharedError.ts"

/**
 * A flag that the host and its worker threads set, clear and wait for.
 *
 * @since 0.3.0
 */
export * as SharedEvent from "./SharedEvent.ts"

/**
 * A count that the host and its worker threads count down, and that opens at 0.
 *
 * @since 0.3.0
 */
export * as SharedLatch from "./SharedLatch.ts"

/**
 * Whether workers can share memory with this program.
 *
 * @since 0.3.0
 */
export * as SharedMemory from "./SharedMemory.ts"

/**
 * A lock between the host and its worker threads, whose owner may die.
 *
 * @since 0.3.0
 */
export * as SharedMutex from "./SharedMutex.ts"

/**
 * A bounded queue of records between the host and its worker threads.
 *
 * @since 0.3.0
 */
export * as SharedQueue from "./SharedQueue.ts"

/**
 * A lock of many readers or one writer, between the host and its worker threads.
 *
 * @since 0.3.0
 */
export * as SharedRwLock from "./SharedRwLock.ts"

/**
 * Permits that the host and its worker threads share.
 *
 * @since 0.3.0
 */
export * as SharedSemaphore from "./SharedSemaphore.ts"

/**
 * Records with fields of a fixed size in shared memory.
 *
 * @since 0.3.0
 */
export * as SharedStruct from "./SharedStruct.ts"

/**
 * One number or one boolean in shared memory, changed atomically.
 *
 * @since 0.3.0
 */
export * as SharedValue from "./SharedValue.ts"
