// Listeners and clients of tests, with one key and plain elements.
import { Client, Listener } from "@heddle/node-workers"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { keyBytes } from "./RawClient.ts"

export const key = Redacted.make<Uint8Array>(keyBytes)

export const frame = { send: Schema.Unknown, receive: Schema.Unknown }

export type Options = Partial<
  Omit<Listener.ListenerOptions<typeof Schema.Unknown, typeof Schema.Unknown>, "frame">
>

export const listen = (options: Options = {}) => Listener.make({ address: "unix", key, frame, ...options })

export const connect = (
  address: Client.ClientOptions<any, any>["address"],
  options: Partial<Omit<Client.ClientOptions<typeof Schema.Unknown, typeof Schema.Unknown>, "frame">> = {}
) => Client.connect({ address, key, frame, ...options })

/** Two connected ends: of the listener and of the client. */
export const pair = (options: Options = {}, clientOptions: Parameters<typeof connect>[1] = {}) =>
  Effect.gen(function* () {
    const listener = yield* listen(options)
    const client = yield* connect(listener.address, clientOptions)
    const host = yield* listener.accept
    return { listener, client, host }
  })

/** What a listener refuses from now on, in order. */
export const refusals = (listener: Listener.Listener<any, any>) =>
  Effect.gen(function* () {
    const seen: Array<Listener.Refused> = []
    let wake = yield* Deferred.make<void>()
    const fiber = yield* Stream.runForEach(listener.refused, (refused) =>
      Effect.suspend(() => {
        seen.push(refused)
        const woken = wake
        wake = Deferred.makeUnsafe()
        return Deferred.succeed(woken, undefined)
      })
    ).pipe(Effect.forkScoped({ startImmediately: true }))
    yield* Effect.yieldNow
    const reach: (count: number) => Effect.Effect<ReadonlyArray<Listener.Refused["why"]>> = (count) =>
      Effect.suspend(() =>
        seen.length >= count
          ? Effect.succeed(seen.map(({ why }) => why))
          : Effect.flatMap(Deferred.await(wake), () => reach(count))
      )
    return { seen, reach, fiber }
  })

/** An echo of the listener answers a new client. */
export const expectService = (listener: Listener.Listener<any, any>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* connect(listener.address)
      const host = yield* listener.accept
      yield* client.send("are you there?")
      yield* host.send(yield* host.receive)
      return yield* client.receive
    })
  )
