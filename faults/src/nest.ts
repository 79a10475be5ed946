// Pools within the workers of pools. Apart from `staged.ts`, whose tasks the systems name: this file imports the systems.
import { innermost, type Nesting } from "./staged.ts"

/** Opens a pool of the same system within this worker, and calls a task there. */
export const nest = async (nesting: Nesting): Promise<unknown> => {
  const { systems } = await import("./systems/index.ts")
  const system = systems.find(
    ({ name, transport }) => name === nesting.system && transport === nesting.transport
  )!
  const pool = await system.open({})
  try {
    if (nesting.depth > 1) return await pool.call("nest", { ...nesting, depth: nesting.depth - 1 })
    return await pool.call(...innermost(nesting))
  } finally {
    await pool.close()
  }
}
