/**
 * Every default in one place, with the reason. `docs/configuration.md` prints this table.
 *
 * @since 0.1.0
 */

/** Times in milliseconds. */
export const defaults = {
  poolName: "@heddle/core/TaskPool",
  spares: 0,
  /** Delay between the use of a spare and the start of the next spare. */
  spareDelay: 50,
  concurrency: 1,
  queueCapacity: 1024,
  queueStrategy: "suspend",
  queueOrder: "fifo",
  grace: 1_000,
  /** Longest grace for co-runners of a task whose worker must be terminated. */
  coRunnerGrace: 60_000,
  terminateTimeout: 1_000,
  startTimeout: 10_000,
  /** Applies to a worker holding tasks. */
  silence: 1_000,
  onClose: "interrupt",
  drainTimeout: 30_000,
  /** How much measured run time to send to one worker ahead of its running task. */
  aheadMillis: 2,
  /** Most tasks of one worker, running and ahead; equals the number of claim words shared with the host. */
  tasksPerWorker: 2048,
  /** How many tasks per worker `stream` keeps in flight, on transports that allow work ahead. */
  readAhead: 16,
  /** A task measured below this may share a post with the previous reply (G5). */
  shortMillis: 0.05,
  /** How many later arrivals equal one step of priority (G8). */
  ageing: 100,
  /** How long a worker beyond `min` may stay idle. */
  idle: 10_000,
  /** Interval between two reads of the workers' memory, if memory is limited. */
  memoryEvery: 1_000,
  restartIntensity: 5,
  restartPeriod: 10_000,
  backoffBase: 50,
  backoffFactor: 2,
  backoffCap: 2_000,
  backoffJitter: 0.2,
  /** Total attempts for an idempotent task whose workers die. */
  idempotentAttempts: 3,
  /** How deep tasks may call tasks; a task called from the host has depth 0. */
  taskDepth: 64,
  /** How deep pools may nest inside workers of pools; a pool made on the host has depth 0. */
  poolDepth: 4,
  /** How many tasks of a worker may rest, waiting for channels, without occupying a slot. */
  tasksResting: 64,
  /** How many methods of a service may run at a time. They need no slots, and share the claims of resting tasks. */
  serviceConcurrencyMost: 64,
  /** Target duration of one chunk of `forEach`. */
  chunkMillis: 2,
  chunkMax: 4_096,
  /** Most inputs of a `stream` in one chunk. */
  streamChunkMax: 64,
  /** How many elements the producer of a stream may be ahead of its consumer. */
  streamBuffer: 256,
  /** The largest such number. */
  streamBufferMost: 65_536,
  /** Most numbers in one chunk: numbers travel as one buffer. */
  packedChunkMax: 65_536,
  /** Most elements that one sender in a worker may send without a wait. */
  channelCredit: 1_024,
  /** How many elements a stream in a worker fetches ahead, where several receivers share a channel or the channel is small. */
  channelAhead: 64,
  /** How many elements the stream of an only receiver fetches ahead at most. */
  channelAheadMost: 256,
  eventBuffer: 1024
} as const

