/** A pool of connections, as one writes it for an afternoon: so many at once, opened when they are first needed. */
import { Effect, Semaphore } from "effect"

export interface Connection {
  readonly id: number
  readonly query: (text: string) => Effect.Effect<void>
}

export interface ConnectionPool {
  readonly withConnection: <A, E>(use: (connection: Connection) => Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** How connections are taken and given back; the only place where the two pools differ. */
type Borrow = (
  permits: Semaphore.Semaphore,
  idle: Array<Connection>,
  open: Effect.Effect<Connection>
) => ConnectionPool["withConnection"]

const make = (borrow: Borrow) =>
  Effect.fn("ConnectionPool.make")(function* (size: number) {
    const permits = yield* Semaphore.make(size)
    const idle: Array<Connection> = []
    let opened = 0
    const open = Effect.sync((): Connection => ({ id: ++opened, query: () => Effect.sleep("5 millis") }))
    const pool: ConnectionPool = { withConnection: borrow(permits, idle, open) }
    return pool
  })

const take = Effect.fn("take")(function* (idle: Array<Connection>, open: Effect.Effect<Connection>) {
  return idle.pop() ?? (yield* open)
})

/** The permit is taken before anything ensures that it is given back: an interruption between the two loses it. */
export const leaky = make(
  (permits, idle, open) => (use) =>
    Effect.gen(function* () {
      yield* permits.take(1)
      const connection = yield* take(idle, open)
      return yield* Effect.onExit(use(connection), () => {
        idle.push(connection)
        return permits.release(1)
      })
    })
)

/** The permit is given back from the moment it is taken. */
export const sound = make(
  (permits, idle, open) => (use) =>
    permits.withPermits(1)(
      Effect.acquireUseRelease(take(idle, open), use, (connection) =>
        Effect.sync(() => idle.push(connection))
      )
    )
)
