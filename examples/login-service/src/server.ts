/** The server: `POST /login` with a name and a password. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { timingSafeEqual } from "node:crypto"
import { createServer } from "node:http"
import { Hasher } from "./Hasher.ts"
import { nobody, type Users } from "./users.ts"

const Credentials = Schema.Struct({ name: Schema.String, password: Schema.String })

/** Seconds after which it is worth coming back: by then a full queue has been worked off. */
const retryAfter = "1"

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/**
 * What a caller is told: 200 and 401 are answers; 503 with `Retry-After` where the queue is full, 504 where the answer would
 * come too late. When the client disconnects, this is interrupted, and with it the hash.
 */
const login = (users: Users, hasher: Hasher["Service"]) =>
  Effect.gen(function* () {
    const { name, password } = yield* HttpServerRequest.schemaBodyJson(Credentials)
    const user = users.get(name) ?? nobody
    const hash = yield* hasher.hash(password, user.salt)
    return isSame(hash, user.hash)
      ? HttpServerResponse.text("welcome")
      : HttpServerResponse.text("no", { status: 401 })
  }).pipe(
    Effect.catchReasons("TaskError", {
      QueueFull: () =>
        Effect.succeed(
          HttpServerResponse.text("busy", { status: 503, headers: { "retry-after": retryAfter } })
        ),
      DeadlineExceeded: () => Effect.succeed(HttpServerResponse.text("too slow", { status: 504 }))
    }),
    Effect.catchTag("TaskError", (error) =>
      Effect.as(Effect.logError(error.message), HttpServerResponse.text("failed", { status: 500 }))
    ),
    Effect.catch(() => Effect.succeed(HttpServerResponse.text("not understood", { status: 400 })))
  )

/** On the loopback interface, on a port that the system chooses: see `addressOf`. */
export const layer = (users: Users) =>
  HttpRouter.serve(
    HttpRouter.use((router) =>
      Effect.flatMap(Hasher, (hasher) => router.add("POST", "/login", login(users, hasher)))
    ),
    { disableLogger: true, disableListenLog: true }
  ).pipe(Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })))

/** Where it listens. */
export const url: Effect.Effect<string, never, HttpServer.HttpServer> = HttpServer.addressFormattedWith(
  (address) => Effect.succeed(`${address}/login`)
)