export const defaultsTable: ReadonlyArray<{
  readonly option: string
  readonly default: string
  readonly why: string
}> = [
  {
    option: "size",
    default: "`availableParallelism()`; inside a worker, its share of it",
    why: "CPU work gains nothing from more threads than cores, nor from pools within pools that each take all of them."
  },
  {
    option: "spares",
    default: String(defaults.spares),
    why: "A spare costs a worker's memory, and saves the tens of milliseconds of a start after a worker is lost."
  },
  {
    option: "concurrency",
    default: String(defaults.concurrency),
    why: "CPU-bound handlers block their thread; a second handler would only wait, and share the loss of the worker."
  },
  {
    option: "queue.capacity",
    default: String(defaults.queueCapacity),
    why: "Bounded (G7), yet deep enough that a burst does not suspend its callers at once."
  },
  {
    option: "queue.strategy",
    default: `\`${defaults.queueStrategy}\``,
    why: "Back-pressure loses nothing; rejecting and shedding are choices of the user."
  },
  { option: "queue.order", default: `\`${defaults.queueOrder}\``, why: "Fair (G8); `lifo` on request." },
  {
    option: "grace",
    default: `${defaults.grace} ms`,
    why: "Long enough for files and sockets to close; 0 for work that cannot listen; `infinity` waits for ever."
  },
  {
    option: "terminateTimeout",
    default: `${defaults.terminateTimeout} ms`,
    why: "A thread ends within milliseconds unless it runs native code; then the worker is reported as stuck (G4)."
  },
  {
    option: "stuck.replace",
    default: "`size`",
    why: "A stuck worker must not stop the pool; there are never more than twice `size` workers, however many get stuck (G7)."
  },
  {
    option: "startTimeout",
    default: `${defaults.startTimeout} ms`,
    why: "A worker that hangs at import must not hang the pool."
  },
  {
    option: "silence",
    default: `${defaults.silence} ms`,
    why: "Long work is silent too. Observing a worker from outside costs little, and only a stopped worker is ended."
  },
  {
    option: "onClose",
    default: `\`${defaults.onClose}\``,
    why: "Closing a scope ends its tasks; `finish` waits for running tasks, `drain` for queued tasks as well."
  },
  { option: "drainTimeout", default: `${defaults.drainTimeout} ms`, why: "Closing stays bounded (G4)." },
  {
    option: "size.idle",
    default: `${defaults.idle} ms`,
    why: "Of an elastic pool: longer than the gaps of a steady load, since a start costs tens of milliseconds."
  },
  {
    option: "restarts.intensity",
    default: String(defaults.restartIntensity),
    why: "Counts faults of workers, not of tasks: five faults outlive a short outage, a sixth fails the pool with the reasons (G11)."
  },
  {
    option: "restarts.period",
    default: `${defaults.restartPeriod} ms`,
    why: "Longer than the delays of that many restarts, so that the window can fill."
  },
  {
    option: "restarts.backoff",
    default: `none, then ${defaults.backoffBase} ms doubling to ${defaults.backoffCap} ms, ±${defaults.backoffJitter * 100} %`,
    why: "The first replacement is immediate; a crash loop slows down (G11)."
  },
  {
    option: "recycle",
    default: `never; limited memory is read every ${defaults.memoryEvery} ms`,
    why: "A warm worker is worth more than a new worker, unless its code leaks memory."
  },
  {
    option: "idempotent attempts",
    default: String(defaults.idempotentAttempts),
    why: "A task that kills each of its workers is quarantined (G6: other tasks never run twice)."
  },
  {
    option: "nesting",
    default: `tasks ${defaults.taskDepth} deep, pools ${defaults.poolDepth} deep`,
    why: "Deeper than intended recursion, and far below the depth at which unintended recursion exhausts memory or threads."
  },
  {
    option: "read-ahead",
    default: `2 × size × concurrency chunks; of a \`stream\` with limits for each item, 2 × size × ${defaults.readAhead} tasks`,
    why: "Just enough to keep every worker busy while the next inputs are drawn (G7). More with a higher concurrency."
  },
  {
    option: "work ahead",
    default: `${defaults.aheadMillis} ms, at most ${defaults.tasksPerWorker} tasks`,
    why: "A worker never waits for a round trip, and no task waits long behind another task."
  },
  {
    option: "ageing",
    default: `${defaults.ageing} arrivals per step of priority`,
    why: "No task starves (G8): the number of tasks that may overtake is known in advance."
  },
  {
    option: "`buffer` of a streaming task",
    default: `${defaults.streamBuffer} elements, at most ${defaults.streamBufferMost}`,
    why: "Enough to keep both sides busy; more gained nothing, and what is read ahead is wasted when the consumer stops (G14)."
  },
  {
    option: "chunk of `forEach` and `stream`",
    default: `${defaults.chunkMillis} ms, at most ${defaults.chunkMax} items, or ${defaults.packedChunkMax} numbers; of \`stream\`, ${defaults.streamChunkMax} items`,
    why: "Amortises the boundary while progress and interruption stay prompt."
  }
]
