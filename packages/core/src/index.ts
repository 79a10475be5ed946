/**
 * Structured concurrency for CPU work, as Effects.
 *
 * @since 0.1.0
 */
export * as Channel from "./Channel.ts"
export * as ChannelError from "./ChannelError.ts"
export * as DedicatedWorker from "./DedicatedWorker.ts"
export * as InvalidOption from "./InvalidOption.ts"
export * as Pipe from "./Pipe.ts"
export * as PoolEvent from "./PoolEvent.ts"
export * as RunnerEndpoint from "./RunnerEndpoint.ts"
export * as SharedService from "./SharedService.ts"
export * as StateTable from "./StateTable.ts"
export * as StreamTask from "./StreamTask.ts"
export * as Supervisor from "./Supervisor.ts"
export * as SupervisorError from "./SupervisorError.ts"
export * as SupervisorEvent from "./SupervisorEvent.ts"
export * as Task from "./Task.ts"
export * as TaskError from "./TaskError.ts"
export * as TaskPool from "./TaskPool.ts"
export * as TaskRunner from "./TaskRunner.ts"
export * as WorkerTransport from "./WorkerTransport.ts"
