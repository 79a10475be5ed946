// What signals do to a host with a pool: by the means that the system has, or as its users write it by hand.
import process from "node:process"
import type { Program, System } from "./system.ts"

/** By the convention of shells, 128 and the number of the signal. */
export const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

type Signal = keyof typeof exitCodes

/**
 * The first signal closes the pool, waits for the clean-up of the program, and ends it with the code that is the custom; the
 * second one does what it does to any process.
 */
const byHand = async (system: System, { begin, finalize, injection }: Program): Promise<void> => {
  const pool = await system.open({})
  await pool.call("add", 1)
  const onSignal = async (signal: Signal): Promise<void> => {
    for (const each of ["SIGINT", "SIGTERM"] as const) process.removeAllListeners(each)
    await pool.close()
    await finalize()
    process.exit(exitCodes[signal])
  }
  process.once("SIGINT", onSignal)
  process.once("SIGTERM", onSignal)
  begin()
  // It is lost with the pool.
  pool.call("inject", injection).catch(() => {})
  setInterval(() => {}, 1000)
}

export const runMain = async (system: System, program: Program): Promise<void> =>
  system.main === undefined ? byHand(system, program) : system.main(program)
