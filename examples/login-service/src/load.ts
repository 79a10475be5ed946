/** A small load generator: clients that log in, one after another, for a while. */
import * as Effect from "effect/Effect"
import { Agent, request } from "node:http"
import { setTimeout as delay } from "node:timers/promises"

export interface LoadOptions {
  readonly url: string
  readonly clients: number
  readonly millis: number
  /** Milliseconds after which a client hangs up on its request; absent: it waits for its answer. */
  readonly leaveAfter?: number | undefined
}

export interface Load {
  /** How often which status was given. */
  readonly answers: ReadonlyMap<number, number>
  /** Of answers with 200, in milliseconds, sorted. */
  readonly latencies: ReadonlyArray<number>
  /** Requests that their client hung up on. */
  readonly left: number
  /** What 503 came with. */
  readonly retryAfter: ReadonlySet<string>
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

const body = JSON.stringify({ name: "ada", password: "correct horse" })

/** One login. Rejects when the signal aborts it. */
export const login = (url: string, agent: Agent, signal?: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length }
    const outgoing = request(
      url,
      { method: "POST", agent, headers, ...(signal && { signal }) },
      (incoming) => {
        incoming.resume()
        incoming.on("error", reject)
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode!, retryAfter: incoming.headers["retry-after"] })
        )
      }
    )
    outgoing.on("error", reject)
    outgoing.end(body)
  })

/** A polite client does not come back at once to a server that is busy. */
const politeness = 50

const generate = async (
  { clients, leaveAfter, millis, url }: LoadOptions,
  stop: AbortSignal
): Promise<Load> => {
  const agent = new Agent({ keepAlive: true })
  const answers = new Map<number, number>()
  const latencies: Array<number> = []
  const retryAfter = new Set<string>()
  let left = 0
  const end = performance.now() + millis
  const client = async (): Promise<void> => {
    while (performance.now() < end && !stop.aborted) {
      const began = performance.now()
      const signal = leaveAfter === undefined ? undefined : AbortSignal.timeout(leaveAfter)
      try {
        const answer = await login(url, agent, signal)
        answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1)
        if (answer.retryAfter !== undefined) retryAfter.add(answer.retryAfter)
        if (answer.status === 200) latencies.push(performance.now() - began)
        else await delay(politeness)
      } catch (error) {
        if (signal?.aborted !== true) throw error
        left++
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, client))
  } finally {
    agent.destroy()
  }
  return { answers, latencies: latencies.toSorted((a, b) => a - b), left, retryAfter }
}

export const run = (options: LoadOptions): Effect.Effect<Load> =>
  Effect.promise((signal) => generate(options, signal))
